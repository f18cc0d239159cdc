"""What a session makes of the reports of its process, with a handler that follows a script."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import ramet
from ramet.model.frame import ErrorInfo
from ramet.model.outcome import Completed, Died, Interrupted, NotRun, Raised, Running
from ramet.model.output import Display, RichValue, Text
from ramet.model.report import Asked, Began, Done, Gone, Traceback
from ramet.model.session import TRANSITIONS, SessionState, Signal
from ramet.session.session import LiveSession
from ramet.testing import ScriptedHandler

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet.model.report import Report


def live(script: dict[str, list[Report]] | None = None) -> tuple[LiveSession, list[ScriptedHandler]]:
    """A session and the handlers that it will have made."""
    made: list[ScriptedHandler] = []

    def make(first_cell: int) -> ScriptedHandler:
        made.append(ScriptedHandler(script, first_cell))
        return made[-1]

    return LiveSession("scripted", make), made


async def settled() -> None:
    """Let everything that is due on the loop happen."""
    for _ in range(20):
        await asyncio.sleep(0)


def done(request: int, **fields: object) -> Done:
    """The end of a cell."""
    return Done(request=request, **{"outcome": Completed(), "seconds": 0.5, **fields})  # type: ignore[arg-type]


def test_every_state_can_be_closed() -> None:
    """No state is a trap, and nothing follows CLOSED."""
    assert set(TRANSITIONS) == set(SessionState)
    assert all(moves[Signal.CLOSED] is SessionState.CLOSED for moves in TRANSITIONS.values())
    assert TRANSITIONS[SessionState.CLOSED] == {Signal.CLOSED: SessionState.CLOSED}


async def test_a_cell_from_begin_to_end() -> None:
    """Events come in order, and the result holds what they said."""
    session, _ = live({"1": [Text(text="hello\n"), Display(value=RichValue(data={"text/plain": "1"}), kind="result")]})
    async with session:
        execution = await session.submit("1")
        events = [type(event).__name__ async for event in execution]
        result = execution.result
    assert events == ["StateChanged", "Text", "Display", "StateChanged", "Ended"]
    assert (result.cell, result.text, result.ok) == (1, "hello\n1", True)


def test_a_session_stays_on_its_event_loop() -> None:
    """On another one it says so, where it would wait for ever."""
    session, _ = live()
    asyncio.run(session.start())
    for use in (lambda: session.run("1"), session.variables, session.stack, session.undo, session.close):
        with pytest.raises(ramet.InvalidError, match="another event loop"):
            asyncio.run(use())


async def test_a_closed_session_cannot_be_used() -> None:
    """Nor can one that was never started; `start` says so too."""
    session, _ = live()
    with pytest.raises(ramet.ClosedError, match="not started"):
        await session.redo()
    async with session:
        pass
    for use in (session.start, session.redo, session.memory, lambda: session.answer("")):
        with pytest.raises(ramet.ClosedError, match="is closed"):
            await use()


async def test_cells_wait_their_turn() -> None:
    """A second cell reaches the process when the first has ended."""
    session, made = live()
    async with session:
        first, second = await session.submit("a"), await session.submit("b")
        assert [code for _, code in made[0].submitted] == ["a"]
        made[0].report(done(1))
        await first.wait()
        assert [code for _, code in made[0].submitted] == ["a", "b"]
        assert not second.done


async def test_a_busy_session_may_refuse() -> None:
    """`when_busy="refuse"` raises and leaves the running cell alone."""
    session, _ = live()
    async with session:
        execution = await session.submit("a")
        with pytest.raises(ramet.BusyError, match="running a cell"):
            await session.submit("b", when_busy="refuse")
        assert session.running is not None
        assert not execution.done


async def test_the_end_of_waiting_is_not_the_end_of_the_cell() -> None:
    """After `wait_s` the result says so, and a later wait gets the end."""
    session, made = live()
    async with session:
        result = await session.run("a", wait_s=0)
        assert result.outcome == Running()
        execution = session.running
        assert execution is not None
        made[0].report(done(1))
        assert (await execution.wait()).ok


async def test_a_deadline_interrupts() -> None:
    """The outcome names the deadline."""
    session, made = live()
    async with session:
        execution = await session.submit("a", deadline_s=0)
        while not made[0].interrupts:
            await asyncio.sleep(0)
        made[0].report(done(1, outcome=Interrupted(reason="KeyboardInterrupt")))
        result = await execution.wait()
    assert result.outcome == Interrupted(reason="its deadline of 0 s passed")


async def test_an_interrupt_that_does_nothing_tells_where_the_code_is() -> None:
    """The stack comes with the refusal."""
    session, made = live()
    async with session:
        await session.submit("a")
        interruption = await session.interrupt(wait_s=0)
        assert not interruption.stopped
        assert "line 1" in str(interruption)
        assert made[0].interrupts == 1


async def test_force_insists() -> None:
    """A forced interrupt is repeated until the cell ends."""
    session, made = live()
    async with session:
        await session.submit("a")
        forced = asyncio.create_task(session.interrupt(force=True, wait_s=0))
        while made[0].interrupts < 3:
            await asyncio.sleep(0)
        made[0].report(done(1, outcome=Interrupted(reason="KeyboardInterrupt")))
        assert (await forced).stopped


async def test_input_is_a_state_and_an_answer() -> None:
    """The answer carries the number of its request; without a request it is refused."""
    session, made = live({"ask": [Asked(ask=5, request=ramet.InputRequested(prompt="? "))]})
    async with session:
        with pytest.raises(ramet.InvalidError, match="no cell waits"):
            await session.answer("early")
        execution = await session.submit("ask")
        await settled()
        assert session.state is SessionState.WAITING_INPUT
        assert execution.result.outcome == Running(prompt="? ")
        with pytest.raises(ramet.InvalidError, match="one line"):
            await session.answer("two\nlines")
        await session.answer("Ada")
        assert made[0].answers == [(5, "Ada")]
        assert session.state is SessionState.BUSY


async def test_the_outcomes_traceback_is_shown_once() -> None:
    """The traceback that the cell ends with is the outcome's; one in passing is text."""
    error = ErrorInfo(type="ValueError", message="x", traceback="final\n")
    reports: list[Report] = [Traceback(text="passing\n"), Text(text="between\n"), Traceback(text="final\n")]
    session, _ = live({"a": [Began(request=1, cell=1), *reports, done(1, outcome=Raised(error=error))]})
    async with session:
        result = await session.run("a")
    assert result.text == "passing\nbetween\nfinal"


async def test_background_output_comes_with_the_next_cell() -> None:
    """Text between cells is marked late and announced."""
    session, made = live({"a": [], "b": [Text(text="b\n")]})
    async with session:
        await session.run("a")
        made[0].report(Text(text="late\n"))
        assert session.late == "late\n"
        result = await session.run("b")
    assert [output.late for output in result.outputs if isinstance(output, Text)] == [True, False]
    assert result.stdout == "b\n"
    assert any("background" in note for note in result.notes)


async def test_a_death_takes_the_names_and_the_session_goes_on() -> None:
    """The cell died, what is lost is named, and a new process counts on."""
    session, made = live({"a": []})
    async with session:
        await session.run("a")
        made[0].report(done(1))
        execution = await session.submit("b")
        made[0].report(Began(request=2, cell=2))
        made[0].report(done(2, came=("df", "model")))
        await execution.wait()
        crash = await session.submit("crash")
        made[0].report(Began(request=3, cell=3))
        made[0].report(Gone(signal=11, stack="Fatal"))
        result = await crash.wait()
        assert result.outcome == Died(signal=11, stack="Fatal", lost=("df", "model"))
        after = await session.run("a")
        assert after.ok
        assert after.cell == 4
        assert made[0].closed


async def test_a_death_between_cells_is_told_with_the_next() -> None:
    """The next result says what happened before it."""
    session, made = live({"a": []})
    async with session:
        made[0].report(Gone(signal=9))
        result = await session.run("a")
    assert any("SIGKILL" in note for note in result.notes)


async def test_the_waiting_ends_at_a_question() -> None:
    """`run` comes back with the question; a second cell is refused until it is answered."""
    session, made = live({"ask": [Asked(ask=5, request=ramet.InputRequested(prompt="name? "))]})
    async with session:
        result = await session.run("ask")
        assert str(result.outcome) == "waiting for input: 'name? '"
        assert result.text == "name? "
        with pytest.raises(ramet.BusyError, match="waits for input"):
            await session.run("other")
        await session.answer("Ada")
        made[0].report(done(1))
        assert session.last is not None
        assert (await session.last.wait()).text == "name? Ada"


async def test_a_queued_cell_says_that_it_has_not_begun() -> None:
    """It is not running, and its result does not claim so."""
    session, _ = live()
    async with session:
        await session.submit("a")
        result = await session.run("b", wait_s=0)
    assert result.outcome == Running(begun=False)


async def test_an_interrupt_that_is_not_heeded_is_told() -> None:
    """Whoever waits on learns that the deadline passed, and what would end the code."""
    session, made = live()
    async with session:
        execution = await session.submit("a", deadline_s=0)
        while not made[0].interrupts:
            await asyncio.sleep(0)
        assert "its deadline of 0 s passed" in str(execution.result.outcome)


async def test_a_deadline_does_not_outlive_a_restart() -> None:
    """The timer of a cell that waits anew starts anew."""
    session, made = live()
    async with session:
        made[0].closed = True  # it does not say that the cell began
        await session.submit("a", deadline_s=600)
        await session.restart()
        assert session._deadline is not None
        assert made[1].submitted[0][1] == "a"


async def test_nothing_comes_of_a_process_that_dies_at_its_start() -> None:
    """One failed start is one failed start."""

    class Stillborn(ScriptedHandler):
        async def start(self, on_report: Callable[[Report], None]) -> ramet.ProcessInfo:
            raise ramet.BrokenError("ended at its start")

    made: list[Stillborn] = []

    def make(_first_cell: int) -> Stillborn:
        made.append(Stillborn())
        return made[-1]

    with pytest.raises(ramet.BrokenError, match="ended at its start"):
        await LiveSession("stillborn", make).start()
    await settled()
    assert len(made) == 1


async def test_restart_ends_the_running_cell_only() -> None:
    """The running cell died; the one that waits runs in the new process."""
    session, made = live({"b": []})
    async with session:
        hung, waiting = await session.submit("a"), await session.submit("b")
        await settled()
        await session.restart()
        assert isinstance((await hung.wait()).outcome, Died)
        assert (await waiting.wait()).ok
        assert len(made) == 2


async def test_close_ends_everything_and_twice_is_fine() -> None:
    """The running cell died, the waiting one never ran, and the session takes no more."""
    session, _ = live()
    async with session:
        running, waiting = await session.submit("a"), await session.submit("b")
        await session.close()
        await session.close()
    assert isinstance(running.result.outcome, Died)
    assert isinstance(waiting.result.outcome, NotRun)
    with pytest.raises(ramet.ClosedError, match="closed"):
        await session.run("c")


async def test_a_cell_that_never_began_waits_for_the_next_process() -> None:
    """The process died before it took the cell: no code ran, so it runs now."""
    session, made = live()
    async with session:
        execution = await session.submit("a")
        made[0].closed = True  # what it says from now on, it does not say
        made[0]._on_report(Gone(signal=9))  # type: ignore[misc]
        await settled()
        assert [code for _, code in made[1].submitted] == ["a"]
        made[1].report(done(1))
        result = await execution.wait()
    assert result.ok
    assert any("SIGKILL" in note for note in result.notes)


async def test_lifecycle_calls_at_the_same_time() -> None:
    """start, restart, interrupt and close may come in any mixture; no handler is left open."""
    session, made = live({"a": []})
    await asyncio.gather(session.start(), session.start())
    await asyncio.gather(session.restart(), session.restart())
    assert (await session.run("a")).ok
    outcomes = await asyncio.gather(
        session.restart(), session.interrupt(wait_s=0), session.close(), session.close(), return_exceptions=True
    )
    assert not [o for o in outcomes if isinstance(o, BaseException) and not isinstance(o, ramet.ClosedError)]
    assert all(handler.closed for handler in made)


async def test_giving_up_a_close_does_not_stop_it() -> None:
    """The session is closed all the same."""
    session, made = live()
    await session.start()
    closing = asyncio.create_task(session.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await session.close()
    assert made[0].closed


async def test_a_process_that_cannot_be_made_again_loses_the_session() -> None:
    """Later cells are refused with the reason, and `restart` is the way back."""

    class Refusing(ScriptedHandler):
        async def start(self, on_report: object) -> ramet.ProcessInfo:
            raise ramet.BrokenError("no more processes")

    made: list[ScriptedHandler] = []

    def make(first_cell: int) -> ScriptedHandler:
        made.append(Refusing() if len(made) == 1 else ScriptedHandler({"a": []}, first_cell))
        return made[-1]

    async with LiveSession("unlucky", make) as session:
        made[0].report(Gone(signal=9))
        waiting = await session.submit("a")
        assert isinstance((await waiting.wait()).outcome, NotRun)
        assert session.state is SessionState.LOST
        with pytest.raises(ramet.BrokenError, match="no more processes"):
            await session.run("a")
        await session.restart()
        assert (await session.run("a")).ok


@pytest.mark.parametrize("code", [b"1", None, 1])
async def test_code_must_be_a_string(code: object) -> None:
    """Anything else is the caller's mistake."""
    session, _ = live()
    async with session:
        with pytest.raises(ramet.InvalidError, match="string"):
            await session.run(code)  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 10**400])
async def test_seconds_must_be_a_duration(seconds: float) -> None:
    """Negative numbers and NaN are refused before anything runs."""
    session, made = live()
    async with session:
        with pytest.raises(ramet.InvalidError, match="wait_s"):
            await session.run("1", wait_s=seconds)
        with pytest.raises(ramet.InvalidError, match="deadline_s"):
            await session.submit("1", deadline_s=seconds)
        assert not made[0].submitted


async def test_a_session_not_started_says_so() -> None:
    """The error tells how to start it."""
    session, _ = live()
    with pytest.raises(ramet.ClosedError, match="not started"):
        await session.run("1")
