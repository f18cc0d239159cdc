"""A session is followed by others than who runs its cells, and nothing is missed unsaid."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import ramet
from ramet.model.outcome import Completed
from ramet.session import chronicle
from ramet.session.chronicle import Chronicle
from ramet.session.record import CellRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest


async def taken(followed: AsyncIterator[ramet.Happening], until: type) -> list[ramet.Event]:
    """The events up to the first one of that class."""
    found: list[ramet.Event] = []
    async for happening in followed:
        found.append(happening.event)
        if isinstance(happening.event, until):
            break
    return found


async def test_cells_of_others_are_told_from_their_beginning() -> None:
    """Also the one that runs already; what they show, and how they end."""
    async with ramet.AsyncSession(shell="python", preload=[]) as session:
        execution = await session.submit("input('who? ')")
        await execution.wait()
        following = session.follow()
        first = await taken(following, ramet.InputRequested)
        assert first[0] == ramet.StateChanged(state=ramet.SessionState.WAITING_INPUT)
        assert ramet.CellBegan(cell=1, code="input('who? ')") in first
        await session.answer("Ada")
        assert ramet.Text(text="who? Ada\n") in await taken(following, ramet.Ended)
        await session.run("print(6 * 7)")
        shown = await taken(following, ramet.Ended)
        assert shown[0] == ramet.CellBegan(cell=2, code="print(6 * 7)")
        assert ramet.Text(text="42\n") in shown


async def test_what_happens_between_cells_is_told() -> None:
    """Undo, late output, a restart, and the end of the session, which ends it."""
    async with ramet.AsyncSession(shell="python", preload=[], checkpoints="every") as session:
        following = session.follow()
        await session.run("import asyncio\nasync def say(): print('late')\ntask = asyncio.ensure_future(say())")
        late = await taken(following, ramet.Ended)
        if "late" not in str(late):
            late += await taken(following, ramet.Text)
        assert "late" in str(late)
        await session.run("2")
        await session.undo()
        assert (await taken(following, ramet.Moved))[-1] == ramet.Moved(cell=2, cells=(2,))
        await session.restart()
        assert "restarted on request" in str((await taken(following, ramet.Note))[-1])
        await session.close()
        rest = [happening.event async for happening in following]
        assert rest[-1] == ramet.StateChanged(state=ramet.SessionState.CLOSED)


async def test_what_came_late_is_told_once() -> None:
    """When it came, and not again with the cell that has it in its result."""
    async with ramet.AsyncSession(shell="python", preload=[]) as session:
        following = session.follow()
        await session.run("import subprocess; p = subprocess.Popen('read x; echo from behind', shell=True, stdin=-1)")
        await taken(following, ramet.Ended)
        await session.run("p.communicate(b'go\\n')")
        told = await taken(following, ramet.Ended)
        assert sum(isinstance(event, ramet.Text) and event.text.count("behind") for event in told) == 1


def test_of_many_cells_the_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A follower who comes back late is told so, and goes on with the first one that is there."""
    monkeypatch.setattr(chronicle, "CHAPTERS_BYTES", 2_000)

    async def follow() -> None:
        told = Chronicle()
        for number in range(1, 31):
            record = CellRecord("x" * 100, number, None)
            record.cell = number
            told.begin(record)
            record.end(record.concluded(Completed()))
        (missed, first), place = (await told.after((3, 0)))[0][0], (await told.after((3, 0)))[1]
        assert isinstance(missed.event, ramet.Note)
        assert first is None
        cells = []
        while place != told.present:
            found, place = await told.after(place)
            cells += [happening.event.cell for happening, _ in found if isinstance(happening.event, ramet.CellBegan)]
        assert cells == list(range(cells[0], 31))
        assert 3 < len(cells) < 15

    asyncio.run(follow())


async def test_a_place_is_good_for_going_on() -> None:
    """Each event is told once, whoever stops wherever."""
    told = Chronicle()
    record = CellRecord("code", 1, None)
    record.cell = 1
    told.add(ramet.Note(text="before"))
    told.begin(record)
    for number in range(5):
        record.add(ramet.Text(text=str(number)))
    record.end(record.concluded(Completed()))
    told.add(ramet.Note(text="between"))
    whole, place = [], (0, 0)
    with contextlib.suppress(TimeoutError):
        while True:
            async with asyncio.timeout(0.01):
                found, place = await told.after(place)
            whole += found
    assert len(whole) == 9
    for index, (_, after) in enumerate(whole):
        assert after is not None
        if index + 1 < len(whole):
            assert (await told.after(after))[0][0] == whole[index + 1]
