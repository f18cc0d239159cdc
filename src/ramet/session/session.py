"""A live session: one namespace, one cell at a time, whatever becomes of the process behind it.

The session knows handlers by their protocol only. It is single-threaded: every method and every report runs on the
event loop that `start` ran on, so between two awaits nothing changes.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Literal, Self

from ramet.errors import BrokenError, BusyError, InvalidError
from ramet.journal.entry import Queued, Submitted
from ramet.model.outcome import Died, Interruption
from ramet.model.session import SessionState, Signal
from ramet.session.arguments import check_cell, check_code, check_key, check_seconds
from ramet.session.execution import AsyncExecution
from ramet.session.recollection import Recollection
from ramet.session.resumption import Resumption
from ramet.session.travel import Travel
from ramet.session.variables import pickled_variables
from ramet.session.view import SessionView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from ramet.handlers.base import Handler
    from ramet.model.branch import Origin
    from ramet.model.cell import Result
    from ramet.model.checkpoint import Moved
    from ramet.model.session import ProcessInfo
    from ramet.session.record import CellRecord
    from ramet.session.resumption import Resumed
    from ramet.session.scribe import JournalPlan
    from ramet.session.view import Beginning

#: What to do with a cell while another one runs: let it wait its turn, or refuse it with `BusyError`.
WhenBusy = Literal["wait", "refuse"]

_INSIST_S = 0.2
_INSIST_TIMES = 10
_KILL_S = 10.0

#: After its deadline a cell is interrupted so often, with so many seconds in between, before its process is ended.
_DEADLINE_TIMES = 5
_DEADLINE_S = 1.0


class LiveSession(SessionView):
    """A session that runs cells; for the arguments see `SessionView`. What it says is kept by `journal`, if given."""

    def __init__(
        self,
        name: str,
        make_handler: Callable[[int], Handler],
        beginning: Beginning | None = None,
        journal: JournalPlan | None = None,
    ) -> None:
        super().__init__(name, make_handler, beginning)
        self._travel = Travel(name, self._processes, self._cells)
        self._journal_plan = journal
        self._branches_made = 0
        self._deadline: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> ProcessInfo:
        """Make the process and wait until it is ready. `with` does this; calling it again changes nothing.

        Raises:
            InterpreterError: `python` cannot run a session.
            InvalidError: another option cannot work, such as a working folder that does not exist.
            BrokenError: the operating system refused a process, a folder or a FIFO.
            ClosedError: the session was closed.
            BusyError: another session writes the journal that this one was given.
        """
        self._gate.check_open()
        if not self._gate.started:
            self._open_journal()
            await self._processes.start()
            self._note_origin()
        self._last_used = time.monotonic()
        return self.info

    async def run(
        self,
        code: str,
        *,
        given: Mapping[str, object] | None = None,
        wait_s: float | None = None,
        deadline_s: float | None = None,
        when_busy: WhenBusy = "wait",
        pickled: bool = False,
        key: str = "",
    ) -> Result:
        """Run `code` as the next cell and wait for its result.

        The variables `given` are set first; they travel as pickles. After `wait_s` seconds, or when the code asks for
        input, the waiting ends and the code goes on: the result's outcome is then `Running`, and `last` is the cell to
        wait for again. After `deadline_s` seconds of running the code is interrupted, and if it
        goes on for five more seconds its process is ended. `pickled` brings the value of the last expression along as
        `result.pickled`. With a `key`, any word, code runs once, however often it is handed in: a second call with the
        same key is about the cell of the first one. Code that fails is a result, not an exception.

        Raises:
            InvalidError: `code` is no string, a number of seconds is negative, a variable cannot be given, or the key
                was used for other code.
            BusyError: another cell waits for input; or `when_busy="refuse"` and another cell is running.
            ClosedError: the session is closed.
            BrokenError: the session has no process and could not make one.
        """
        check_seconds("wait_s", wait_s)
        if self.state is SessionState.WAITING_INPUT and not self._executions.knows(key):
            raise BusyError(f"a cell of session {self._name!r} waits for input", hint="answer it, or interrupt it")
        execution = await self.submit(
            code, given=given, deadline_s=deadline_s, when_busy=when_busy, pickled=pickled, key=key
        )
        return await execution.wait(wait_s)

    async def submit(
        self,
        code: str,
        *,
        given: Mapping[str, object] | None = None,
        deadline_s: float | None = None,
        when_busy: WhenBusy = "wait",
        pickled: bool = False,
        key: str = "",
    ) -> AsyncExecution:
        """Hand in `code` as the next cell and return at once. Arguments and errors as for `run`."""
        check_code(code)
        check_key(key)
        variables = None if given is None else pickled_variables(given)
        check_seconds("deadline_s", deadline_s)
        if when_busy not in ("wait", "refuse"):
            raise InvalidError(f"there is no when_busy={when_busy!r}", hint='use "wait" or "refuse"')
        self._gate.check_started()
        before = self._executions.under(key, code)
        if before is not None:
            return AsyncExecution(before)
        if self.state is SessionState.LOST:
            raise BrokenError(
                f"session {self._name!r} has no process: {self._processes.failure}", hint="restart() tries again"
            )
        if when_busy == "refuse" and self._cells.busy:
            raise BusyError(
                f"session {self._name!r} is running a cell",
                hint='wait for it, interrupt it, or use when_busy="wait"',
            )
        record = self._cells.add(code, deadline_s, variables, value=pickled, key=key)
        self._executions.add(record)
        self._run_next()
        if record is not self._cells.running:
            self._queue(record)
        return AsyncExecution(record)

    async def answer(self, text: str | None) -> None:
        """Answer the input request of the running cell with a line, or with end of file (None).

        Raises:
            InvalidError: nothing waits for input, or `text` holds a newline.
            ClosedError: the session is closed, or was never started.
        """
        self._gate.check_started()
        handler = self._processes.handler
        if self._cells.asked is None or handler is None:
            raise InvalidError("no cell waits for input", hint="run() and wait() come back when one does")
        if text is not None and not isinstance(text, str):
            raise InvalidError(f"an answer is a string, not {type(text).__name__}", hint="or None for end of file")
        if text is not None and "\n" in text:
            raise InvalidError("an answer is one line", hint="give the next line when the next request comes")
        handler.answer(self._cells.answered(text), text)

    async def interrupt(self, *, force: bool = False, wait_s: float = 2.0) -> Interruption:
        """Do to the running cell what Ctrl+C does, and wait up to `wait_s` seconds for it to stop.

        Code may catch the interrupt, or hang where none reaches it; then the answer tells where it is, and it goes on.
        With `force` the interrupt is repeated for two more seconds, and then the process is ended: the cell's outcome
        is `Died`, and the session goes back to its newest checkpoint. Cells that wait their turn are not touched.

        Raises:
            InvalidError: `wait_s` is negative.
        """
        check_seconds("wait_s", wait_s)
        self._gate.check_here()
        handler, execution = self._processes.handler, self.running
        if handler is None or execution is None:
            return Interruption(stopped=True, idle=True)
        self._cells.interrupted("on request")
        handler.interrupt()
        await execution.wait(wait_s, through_input=True)
        for _ in range(_INSIST_TIMES if force else 0):
            if execution.done:
                break
            handler.interrupt()
            await execution.wait(_INSIST_S, through_input=True)
        if execution.done:
            return Interruption(stopped=True)
        stack = await handler.stack()
        if force and not execution.done:
            handler.kill("it did not react to interrupts")
            await execution.wait(_KILL_S, through_input=True)
        return Interruption(stopped=execution.done, killed=isinstance(execution.result.outcome, Died), stack=stack)

    async def undo(self, cells: int = 1, *, to: int | None = None) -> Moved:
        """Go back to the state before the last cell, before the last `cells` cells, or before cell number `to`.

        The whole process goes back: every object, `In` and `Out`, working folder, environment, random numbers. Files,
        databases and what was sent over the network do not. `redo` goes on again, until the next cell runs.

        Raises:
            InvalidError: no such cell was run, or that state has no checkpoint; the hint names one before it.
            BusyError: a cell is running, or branches of that state are being made.
            ClosedError: the session is closed, or was never started.
            BrokenError: the checkpoint did not wake; the session stands as `state` and `checkpoints` tell.
        """
        self._gate.check_started()
        check_cell("cells", cells)
        check_cell("to", to)
        target = self._cells.next_cell - cells if to is None else to
        if not 0 < target < self._cells.next_cell:
            problem = f"{cells} cells cannot be undone" if to is None else f"cell {to} was not run"
            raise InvalidError(problem, hint=f"the next cell is {self._cells.next_cell}")
        return await self._travel.undo(target)

    async def redo(self) -> Moved:
        """Take back the last `undo`, as long as no cell has been run since. Errors as for `undo`."""
        return await self._travel.redo()

    async def restart(self) -> ProcessInfo:
        """End the process, by force if need be, and go on with a new, empty one. Cell numbers go on.

        A running cell ends as `Died`; cells that wait their turn run in the new process. Errors as for `start`.
        """
        if not self._gate.started:
            return await self.start()
        self._stop_deadline()
        await self._processes.restart()
        return self.info

    async def close(self) -> None:
        """End the session, its process and what that started. Never hangs; may be called twice.

        In a fork of the process that made the session nothing is done: it is not the fork's to close.
        """
        if not self._gate.owned:
            return
        self._gate.check_here()
        if self.state is not SessionState.CLOSED:
            self._cells.move(Signal.CLOSED)
            self._cells.drop_waiting("the session was closed")
            self._stop_deadline()
        try:
            await self._processes.close()
        finally:  # also if the waiting is given up: nothing more will be heard of it
            if self._cells.running is not None:
                self._cells.end(Died(reason="the session was closed", closed=True))
            self._cells.chronicle.close()
            self._scribe.close()

    async def _resume(self, make_handler: Callable[[Recollection], Resumed], origin: Origin | None) -> None:
        """Go on with the process that another owner has left; `origin` says what the session is a branch of.

        Raises:
            NeverMadeError: it is a branch that was being made, and has not come up.
            InvalidError: a newer version of ramet has written the journal.
        """
        self._origin = origin
        self._open_journal()
        past = Recollection(self._scribe.journal.past.facts())
        resumption = Resumption(self._processes, self._travel, self._cells, past)
        await resumption.run(make_handler, is_branch=origin is not None)
        self._executions.resume(past, self._cells)
        running = self._cells.running
        if running is not None and running.deadline_s is not None:
            rest_s = max(0.0, running.deadline_s - running.result.seconds)
            self._deadline = asyncio.get_running_loop().call_later(rest_s, self._deadline_passed, running.deadline_s)
        self._last_used = time.monotonic()

    async def _detach(self) -> None:
        """Leave the process running, for another owner; here the session is closed. May be called twice."""
        if self.state is SessionState.CLOSED:
            return
        self._stop_deadline()
        await self._processes.detach()
        self._scribe.leave()
        self._cells.move(Signal.CLOSED)
        self._cells.leave()

    def _open_journal(self) -> None:
        plan = self._journal_plan
        if plan is not None and not self._scribe.writing and self.state is not SessionState.CLOSED:
            self._scribe.open(plan, self._cells.note)

    def _note_origin(self) -> None:
        """Tell the first reader of a branch what differs from a session of its own."""
        if self.origin is not None and self.origin.shared:
            self._cells.note(f"this branch shares with {self.origin.session}: {'; '.join(self.origin.shared)}")
        if self.origin is not None and self.origin.missing:
            self._cells.note(f"not in this branch: {', '.join(self.origin.missing)}")

    def _queue(self, record: CellRecord) -> None:
        queued = Queued(
            request=record.request,
            code=record.code,
            deadline_s=record.deadline_s,
            given=record.given is not None,
            value=record.wants_value,
            key=record.key,
        )
        self._scribe.write_ahead(queued)

    def _run_next(self) -> None:
        handler = self._processes.handler
        record = self._cells.begin_next() if handler is not None else None
        if record is None or handler is None:
            return
        if record.deadline_s is not None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(record.deadline_s, self._deadline_passed, record.deadline_s)
        submitted = Submitted(
            request=record.request,
            code=record.code,
            at=time.time(),
            deadline_s=record.deadline_s,
            given=record.given is not None,
            value=record.wants_value,
            key=record.key,
        )
        self._scribe.write_ahead(submitted)
        handler.submit(record.request, record.code, given=record.given, value=record.wants_value)
        if not self._scribe.lasting:
            # After the fact, while the process is at work: nobody has been told anything of the cell yet.
            self._scribe.write(submitted)
            self._scribe.flush()

    def _cell_ended(self) -> None:
        self._stop_deadline()
        self._last_used = time.monotonic()
        self._processes.checkpoints.budget.cell_ended(self._processes.handler, self._cells.next_cell)
        self._run_next()

    def _deadline_passed(self, deadline_s: float, times: int = 0) -> None:
        """Interrupt the cell, again if it goes on, and in the end the process is ended."""
        self._deadline = None
        handler = self._processes.handler
        if handler is None:
            return
        reason = f"its deadline of {deadline_s:g} s passed"
        if times == _DEADLINE_TIMES:
            handler.kill(f"{reason}, and it did not react to interrupts")
            return
        self._cells.interrupted(reason)
        handler.interrupt()
        again = asyncio.get_running_loop()
        self._deadline = again.call_later(_DEADLINE_S, self._deadline_passed, deadline_s, times + 1)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
