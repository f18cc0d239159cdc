"""Going to other states of a session: back by `undo`, on by `redo`, and aside by branches.

All of it is the checkpoints' doing; that a process which dies is replaced by the newest of them is in `processes.py`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, BusyError, InvalidError
from ramet.handlers.base import Ability
from ramet.model.checkpoint import Moved
from ramet.model.report import Gone
from ramet.model.session import SessionState, Signal
from ramet.session.arguments import check_cell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ramet.handlers.base import Handler
    from ramet.model.session import CheckpointPolicy
    from ramet.session.cells import Cells
    from ramet.session.processes import Processes
    from ramet.session.timeline import Moment, Pin


class Travel:
    """Moves the session `name` among the checkpoints of its `processes`."""

    def __init__(self, name: str, processes: Processes, cells: Cells) -> None:
        self._name, self._processes, self._cells = name, processes, cells
        self._checkpoints = processes.checkpoints

    def check_idle(self, what: str) -> None:
        """Raise unless the session is idle and can be copied."""
        self._check_able(what)
        if self._cells.state is not SessionState.IDLE or self._cells.busy:
            raise BusyError(f"session {self._name!r} is running a cell", hint=f"interrupt it, then {what}")

    async def undo(self, cell: int) -> Moved:
        """Go back to the state before `cell`."""
        async with self._processes.lock:
            self.check_idle("undo")
            self._checkpoints.reachable(cell)
            await self._checkpoints.of_present()
            self.check_idle("undo")  # a cell may have come in between
            present, moment = self._cells.next_cell, self._checkpoints.reachable(cell)
            await self._set_out(moment)
            return _moved(moment, range(moment.checkpoint.cell, present))

    async def redo(self) -> Moved:
        """Go on to the next state that was undone."""
        async with self._processes.lock:
            self.check_idle("redo")
            await self._checkpoints.of_present()
            self.check_idle("redo")
            present = self._cells.next_cell
            moment = self._checkpoints.timeline.next_after(present)
            if moment is None:
                raise InvalidError("there is nothing to redo", hint="redo works until the next cell runs")
            await self._set_out(moment)
            return _moved(moment, range(present, moment.checkpoint.cell))

    async def go_to(self, moment: Moment) -> None:
        """Wake the checkpoint of `moment`; if it does not, back to the present, and raise BrokenError.

        The session is on the way since before: its state says so.
        """
        processes = self._processes
        try:
            info = await processes.promote(moment)
        except BrokenError as error:
            reason = f"going to the state before cell {moment.checkpoint.cell} failed: {error}"
            await processes.recover(Gone(reason=reason))
            raise
        present, target = self._cells.next_cell, moment.checkpoint.cell
        self._cells.stand(moment)
        self._cells.tell(_moved(moment, range(min(present, target), max(present, target))))
        processes.ready(info)

    @asynccontextmanager
    async def held(self, cell: int | None = None) -> AsyncIterator[Pin]:
        """Within the block the checkpoint of the state before `cell`, or of the present one, stays as it is.

        While a cell runs, the present state is the one before it.
        """
        check_cell("at", cell)
        async with self._processes.lock:
            self._processes.gate.check_open()
            moment = await self._moment(self._cells.next_cell if cell is None else cell, present=cell is None)
            pin = self._checkpoints.timeline.pin(moment)
        try:
            yield pin
        finally:
            self._checkpoints.unpin(pin)

    def branch(self, pin: Pin, policy: CheckpointPolicy) -> Handler:
        """The handler of a branch of that moment.

        Raises:
            ClosedError: the session is closed.
            BrokenError: its processes are gone, and the checkpoint with them.
        """
        self._processes.gate.check_open()
        handler = self._processes.handler
        if handler is None:
            raise BrokenError(f"session {self._name!r} has no process at this moment")
        return handler.branch(pin.moment.checkpoint.pid, policy)

    async def _set_out(self, moment: Moment) -> None:
        """Go to `moment`, also if the waiting for it is given up."""
        if self._checkpoints.timeline.pinned(moment):
            raise BusyError(f"branches of the state before cell {moment.checkpoint.cell} are being made")
        # Before the first await: from here on no cell begins, and the present process may die.
        self._cells.move(Signal.DIED)
        self._checkpoints.going_to = moment
        await self._processes.in_task(self.go_to(moment), to_its_end=True)

    async def _moment(self, cell: int, *, present: bool) -> Moment:
        """The moment to branch from."""
        self._check_able("branch")
        running = self._cells.running
        if running is not None and present:
            cell = cell if running.cell is None else running.cell
            if self._checkpoints.timeline.at(cell) is None:
                raise BusyError(
                    f"session {self._name!r} is running a cell, and there is no checkpoint of the state before it",
                    hint="wait for it, interrupt it, or branch from an earlier cell with at=",
                )
        elif cell == self._cells.next_cell:
            self.check_idle("branch")
            await self._checkpoints.of_present()
        return self._checkpoints.reachable(cell, "branch(at={})", "start a session and load the data there")

    def _check_able(self, what: str) -> None:
        self._processes.gate.check_started()
        handler = self._processes.handler
        if handler is None or Ability.CHECKPOINT not in handler.abilities:
            raise InvalidError(f"this session has no checkpoints to {what} with")


def _moved(moment: Moment, cells: range) -> Moved:
    return Moved(cell=moment.checkpoint.cell, cells=tuple(cells), missing=moment.checkpoint.missing)
