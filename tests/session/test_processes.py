"""What happens to the process of a session while the session is on its way elsewhere, moment by moment."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

import pytest

import ramet
from ramet.handlers.base import Ability
from ramet.model.report import Checkpointed, Gone
from ramet.model.session import SessionState
from ramet.session.session import LiveSession
from ramet.testing import PATIENCE_S, ScriptedHandler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ramet.model.session import ProcessInfo

#: More turns of the event loop than any of these operations takes.
MOMENTS = range(16)


class Traveller(ScriptedHandler):
    """Its checkpoints are numbers, and wake after a turn of the event loop."""

    abilities = ScriptedHandler.abilities | {Ability.CHECKPOINT}
    silent = False

    def checkpoint(self) -> None:
        """Report one, unless the process hangs."""
        if not self.silent:
            report = Checkpointed(cell=self._cell, pid=100 + self._cell, seconds=0.0)
            asyncio.get_running_loop().call_soon(self.report, report)

    async def promote(self, checkpoint: int) -> ProcessInfo:
        """Be at the cell of that checkpoint."""
        await asyncio.sleep(0)
        self._cell = checkpoint - 100
        return await self.start(self.report_to)

    async def start(self, on_report: Callable[[object], None]) -> ProcessInfo:
        """Remember whom to report to."""
        self.report_to = on_report
        return await super().start(on_report)


async def travelling() -> tuple[LiveSession, list[Traveller]]:
    """A session that has run two cells and can go back to before the second."""
    made: list[Traveller] = []

    def make(first_cell: int) -> Traveller:
        made.append(Traveller({"1": []}, first_cell))
        return made[-1]

    session = LiveSession("scripted", make)
    await session.start()
    await session.run("1")
    made[0].checkpoint()
    await asyncio.sleep(0)
    await session.run("1")
    return session, made


async def at_moment(moment: int, what: Awaitable[object], meanwhile: Callable[[], object]) -> None:
    """Begin `what`, do `meanwhile` some turns of the event loop later, and wait for `what`, whatever comes of it."""
    task = asyncio.ensure_future(what)
    for _ in range(moment):
        await asyncio.sleep(0)
    result = meanwhile()
    if inspect.isawaitable(result):
        await result
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("how", [LiveSession.undo, LiveSession.restart])
async def test_a_cell_that_comes_in_between_is_run(
    how: Callable[[LiveSession], Awaitable[object]], moment: int
) -> None:
    """It is never lost, whichever of the two is first."""
    session, _ = await travelling()
    await at_moment(moment, how(session), lambda: session.submit("1"))
    assert session.last is not None
    async with asyncio.timeout(PATIENCE_S):
        result = await session.last.wait()
    assert result.ok or isinstance(result.outcome, ramet.Died)
    assert (await session.run("1")).ok
    await session.close()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("how", [LiveSession.undo, LiveSession.restart])
async def test_a_death_in_between_is_answered_once(
    how: Callable[[LiveSession], Awaitable[object]], moment: int
) -> None:
    """Afterwards there is one process, and it runs cells."""
    session, made = await travelling()
    await at_moment(moment, how(session), lambda: made[0].report(Gone(signal=9)))
    async with asyncio.timeout(PATIENCE_S):
        assert (await session.run("1")).ok
    assert [handler.closed for handler in made].count(False) == 1
    await session.close()
    assert all(handler.closed for handler in made)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("died", [False, True])
async def test_a_restart_that_is_given_up_leaves_no_trap(moment: int, *, died: bool) -> None:
    """The session has a process afterwards, or says that it has none and can be restarted."""
    session, made = await travelling()
    if died:
        made[0].report(Gone(signal=9))
    restart = asyncio.ensure_future(session.restart())
    await at_moment(moment, restart, restart.cancel)
    async with asyncio.timeout(PATIENCE_S):
        if session.state is SessionState.LOST:
            await session.restart()
        assert (await session.run("1")).ok
    await session.close()
    assert all(handler.closed for handler in made)


@pytest.mark.parametrize("end", [lambda handler, _: handler.report(Gone(signal=9)), lambda _, session: session.close()])
async def test_nobody_waits_for_a_checkpoint_that_will_not_come(
    end: Callable[[Traveller, LiveSession], object],
) -> None:
    """When the process has died, or the session is closed, `undo` ends at once."""
    session, made = await travelling()
    made[0].silent = True
    undo = asyncio.ensure_future(session.undo())
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE_S / 3):
        ended = end(made[0], session)
        if inspect.isawaitable(ended):
            await ended
        with pytest.raises(ramet.RametError):
            await undo
    await session.close()
