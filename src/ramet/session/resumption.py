"""Going on with a session that another owner has left: with its process as it stands, or what was under way with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ramet.errors import BrokenError, RametError
from ramet.handlers.base import Handler
from ramet.model.report import Gone
from ramet.model.session import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet.session.cells import Cells
    from ramet.session.processes import Processes
    from ramet.session.recollection import Recollection
    from ramet.session.record import CellRecord
    from ramet.session.travel import Travel

_NOTHING_LEFT = Gone(reason="it ended while nobody owned the session, and left nothing to go on with")


class NeverMadeError(BrokenError):
    """A branch that was being made when its owner ended, and of which nobody has been told, has not come up."""


class Resumed(Handler, Protocol):
    """A handler of a process that is there already."""

    newborn: bool
    """Whether it was being made when its owner ended, so that the session has not heard of it yet."""


class Resumption:
    """Brings `processes` and `cells`, which are new, to where `past` ends, and from there to the present."""

    def __init__(self, processes: Processes, travel: Travel, cells: Cells, past: Recollection) -> None:
        self._processes, self._travel, self._cells, self._past = processes, travel, cells, past

    async def run(self, make_handler: Callable[[Recollection], Resumed], *, is_branch: bool) -> None:
        """Go on over the handler that `make_handler` makes.

        Raises:
            NeverMadeError: it is such a branch, which cannot be made again.
        """
        self._processes.gate.stay()
        self._processes.gate.started = True
        self._restore()
        try:
            handler = make_handler(self._past)
        except BrokenError:
            handler = None
        if handler is None or handler.newborn:
            await self._begin(handler, is_branch=is_branch)
            return
        try:
            await self._go_on(handler)
        except BrokenError:
            self._processes.handler = None
            await handler.close(grace_s=0)
            await self._processes.recover(self._past.gone or _NOTHING_LEFT)

    def _restore(self) -> None:
        past, processes = self._past, self._processes
        processes.info = past.info
        processes.shared = past.info.shared if past.info is not None else ()
        processes.checkpoints.timeline.replace(past.timeline)
        self._cells.move(Signal.READY)
        self._cells.resume(past)

    async def _begin(self, handler: Handler | None, *, is_branch: bool) -> None:
        """Wait for the process that was being made, or make one."""
        processes, unfinished_branch = self._processes, is_branch and self._past.info is None
        processes.checkpoints.timeline.clear()
        if self._past.info is not None:
            self._cells.lose(self._past.gone or _NOTHING_LEFT)
        else:
            self._cells.move(Signal.DIED)
        try:
            if handler is not None:
                await processes.make(handler)
                processes.shared = processes.info.shared if processes.info is not None else ()
                return
        except RametError:
            pass
        if unfinished_branch:
            raise NeverMadeError("the branch was being made when its owner ended, and has not come up")
        try:
            await processes.make()
        except RametError as error:
            processes.give_up(error)

    async def _go_on(self, handler: Handler) -> None:
        processes, cells, past = self._processes, self._cells, self._past
        processes.handler = handler
        over = past.gone is not None or past.waking is not None
        if over:
            cells.move(Signal.DIED)
        with processes.checkpoints.on_the_way_to(past.waking):
            await handler.start(processes.on_report)
            processes.checkpoints.forget_lost()
            if past.gone is not None:
                await processes.recover(past.gone, past.waking)
            elif past.waking is not None:
                await self._travel.go_to(past.waking)
        if over:
            return
        if cells.running is not None:
            processes.take_task(self._make_sure_of(cells.running, handler))
        if cells.running is None or cells.running.cell is not None:
            processes.on_ready()

    async def _make_sure_of(self, running: CellRecord, handler: Handler) -> None:
        """When the process has caught up, a cell that runs still for us was never handed over, or has ended unheard."""
        try:
            await handler.caught_up()
        except BrokenError:
            return  # its end is reported, and the cell waits for the next process
        if running is not self._cells.running:
            return
        if running.cell is None:
            self._cells.hand_back()
        else:
            self._cells.end_unheard()
        self._processes.on_ready()
