"""A live session: one namespace, one cell at a time, whatever becomes of the process behind it.

The session knows handlers by their protocol only. It is single-threaded: every method and every report runs on the
event loop that `start` ran on, so between two awaits nothing changes.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from ramet.errors import BrokenError, BusyError, ClosedError, InvalidError
from ramet.handlers.base import Ability
from ramet.model.branch import Origin
from ramet.model.outcome import Died, Interruption
from ramet.model.session import SessionState, Signal
from ramet.session.cells import Cells
from ramet.session.execution import AsyncExecution, check_seconds
from ramet.session.processes import Processes
from ramet.session.variables import pickled_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from ramet.handlers.base import Handler
    from ramet.model.cell import Result
    from ramet.model.checkpoint import Checkpoint, Moved
    from ramet.model.memory import MemoryUse
    from ramet.model.session import ProcessInfo
    from ramet.session.timeline import Moment

#: What to do with a cell while another one runs: let it wait its turn, or refuse it with `BusyError`.
WhenBusy = Literal["wait", "refuse"]

_INSIST_S = 0.2
_INSIST_TIMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a branch begins with: the moment of `session` that it continues, and the handler that makes its process."""

    session: str
    moment: Moment
    handler: Handler


class LiveSession:
    """A session over handlers that `make_handler(first_cell)` makes: one for each process it needs in its life.

    The first process of a branch is that of its `beginning`.
    """

    def __init__(self, name: str, make_handler: Callable[[int], Handler], beginning: Beginning | None = None) -> None:
        self._name = name
        self._beginning = beginning
        self._cells = Cells(self._cell_ended)
        self._processes = Processes(name, self._cells, make_handler, self._run_next)
        if beginning is not None:
            self._cells.stand(beginning.moment)
            self._processes.first = beginning.handler
        self._branches_made = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._last_used = time.monotonic()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name!r}: {self.state.value}>"

    @property
    def name(self) -> str:
        """What the session is called."""
        return self._name

    @property
    def state(self) -> SessionState:
        """Where the session stands now."""
        return self._cells.state

    @property
    def info(self) -> ProcessInfo:
        """The process behind the session, or the last one there was.

        Raises:
            ClosedError: the session was never started.
        """
        if self._processes.info is None:
            raise _not_started()
        return self._processes.info

    @property
    def origin(self) -> Origin | None:
        """What the session is a branch of, None if it is none."""
        if self._beginning is None:
            return None
        checkpoint = self._beginning.moment.checkpoint
        return Origin(
            session=self._beginning.session,
            cell=checkpoint.cell,
            shared=self._processes.shared,
            missing=checkpoint.missing,
        )

    @property
    def next_cell(self) -> int:
        """The number that the next cell will have."""
        return self._cells.next_cell

    @property
    def names(self) -> tuple[str, ...]:
        """The user's variables after the last cell, sorted."""
        return tuple(sorted(self._cells.names))

    @property
    def running(self) -> AsyncExecution | None:
        """The cell that runs now."""
        record = self._cells.running
        return AsyncExecution(record) if record is not None else None

    @property
    def last(self) -> AsyncExecution | None:
        """The cell that was begun last, running or ended: where the rest of a cell is that one stopped waiting for."""
        record = self._cells.last
        return AsyncExecution(record) if record is not None else None

    @property
    def late(self) -> str:
        """What background work printed since the last cell ended; the next cell's result begins with it."""
        return "".join(text.text for text in self._cells.late)

    @property
    def idle_s(self) -> float:
        """For how many seconds no cell has run; 0 while one runs."""
        starting = self.state is SessionState.STARTING
        return 0.0 if self._cells.busy or starting else time.monotonic() - self._last_used

    async def start(self) -> ProcessInfo:
        """Make the process and wait until it is ready. `with` does this; calling it again changes nothing.

        Raises:
            InterpreterError: `python` cannot run a session.
            InvalidError: another option cannot work, such as a working folder that does not exist.
            BrokenError: the operating system refused a process, a folder or a FIFO.
            ClosedError: the session was closed.
        """
        if not self._processes.started:
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
    ) -> Result:
        """Run `code` as the next cell and wait for its result.

        The variables `given` are set first; they travel as pickles. After `wait_s` seconds, or when the code asks for
        input, the waiting ends and the code goes on: the result's outcome is then `Running`, and `last` is the cell to
        wait for again. After `deadline_s` seconds of running the code is interrupted. `pickled` brings the value of
        the last expression along as `result.pickled`. Code that fails is a result, not an exception.

        Raises:
            InvalidError: `code` is no string, a number of seconds is negative, or a variable cannot be given.
            BusyError: another cell waits for input; or `when_busy="refuse"` and another cell is running.
            ClosedError: the session is closed.
            BrokenError: the session has no process and could not make one.
        """
        check_seconds("wait_s", wait_s)
        if self.state is SessionState.WAITING_INPUT:
            raise BusyError(f"a cell of session {self._name!r} waits for input", hint="answer it, or interrupt it")
        execution = await self.submit(code, given=given, deadline_s=deadline_s, when_busy=when_busy, pickled=pickled)
        return await execution.wait(wait_s)

    async def submit(
        self,
        code: str,
        *,
        given: Mapping[str, object] | None = None,
        deadline_s: float | None = None,
        when_busy: WhenBusy = "wait",
        pickled: bool = False,
    ) -> AsyncExecution:
        """Hand in `code` as the next cell and return at once. Arguments and errors as for `run`."""
        _check_code(code)
        variables = None if given is None else pickled_variables(given)
        check_seconds("deadline_s", deadline_s)
        if when_busy not in ("wait", "refuse"):
            raise InvalidError(f"there is no when_busy={when_busy!r}", hint='use "wait" or "refuse"')
        self._processes.check_open()
        if not self._processes.started:
            raise _not_started()
        if self.state is SessionState.LOST:
            raise BrokenError(
                f"session {self._name!r} has no process: {self._processes.failure}", hint="restart() tries again"
            )
        if when_busy == "refuse" and self._cells.busy:
            raise BusyError(
                f"session {self._name!r} is running a cell",
                hint='wait for it, interrupt it, or use when_busy="wait"',
            )
        record = self._cells.add(code, deadline_s, variables, value=pickled)
        self._run_next()
        return AsyncExecution(record)

    async def answer(self, text: str | None) -> None:
        """Answer the input request of the running cell with a line, or with end of file (None).

        Raises:
            InvalidError: nothing waits for input, or `text` holds a newline.
        """
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

        Code may catch the interrupt; `force` repeats it for two more seconds. If the code still runs, the answer tells
        where it is; it goes on, and only `restart` is sure to end it. Cells that wait their turn are not touched.

        Raises:
            InvalidError: `wait_s` is negative.
        """
        check_seconds("wait_s", wait_s)
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
        return Interruption(stopped=False, stack=await handler.stack())

    async def stack(self) -> str:
        """Where the session's code is at this moment: the Python stacks of its threads, undisturbed.

        Empty if the process does not tell. It does tell while C code holds everything else up.
        """
        handler = self._processes.handler
        return await handler.stack() if handler is not None else ""

    async def memory(self) -> MemoryUse:
        """How much memory the session uses at this moment, whether or not a cell runs.

        It takes up to 20 ms for each GB, once for the process, each of its children and each checkpoint.

        Raises:
            InvalidError: this system does not tell.
            BrokenError: the session has no process at this moment.
        """
        handler = self._processes.handler
        if handler is None:
            raise BrokenError(f"session {self._name!r} has no process at this moment")
        if Ability.MEMORY not in handler.abilities:
            raise InvalidError("this system does not tell how much memory a session uses", hint="Linux does")
        return await handler.memory()

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The states that the session can go back to, oldest first. Those after the present one are for `redo`."""
        return self._processes.timeline.checkpoints

    async def undo(self, cells: int = 1, *, to: int | None = None) -> Moved:
        """Go back to the state before the last cell, before the last `cells` cells, or before cell number `to`.

        The whole process goes back: every object, `In` and `Out`, working folder, environment, random numbers. Files,
        databases and what was sent over the network do not. `redo` goes on again, until the next cell runs.

        Raises:
            InvalidError: no such cell was run, or that state has no checkpoint; the hint names one before it.
            BusyError: a cell is running.
            BrokenError: the checkpoint did not wake; the session stands as `state` and `checkpoints` tell.
        """
        target = self._cells.next_cell - cells if to is None else to
        if not 0 < target < self._cells.next_cell:
            raise InvalidError(f"cell {target} was not run", hint=f"the next cell is {self._cells.next_cell}")
        return await self._processes.undo(target)

    async def redo(self) -> Moved:
        """Take back the last `undo`, as long as no cell has been run since. Errors as for `undo`."""
        return await self._processes.redo()

    async def restart(self) -> ProcessInfo:
        """End the process, by force if need be, and go on with a new, empty one. Cell numbers go on.

        A running cell ends as `Died`; cells that wait their turn run in the new process. Errors as for `start`.
        """
        if not self._processes.started:
            return await self.start()
        self._stop_deadline()
        await self._processes.restart()
        return self.info

    async def close(self) -> None:
        """End the session, its process and what that started. Never hangs; may be called twice."""
        if self.state is not SessionState.CLOSED:
            self._cells.move(Signal.CLOSED)
            self._cells.drop_waiting("the session was closed")
            self._stop_deadline()
        await self._processes.close()
        if self._cells.running is not None:
            self._cells.end(Died(reason="the session was closed", closed=True))

    def _note_origin(self) -> None:
        """Tell the first reader of a branch what differs from a session of its own."""
        if self.origin is not None and self.origin.shared:
            self._cells.note(f"this branch shares with {self.origin.session}: {'; '.join(self.origin.shared)}")
        if self.origin is not None and self.origin.missing:
            self._cells.note(f"not in this branch: {', '.join(self.origin.missing)}")

    def _run_next(self) -> None:
        handler = self._processes.handler
        record = self._cells.begin_next() if handler is not None else None
        if record is None or handler is None:
            return
        if record.deadline_s is not None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(record.deadline_s, self._deadline_passed, record.deadline_s)
        handler.submit(record.request, record.code, given=record.given, value=record.wants_value)

    def _cell_ended(self) -> None:
        self._stop_deadline()
        self._last_used = time.monotonic()
        self._processes.budget.cell_ended(self._processes.handler, self._cells.next_cell)
        self._run_next()

    def _deadline_passed(self, deadline_s: float) -> None:
        self._deadline = None
        if self._processes.handler is not None:
            self._cells.interrupted(f"its deadline of {deadline_s:g} s passed")
            self._processes.handler.interrupt()

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _not_started() -> ClosedError:
    return ClosedError("the session is not started", hint="use it in a `with` block, or call start() first")


def _check_code(code: object) -> None:
    if not isinstance(code, str):
        raise InvalidError(f"code must be a string, not {type(code).__name__}", hint="decode bytes first")
