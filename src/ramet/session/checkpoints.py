"""The checkpoints of a session as its process reports them: kept, asked for, and dropped in its handler."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ramet.errors import InvalidError
from ramet.model.checkpoint import Checkpoint
from ramet.model.report import Began, Checkpointed, MemoryScarce, Report, Uncheckpointed
from ramet.session.budget import Budget
from ramet.session.timeline import Moment, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ramet.handlers.base import Handler
    from ramet.session.cells import Cells
    from ramet.session.scribe import Scribe
    from ramet.session.timeline import Pin

_ANSWER_S = 30.0


class Checkpoints:
    """`handler()` is that of the present process, None while there is none."""

    def __init__(self, handler: Callable[[], Handler | None], cells: Cells, scribe: Scribe) -> None:
        self.timeline = Timeline()
        self.budget = Budget(self.timeline, self._let_go, cells.note)
        #: The moment that is to be the present: the end of the present process is no news.
        self.going_to: Moment | None = None
        self._handler, self._cells, self._scribe = handler, cells, scribe
        #: Why there is none of the state before a cell.
        self._unsafe: dict[int, str] = {}
        self._answers: list[asyncio.Future[None]] = []

    def take(self, report: Report) -> bool:
        """A report that is about checkpoints alone; False if it is not."""
        match report:
            case Checkpointed():
                self._keep(report)
                self.answered()
            case Uncheckpointed():
                self._unsafe[report.cell] = report.reason
                if not report.told:
                    self._cells.note(f"there is no way back to the state before cell {report.cell}: {report.reason}")
                self.answered()
            case MemoryScarce():
                self.budget.scarce(report, self._cells.next_cell)
            case Began(cell=cell):
                self._drop(self.timeline.forget_after(cell))
                return False
            case _:
                return False
        return True

    async def of_present(self) -> None:
        """See to it that one can come back to the present state, if it may be copied."""
        handler = self._handler()
        if handler is None or self.timeline.at(self._cells.next_cell) is not None:
            return
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        handler.checkpoint()
        await asyncio.wait({answer}, timeout=_ANSWER_S)

    def answered(self) -> None:
        """What `of_present` waits for is known, or will not be."""
        answers, self._answers = self._answers, []
        for answer in answers:
            if not answer.done():
                answer.set_result(None)

    def reachable(
        self, cell: int, earlier_by: str = "undo(to={})", else_hint: str = "restart() empties the session"
    ) -> Moment:
        """The moment before exactly `cell`: to go further back than was asked would undo more than was asked.

        Raises:
            InvalidError: there is none; the hint names one before it.
        """
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

    def unpin(self, pin: Pin) -> None:
        """Let go of what was pinned in the timeline."""
        self._drop(self.timeline.unpin(pin))

    def forget_lost(self) -> None:
        """Forget the checkpoints that are not there any more."""
        handler = self._handler()
        for checkpoint in self.timeline.checkpoints:
            if handler is not None and not handler.has(checkpoint.pid):
                self.timeline.remove(checkpoint)

    @contextmanager
    def on_the_way_to(self, moment: Moment | None) -> Iterator[None]:
        """Within the block a checkpoint may have been woken: the copy that it leaves behind is of that moment."""
        self.going_to = moment
        try:
            yield
        finally:
            self.going_to = None

    def _keep(self, report: Checkpointed) -> None:
        self._scribe.write(report)
        checkpoint = Checkpoint(cell=report.cell, pid=report.pid, seconds=report.seconds, missing=report.missing)
        going_to, names = self.going_to, dict(self._cells.names)
        if going_to is not None and going_to.checkpoint.cell == report.cell:
            names = dict(going_to.names)
        self._drop(self.timeline.add(Moment(checkpoint, names)))
        self.budget.grew(self._cells.next_cell)

    def _let_go(self, checkpoint: Checkpoint, reason: str) -> None:
        """Drop a checkpoint before its time."""
        self._drop(self.timeline.remove(checkpoint))
        self._unsafe[checkpoint.cell] = reason

    def _drop(self, checkpoints: list[Checkpoint]) -> None:
        handler = self._handler()
        for checkpoint in checkpoints:
            if handler is not None:
                handler.drop(checkpoint.pid)
