"""The process behind a session: made, replaced when it dies, ended.

Every operation that changes the process runs under one lock. What comes back from a death is the newest checkpoint that
wakes; only if none does is there a new, empty process.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, InternalError, RametError
from ramet.journal.entry import Waking
from ramet.model.report import Gone, LimitReached, ReadTo, Report, Up
from ramet.model.session import SessionState, Signal
from ramet.session.checkpoints import Checkpoints
from ramet.session.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ramet.handlers.base import Handler
    from ramet.model.session import ProcessInfo
    from ramet.session.cells import Cells
    from ramet.session.scribe import Scribe
    from ramet.session.timeline import Moment


class Processes:
    """`make_handler(first_cell)` makes a handler; `on_ready` is called whenever a process can take a cell."""

    def __init__(
        self,
        name: str,
        cells: Cells,
        scribe: Scribe,
        make_handler: Callable[[int], Handler],
        on_ready: Callable[[], None],
    ) -> None:
        self.gate = Gate(name, cells)
        self.handler: Handler | None = None
        self.info: ProcessInfo | None = None
        self.failure: RametError | None = None
        #: What makes the first process, if not `make_handler`.
        self.first: Handler | None = None
        #: What the first process shares with that of another session.
        self.shared: tuple[str, ...] = ()
        self.checkpoints = Checkpoints(lambda: self.handler, cells, scribe)
        self.make_handler = make_handler
        self.on_ready = on_ready
        #: Held by who changes the process.
        self.lock = asyncio.Lock()
        self._cells, self._scribe = cells, scribe
        scribe.read_to, scribe.on_kept = self._read_to, self._kept
        self._read: ReadTo | None = None
        self._task: asyncio.Task[None] | None = None
        self._aside: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Make the first process, unless that was done."""
        async with self.lock:
            self.gate.check_open()
            self.gate.stay()
            if not self.gate.started:
                await self.in_task(self.make(self.first))
                self.gate.started = True
                self.shared = self.info.shared if self.info is not None else ()

    async def restart(self) -> None:
        """A new, empty process in place of the present one."""
        async with self.lock:
            self.gate.check_open()
            try:
                await self._stop_task()
                await self._replace()
            except asyncio.CancelledError:
                self.give_up(BrokenError("its restart was cancelled"))
                raise
            except RametError as error:
                self.give_up(error)
                raise

    async def detach(self) -> None:
        """Leave the process running, for another owner."""
        await self.checkpoints.budget.close()
        await self._stop_task()
        self._scribe.flush()  # with how far its stream was read
        handler, self.handler = self.handler, None
        if handler is not None:
            handler.detach()

    async def close(self) -> None:
        """End the process. May be called again, and by several at once."""
        # A task of its own, so that giving up the waiting does not leave half of it undone.
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await asyncio.shield(self._closing)

    async def make(self, handler: Handler | None = None) -> None:
        """Have a process, that of `handler` or a new one. Raises as `Handler.start`."""
        handler = handler or self.make_handler(self._cells.next_cell)
        info = await handler.start(self.on_report)
        if self._cells.state is SessionState.CLOSED:
            await handler.close(grace_s=0)
            return
        self.handler = handler
        self.ready(info)

    def ready(self, info: ProcessInfo) -> None:
        """The session has a process, which can take a cell."""
        self.info, self.failure = info, None
        self._scribe.write(Up(info=info))
        if info.note:
            self._cells.note(info.note)
        self._cells.move(Signal.READY)
        self.on_ready()

    async def promote(self, moment: Moment) -> ProcessInfo:
        """Wake the checkpoint of `moment` in place of the process; raises BrokenError if it does not.

        Its own copy may be reported before we know that it is awake.
        """
        assert self.handler is not None
        self.checkpoints.timeline.wake(moment)
        with self.checkpoints.on_the_way_to(moment):
            self._scribe.write_ahead(Waking(pid=moment.checkpoint.pid))
            return await self.handler.promote(moment.checkpoint.pid)

    async def recover(self, gone: Gone, first: Moment | None = None) -> None:
        """The process has died: wake checkpoint `first`, or the newest that there is, or else make a new process."""
        timeline, running = self.checkpoints.timeline, self._cells.running
        at = running.cell if running is not None and running.cell is not None else self._cells.next_cell
        while self.handler is not None and (moment := first or timeline.newest(at)) is not None:
            first = None
            try:
                info = await self.promote(moment)
            except BrokenError:
                continue
            self._cells.restore(gone, moment)
            self.ready(info)
            return
        handler, self.handler = self.handler, None
        timeline.clear()
        self._cells.lose(gone)
        if handler is not None:
            await handler.close(grace_s=0)
        try:
            await self.make()
        except RametError as error:
            self.give_up(error)
        except Exception as error:  # noqa: BLE001 - the border of a task nobody waits for: the session must not hang
            self.give_up(InternalError(f"making a process failed: {error!r}"))

    def give_up(self, error: RametError) -> None:
        """There will be no process, if there is none by now."""
        if self._cells.state is not SessionState.STARTING:
            return
        self.failure = error
        self._cells.move(Signal.FAILED)
        self._cells.drop_waiting(f"the session has no process: {error}")

    def on_report(self, report: Report) -> None:
        """Where handlers report to: the process's own affairs are settled here, all else is the cells'."""
        if self._cells.state is not SessionState.CLOSED and not self._take(report):
            self._cells.take(report)

    def take_task(self, work: Coroutine[None, None, None]) -> None:
        """Do `work` beside all else, unless the process is replaced, or left, before its end."""
        self._aside = asyncio.get_running_loop().create_task(work)

    async def in_task(self, work: Coroutine[None, None, None], *, to_its_end: bool = False) -> None:
        """Do `work` in a task that `close` can cancel, and wait for it.

        If the waiting is cancelled the work is too, unless it must come `to_its_end` for the session to have a process.
        """
        task = self._task = asyncio.get_running_loop().create_task(work)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():  # by `close`, not with our caller
                self.gate.check_open()
            if to_its_end:
                await asyncio.wait({task})
            else:
                await self._stop_task()
            raise

    def _take(self, report: Report) -> bool:
        """A report that is about the process; False if it is about cells."""
        match report:
            case Gone():
                self._died(report)
                self.checkpoints.answered()
            case LimitReached(reason=reason):
                self._cells.interrupted(reason)
            case _:
                return self.checkpoints.take(report)
        return True

    def _died(self, gone: Gone) -> None:
        """The process has ended by itself."""
        if self.checkpoints.going_to is not None:
            return  # it was to end
        self._scribe.write(gone)
        self._cells.move(Signal.DIED)
        self._task = asyncio.get_running_loop().create_task(self.recover(gone))

    async def _close(self) -> None:
        await self.checkpoints.budget.close()
        await self._stop_task()
        self.checkpoints.answered()
        async with self.lock:  # a restart that is under way ends here
            handler, self.handler = self.handler, None
            if handler is not None:
                await handler.close()

    async def _replace(self) -> None:
        self.gate.check_open()
        handler, self.handler = self.handler, None
        self.checkpoints.timeline.clear()
        self._cells.lose(Gone(reason="the session was restarted on request"))
        if handler is not None:
            await handler.close()
        self.gate.check_open()
        await self.in_task(self.make())

    async def _stop_task(self) -> None:
        aside, self._aside = self._aside, None
        if aside is not None and aside is not asyncio.current_task():
            aside.cancel()
            await asyncio.wait({aside})
        while (task := self._task) is not None:  # another one may begin while this one ends: processes die at any time
            self._task = None
            if task is not asyncio.current_task():
                task.cancel()
                await asyncio.wait({task})

    def _read_to(self) -> ReadTo | None:
        """How far the reports go; those of a process that is no more went as far as they went."""
        if self.handler is not None:
            self._read = self.handler.read_to(settled=self._cells.settled)
        return self._read

    def _kept(self, read: ReadTo) -> None:
        if self.handler is not None:
            self.handler.kept(read)
