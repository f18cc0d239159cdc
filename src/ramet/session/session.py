"""A live session: one namespace, one cell at a time, whatever becomes of the process behind it.

The session knows handlers by their protocol only. It is single-threaded: every method and every report runs on the
event loop that `start` ran on, so between two awaits nothing changes.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

from ramet.errors import BrokenError, BusyError, ClosedError, InvalidError, RametError
from ramet.model.outcome import Died
from ramet.model.report import Gone, Report
from ramet.model.session import ProcessInfo, SessionState, Signal
from ramet.session.cells import Cells
from ramet.session.execution import AsyncExecution

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ramet.handlers.base import Handler
    from ramet.model.cell import Result

#: What to do with a cell while another one runs: let it wait its turn, or refuse it with `BusyError`.
WhenBusy = Literal["wait", "refuse"]

_INSIST_S = 0.2
_INSIST_TIMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """What an interrupt achieved. `stack` tells where the code is if it did not stop, as far as that can be told."""

    stopped: bool
    stack: str = ""


class LiveSession:
    """A session over handlers that `make_handler(first_cell)` makes: one for each process it needs in its life."""

    def __init__(self, name: str, make_handler: Callable[[int], Handler]) -> None:
        self._name = name
        self._make_handler = make_handler
        self._handler: Handler | None = None
        self._info: ProcessInfo | None = None
        self._started = False
        self._lifecycle = asyncio.Lock()
        self._closing: asyncio.Task[None] | None = None
        self._bringing_up: asyncio.Task[None] | None = None
        self._failure: RametError | None = None
        self._cells = Cells(self._cell_ended)
        self._deadline: asyncio.TimerHandle | None = None
        self._last_used = time.monotonic()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

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
        if self._info is None:
            raise _not_started()
        return self._info

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
    def late(self) -> str:
        """What background work printed since the last cell ended; the next cell's result begins with it."""
        return "".join(text.text for text in self._cells.late)

    @property
    def idle_s(self) -> float:
        """For how many seconds no cell has run; 0 while one runs."""
        return 0.0 if self._cells.busy else time.monotonic() - self._last_used

    async def start(self) -> ProcessInfo:
        """Make the process and wait until it is ready. `with` does this; calling it again changes nothing.

        Raises:
            InterpreterError: `python` cannot run a session.
            InvalidError: another option cannot work, such as a working folder that does not exist.
            BrokenError: the operating system refused a process, a folder or a FIFO.
            ClosedError: the session was closed.
        """
        async with self._lifecycle:
            self._check_open()
            if not self._started:
                await self._bring_up()
                self._started = True
        return self.info

    async def run(
        self,
        code: str,
        *,
        wait_s: float | None = None,
        deadline_s: float | None = None,
        when_busy: WhenBusy = "wait",
    ) -> Result:
        """Run `code` as the next cell and wait for its result.

        After `wait_s` seconds the waiting ends and the code goes on: the result's outcome is then `Running`. After
        `deadline_s` seconds of running the code is interrupted. Code that fails is a result, not an exception.

        Raises:
            InvalidError: `code` is no string, or a number of seconds is negative.
            BusyError: `when_busy="refuse"` and another cell is running.
            ClosedError: the session is closed.
            BrokenError: the session has no process and could not make one.
        """
        _check_seconds("wait_s", wait_s)
        execution = await self.submit(code, deadline_s=deadline_s, when_busy=when_busy)
        return await execution.wait(wait_s)

    async def submit(
        self, code: str, *, deadline_s: float | None = None, when_busy: WhenBusy = "wait"
    ) -> AsyncExecution:
        """Hand in `code` as the next cell and return at once. Arguments and errors as for `run`."""
        _check_code(code)
        _check_seconds("deadline_s", deadline_s)
        if when_busy not in ("wait", "refuse"):
            raise InvalidError(f"there is no when_busy={when_busy!r}", hint='use "wait" or "refuse"')
        self._check_open()
        if not self._started:
            raise _not_started()
        if self.state is SessionState.LOST:
            raise BrokenError(f"session {self._name!r} has no process: {self._failure}", hint="restart() tries again")
        if when_busy == "refuse" and self._cells.busy:
            raise BusyError(
                f"session {self._name!r} is running a cell",
                hint='wait for it, interrupt it, or use when_busy="wait"',
            )
        record = self._cells.add(code, deadline_s)
        self._run_next()
        return AsyncExecution(record)

    async def answer(self, text: str | None) -> None:
        """Answer the input request of the running cell with a line, or with end of file (None).

        Raises:
            InvalidError: nothing waits for input, or `text` holds a newline.
        """
        if self._cells.asked is None or self._handler is None:
            raise InvalidError("no cell waits for input", hint="answer when the state is WAITING_INPUT")
        if text is not None and "\n" in text:
            raise InvalidError("an answer is one line", hint="give the next line when the next request comes")
        self._handler.answer(self._cells.answered(text), text)

    async def interrupt(self, *, force: bool = False, wait_s: float = 2.0) -> Interruption:
        """Do to the running cell what Ctrl+C does, and wait up to `wait_s` seconds for it to stop.

        Code may catch the interrupt; `force` repeats it for two more seconds. If the code still runs, the answer tells
        where it is; it goes on, and only `restart` is sure to end it. Cells that wait their turn are not touched.

        Raises:
            InvalidError: `wait_s` is negative.
        """
        _check_seconds("wait_s", wait_s)
        handler, execution = self._handler, self.running
        if handler is None or execution is None:
            return Interruption(stopped=True)
        self._cells.stop_reason = "on request"
        handler.interrupt()
        await execution.wait(wait_s)
        for _ in range(_INSIST_TIMES if force else 0):
            if execution.done:
                break
            handler.interrupt()
            await execution.wait(_INSIST_S)
        if execution.done:
            return Interruption(stopped=True)
        return Interruption(stopped=False, stack=await handler.stack())

    async def stack(self) -> str:
        """Where the session's code is at this moment: the Python stacks of its threads, undisturbed.

        Empty if the process does not tell. It does tell while C code holds everything else up.
        """
        return await self._handler.stack() if self._handler is not None else ""

    async def restart(self) -> ProcessInfo:
        """End the process, by force if need be, and go on with a new, empty one. Cell numbers go on.

        A running cell ends as `Died`; cells that wait their turn run in the new process. Errors as for `start`.
        """
        if not self._started:
            return await self.start()
        async with self._lifecycle:
            self._check_open()
            await self._stop_bringing_up()
            self._check_open()
            handler, self._handler = self._handler, None
            self._cells.lose(Gone(reason="the session was restarted on request"))
            try:
                if handler is not None:
                    await handler.close()
                self._check_open()
                await self._bring_up()
            except asyncio.CancelledError:
                self._give_up(BrokenError("its restart was cancelled"))
                raise
            except RametError as error:
                self._give_up(error)
                raise
        return self.info

    async def close(self) -> None:
        """End the session, its process and what that started. Never hangs; may be called twice."""
        # A task of its own, so that giving up the waiting does not leave half of it undone.
        if self._closing is None:
            self._cells.move(Signal.CLOSED)
            self._cells.drop_waiting("the session was closed")
            self._stop_deadline()
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await self._stop_bringing_up()
        async with self._lifecycle:  # a restart that is under way ends here
            handler, self._handler = self._handler, None
            if handler is not None:
                await handler.close()
        if self._cells.running is not None:
            self._cells.end(Died(reason="the session was closed", lost=self.names))

    async def _bring_up(self) -> None:
        """Make a process in a task that `close` can cancel, and wait for it."""
        task = self._bringing_up = asyncio.get_running_loop().create_task(self._make_process())
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # by `close`, not with our caller
                self._check_open()
            await self._stop_bringing_up()
            raise

    async def _make_process(self) -> None:
        handler = self._make_handler(self._cells.next_cell)
        info = await handler.start(self._on_report)
        if self.state is SessionState.CLOSED:
            await handler.close(grace_s=0)
            return
        self._info = info
        self._handler, self._failure = handler, None
        if self._info.note:
            self._cells.note(self._info.note)
        self._cells.move(Signal.READY)
        self._run_next()

    async def _stop_bringing_up(self) -> None:
        task, self._bringing_up = self._bringing_up, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.wait({task})

    async def _replace_process(self, dead: Handler | None) -> None:
        """After a death that nobody asked for."""
        if dead is not None:
            await dead.close(grace_s=0)
        try:
            await self._make_process()
        except RametError as error:
            self._give_up(error)

    def _give_up(self, error: RametError) -> None:
        if self.state is SessionState.CLOSED:
            return
        self._failure = error
        self._cells.move(Signal.FAILED)
        self._cells.drop_waiting(f"the session has no process: {error}")

    def _on_report(self, report: Report) -> None:
        if self.state is SessionState.CLOSED:
            return
        if not isinstance(report, Gone):
            self._cells.take(report)
            return
        handler, self._handler = self._handler, None
        self._stop_deadline()
        self._cells.lose(report)
        self._bringing_up = asyncio.get_running_loop().create_task(self._replace_process(handler))

    def _run_next(self) -> None:
        record = self._cells.begin_next() if self._handler is not None else None
        if record is None or self._handler is None:
            return
        if record.deadline_s is not None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(record.deadline_s, self._deadline_passed, record.deadline_s)
        self._handler.submit(record.request, record.code)

    def _cell_ended(self) -> None:
        self._stop_deadline()
        self._last_used = time.monotonic()
        self._run_next()

    def _deadline_passed(self, deadline_s: float) -> None:
        self._deadline = None
        if self._handler is not None:
            self._cells.stop_reason = f"its deadline of {deadline_s:g} s passed"
            self._handler.interrupt()

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _check_open(self) -> None:
        if self.state is SessionState.CLOSED:
            raise ClosedError(f"session {self._name!r} is closed", hint="start another one")


def _not_started() -> ClosedError:
    return ClosedError("the session is not started", hint="use it in a `with` block, or call start() first")


def _check_code(code: object) -> None:
    if not isinstance(code, str):
        raise InvalidError(f"code must be a string, not {type(code).__name__}", hint="decode bytes first")


def _check_seconds(name: str, value: float | None) -> None:
    if value is not None and not value >= 0:
        raise InvalidError(f"{name}={value!r} is no number of seconds", hint="give 0 or more, or None for no limit")
