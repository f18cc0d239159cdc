"""The process behind a session: made, replaced when it dies, taken back to a checkpoint, ended.

Every operation that changes the process runs under one lock. What comes back from a death or an undo is the newest
checkpoint that wakes; only if none does is there a new, empty process.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, BusyError, InternalError, InvalidError, RametError
from ramet.handlers.base import Ability
from ramet.journal.entry import Waking
from ramet.model.checkpoint import Checkpoint, Moved
from ramet.model.report import (
    Began,
    Checkpointed,
    Gone,
    LimitReached,
    MemoryScarce,
    ReadTo,
    Report,
    Uncheckpointed,
    Up,
)
from ramet.model.session import SessionState, Signal
from ramet.session.arguments import check_cell
from ramet.session.budget import Budget
from ramet.session.gate import Gate
from ramet.session.timeline import Moment, Timeline

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from ramet.handlers.base import Handler
    from ramet.model.session import CheckpointPolicy, ProcessInfo
    from ramet.session.cells import Cells
    from ramet.session.scribe import Scribe
    from ramet.session.timeline import Pin

_CHECKPOINT_S = 30.0


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
        self.timeline = Timeline()
        self.budget = Budget(self.timeline, self._let_go, cells.note)
        self._name = name
        self._cells, self._scribe = cells, scribe
        scribe.read_to, scribe.on_kept = self._read_to, self._kept
        self._read: ReadTo | None = None
        self.make_handler = make_handler
        self.on_ready = on_ready
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._aside: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._going_to: Moment | None = None
        #: Why there is no checkpoint of the state before a cell.
        self._unsafe: dict[int, str] = {}
        self._answers: list[asyncio.Future[None]] = []

    def check_idle(self, what: str) -> None:
        """Raise unless the session is idle and can be copied."""
        self._check_able(what)
        if self._cells.state is not SessionState.IDLE or self._cells.busy:
            raise BusyError(f"session {self._name!r} is running a cell", hint=f"interrupt it, then {what}")

    async def start(self) -> None:
        """Make the first process, unless that was done."""
        async with self._lock:
            self.gate.check_open()
            self.gate.stay()
            if not self.gate.started:
                await self._in_task(self.make(self.first))
                self.gate.started = True
                self.shared = self.info.shared if self.info is not None else ()

    async def restart(self) -> None:
        """A new, empty process in place of the present one."""
        async with self._lock:
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

    async def undo(self, cell: int) -> Moved:
        """Go back to the state before `cell`."""
        async with self._lock:
            self.check_idle("undo")
            self._check_reachable(cell)
            await self._checkpoint_present()
            self.check_idle("undo")  # a cell may have come in between
            present, moment = self._cells.next_cell, self._check_reachable(cell)
            await self._go_to(moment)
            return self._moved(moment, range(moment.checkpoint.cell, present))

    async def redo(self) -> Moved:
        """Go on to the next state that was undone."""
        async with self._lock:
            self.check_idle("redo")
            await self._checkpoint_present()
            self.check_idle("redo")
            present = self._cells.next_cell
            moment = self.timeline.next_after(present)
            if moment is None:
                raise InvalidError("there is nothing to redo", hint="redo works until the next cell runs")
            await self._go_to(moment)
            return self._moved(moment, range(present, moment.checkpoint.cell))

    @asynccontextmanager
    async def held(self, cell: int | None = None) -> AsyncIterator[Pin]:
        """Within the block the checkpoint of the state before `cell`, or of the present one, stays as it is.

        While a cell runs, the present state is the one before it.
        """
        check_cell("at", cell)
        async with self._lock:
            self.gate.check_open()
            moment = await self._moment(self._cells.next_cell if cell is None else cell, present=cell is None)
            pin = self.timeline.pin(moment)
        try:
            yield pin
        finally:
            self._drop(self.timeline.unpin(pin))

    def branch(self, pin: Pin, checkpoints: CheckpointPolicy) -> Handler:
        """The handler of a branch of that moment.

        Raises:
            ClosedError: the session is closed.
            BrokenError: its processes are gone, and the checkpoint with them.
        """
        self.gate.check_open()
        if self.handler is None:
            raise BrokenError(f"session {self._name!r} has no process at this moment")
        return self.handler.branch(pin.moment.checkpoint.pid, checkpoints)

    async def detach(self) -> None:
        """Leave the process running, for another owner."""
        await self.budget.close()
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

    def _take(self, report: Report) -> bool:
        """A report that is about the process; False if it is about cells."""
        match report:
            case Checkpointed():
                self._keep(report)
            case Uncheckpointed():
                self._unsafe[report.cell] = report.reason
                if not report.told:
                    self._cells.note(f"there is no way back to the state before cell {report.cell}: {report.reason}")
            case Gone():
                self._died(report)
            case LimitReached(reason=reason):
                self._cells.interrupted(reason)
                return True
            case MemoryScarce():
                self.budget.scarce(report, self._cells.next_cell)
                return True
            case Began(cell=cell):
                self._drop(self.timeline.forget_after(cell))
                return False
            case _:
                return False
        self._answer()
        return True

    def _answer(self) -> None:
        """What was to be known of a checkpoint is known, or will not be."""
        answers, self._answers = self._answers, []
        for answer in answers:
            if not answer.done():
                answer.set_result(None)

    def _died(self, gone: Gone) -> None:
        """The process has ended by itself."""
        if self._going_to is not None:
            return  # it was to end
        self._scribe.write(gone)
        self._cells.move(Signal.DIED)
        self._task = asyncio.get_running_loop().create_task(self.recover(gone))

    def _let_go(self, checkpoint: Checkpoint, reason: str) -> None:
        """Drop a checkpoint before its time."""
        self._drop(self.timeline.remove(checkpoint))
        self._unsafe[checkpoint.cell] = reason

    async def _close(self) -> None:
        await self.budget.close()
        await self._stop_task()
        self._answer()
        async with self._lock:  # a restart that is under way ends here
            handler, self.handler = self.handler, None
            if handler is not None:
                await handler.close()

    async def _replace(self) -> None:
        self.gate.check_open()
        handler, self.handler = self.handler, None
        self.timeline.clear()
        self._cells.lose(Gone(reason="the session was restarted on request"))
        if handler is not None:
            await handler.close()
        self.gate.check_open()
        await self._in_task(self.make())

    async def make(self, handler: Handler | None = None) -> None:
        """Have a process, that of `handler` or a new one. Raises as `Handler.start`."""
        handler = handler or self.make_handler(self._cells.next_cell)
        info = await handler.start(self.on_report)
        if self._cells.state is SessionState.CLOSED:
            await handler.close(grace_s=0)
            return
        self.handler = handler
        self.ready(info)

    def on_report(self, report: Report) -> None:
        """Where handlers report to: the process's own affairs are settled here, all else is the cells'."""
        if self._cells.state is not SessionState.CLOSED and not self._take(report):
            self._cells.take(report)

    def ready(self, info: ProcessInfo) -> None:
        """The session has a process, which can take a cell."""
        self.info, self.failure = info, None
        self._scribe.write(Up(info=info))
        if info.note:
            self._cells.note(info.note)
        self._cells.move(Signal.READY)
        self.on_ready()

    async def recover(self, gone: Gone, first: Moment | None = None) -> None:
        """The process has died: wake checkpoint `first`, or the newest that there is, or else make a new process."""
        running = self._cells.running
        at = running.cell if running is not None and running.cell is not None else self._cells.next_cell
        handler = self.handler
        while handler is not None and (moment := first or self.timeline.newest(at)) is not None:
            first = None
            try:
                info = await self._promote(handler, moment)
            except BrokenError:
                continue
            self._cells.restore(gone, moment)
            self.ready(info)
            return
        self.handler = None
        self.timeline.clear()
        self._cells.lose(gone)
        if handler is not None:
            await handler.close(grace_s=0)
        try:
            await self.make()
        except RametError as error:
            self.give_up(error)
        except Exception as error:  # noqa: BLE001 - the border of a task nobody waits for: the session must not hang
            self.give_up(InternalError(f"making a process failed: {error!r}"))

    async def _go_to(self, moment: Moment) -> None:
        """Wake the checkpoint of `moment`; if it does not, back to the present."""
        self._check_free(moment)
        # Before the first await: from here on no cell begins, and the present process may die.
        self._cells.move(Signal.DIED)
        self._going_to = moment
        await self._in_task(self.travel(moment), to_its_end=True)

    async def travel(self, moment: Moment) -> None:
        """On the way since before: wake the checkpoint of `moment`; raises BrokenError if it does not."""
        assert self.handler is not None
        try:
            info = await self._promote(self.handler, moment)
        except BrokenError as error:
            await self.recover(Gone(reason=f"going to the state before cell {moment.checkpoint.cell} failed: {error}"))
            raise
        present, target = self._cells.next_cell, moment.checkpoint.cell
        self._cells.stand(moment)
        self._cells.tell(self._moved(moment, range(min(present, target), max(present, target))))
        self.ready(info)

    async def _promote(self, handler: Handler, moment: Moment) -> ProcessInfo:
        """Wake the checkpoint of `moment`; its own copy may be reported before we know that it is awake."""
        self.timeline.wake(moment)
        self._going_to = moment
        self._scribe.write_ahead(Waking(pid=moment.checkpoint.pid))
        try:
            return await handler.promote(moment.checkpoint.pid)
        finally:
            self._going_to = None

    @contextmanager
    def on_the_way_to(self, moment: Moment | None) -> Iterator[None]:
        """Within the block a checkpoint may have been woken: the copy that it leaves behind is of that moment."""
        self._going_to = moment
        try:
            yield
        finally:
            self._going_to = None

    def forget_lost(self) -> None:
        """Forget the checkpoints that are not there any more."""
        for checkpoint in self.timeline.checkpoints:
            if self.handler is not None and not self.handler.has(checkpoint.pid):
                self.timeline.remove(checkpoint)

    def take_task(self, work: Coroutine[None, None, None]) -> None:
        """Do `work` beside all else, unless the process is replaced, or left, before its end."""
        self._aside = asyncio.get_running_loop().create_task(work)

    def _read_to(self) -> ReadTo | None:
        """How far the reports go; those of a process that is no more went as far as they went."""
        if self.handler is not None:
            self._read = self.handler.read_to(settled=self._cells.settled)
        return self._read

    def _kept(self, read: ReadTo) -> None:
        if self.handler is not None:
            self.handler.kept(read)

    async def _moment(self, cell: int, *, present: bool) -> Moment:
        """The moment to branch from."""
        self._check_able("branch")
        running = self._cells.running
        if running is not None and present:
            cell = cell if running.cell is None else running.cell
            if self.timeline.at(cell) is None:
                raise BusyError(
                    f"session {self._name!r} is running a cell, and there is no checkpoint of the state before it",
                    hint="wait for it, interrupt it, or branch from an earlier cell with at=",
                )
        elif cell == self._cells.next_cell:
            self.check_idle("branch")
            await self._checkpoint_present()
        return self._check_reachable(cell, "branch(at={})", "start a session and load the data there")

    async def _checkpoint_present(self) -> None:
        """See to it that one can come back to the present state, if it may be copied."""
        if self.handler is None or self.timeline.at(self._cells.next_cell) is not None:
            return
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        self.handler.checkpoint()
        await asyncio.wait({answer}, timeout=_CHECKPOINT_S)

    def _keep(self, report: Checkpointed) -> None:
        self._scribe.write(report)
        checkpoint = Checkpoint(cell=report.cell, pid=report.pid, seconds=report.seconds, missing=report.missing)
        going_to, names = self._going_to, dict(self._cells.names)
        if going_to is not None and going_to.checkpoint.cell == report.cell:
            names = dict(going_to.names)
        self._drop(self.timeline.add(Moment(checkpoint, names)))
        self.budget.grew(self._cells.next_cell)

    def _drop(self, checkpoints: list[Checkpoint]) -> None:
        for checkpoint in checkpoints:
            if self.handler is not None:
                self.handler.drop(checkpoint.pid)

    def _moved(self, moment: Moment, cells: range) -> Moved:
        return Moved(cell=moment.checkpoint.cell, cells=tuple(cells), missing=moment.checkpoint.missing)

    def _check_able(self, what: str) -> None:
        self.gate.check_started()
        if self.handler is None or Ability.CHECKPOINT not in self.handler.abilities:
            raise InvalidError(f"this session has no checkpoints to {what} with")

    def _check_free(self, moment: Moment) -> None:
        if self.timeline.pinned(moment):
            raise BusyError(f"branches of the state before cell {moment.checkpoint.cell} are being made")

    def _check_reachable(
        self, cell: int, earlier_by: str = "undo(to={})", else_hint: str = "restart() empties the session"
    ) -> Moment:
        """The moment before exactly `cell`: to go further back than was asked would undo more than was asked."""
        moment = self.timeline.at(cell)
        if moment is not None:
            return moment
        earlier = self.timeline.newest(cell)
        hint, why = else_hint, self._unsafe.get(cell, "")
        if earlier is not None:
            way = earlier_by.format(earlier.checkpoint.cell)
            hint = f"the last one before it is of cell {earlier.checkpoint.cell}: {way}"
        because = f" ({why})" if why else ""
        raise InvalidError(f"there is no checkpoint of the state before cell {cell}{because}", hint=hint)

    async def _in_task(self, work: Coroutine[None, None, None], *, to_its_end: bool = False) -> None:
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

    def give_up(self, error: RametError) -> None:
        """There will be no process, if there is none by now."""
        if self._cells.state is not SessionState.STARTING:
            return
        self.failure = error
        self._cells.move(Signal.FAILED)
        self._cells.drop_waiting(f"the session has no process: {error}")
