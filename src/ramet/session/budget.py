"""What checkpoints may cost: when they hold too much memory, or all sessions have too many, the oldest go.

All but one of a session go when the machine has no memory left. A checkpoint costs nothing while it shares its memory
with the session; it holds alone what cells have changed or deleted since. That is looked at after cells, at most once a
second, away from the event loop. `crowd` counts those of all sessions.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ramet.handlers.base import Ability
from ramet.model.memory import readable
from ramet.session.crowd import crowd

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet.handlers.base import Handler
    from ramet.model.checkpoint import Checkpoint
    from ramet.model.report import MemoryScarce
    from ramet.session.timeline import Timeline

_PAUSE_S = 1.0


class Budget:
    """`let_go(checkpoint, reason)` drops a checkpoint; `note` tells the reader."""

    def __init__(
        self, timeline: Timeline, let_go: Callable[[Checkpoint, str], object], note: Callable[[str], None]
    ) -> None:
        self._timeline, self._let_go, self._note = timeline, let_go, note
        self._look_at = 0.0
        self._next_cell = 1
        self._task: asyncio.Task[None] | None = None

    def cell_ended(self, handler: Handler | None, next_cell: int) -> None:
        """Look at what the checkpoints hold, if that was not done just now."""
        self._next_cell = next_cell
        now = time.monotonic()
        if now < self._look_at or len(self._timeline) < 2 or handler is None or self._task is not None:
            return
        if Ability.MEMORY not in handler.abilities:
            return
        self._look_at = now + _PAUSE_S
        self._task = asyncio.get_running_loop().create_task(self._thin(handler, next_cell))
        self._task.add_done_callback(self._thinned)

    @property
    def size(self) -> int:
        """How many checkpoints there are."""
        return len(self._timeline)

    def grew(self, next_cell: int) -> None:
        """There is one checkpoint more."""
        self._next_cell = next_cell
        crowd().grew(self)

    def give_up_oldest(self) -> bool:
        """Drop the oldest that is not the only way back; return whether there was one."""
        return bool(self._drop(self._next_cell, "all sessions together had too many checkpoints", 1))

    def scarce(self, report: MemoryScarce, next_cell: int) -> None:
        """Keep the newest checkpoint alone: the machine needs the memory."""
        left = f"{readable(report.available_bytes)} of {readable(report.total_bytes)}"
        reason = f"the machine had only {left} of memory left"
        self._tell(self._drop(next_cell, reason, len(self._timeline)), reason)

    async def finished(self) -> None:
        """Wait for the look that is under way, if one is."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def close(self) -> None:
        """Look no more, and count no more."""
        crowd().leave(self)
        if self._task is not None:
            self._task.cancel()
            await self.finished()

    async def _thin(self, handler: Handler, next_cell: int) -> None:
        dropped: list[int] = []
        reason = "the checkpoints held more memory than they may"
        while self._timeline.oldest_spare(next_cell) is not None and await handler.checkpoints_too_large():
            dropped += self._drop(next_cell, reason, 1)
        self._tell(dropped, reason)

    def _thinned(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled():
            task.result()

    def _drop(self, next_cell: int, reason: str, count: int) -> list[int]:
        dropped: list[int] = []
        while len(dropped) < count and (spare := self._timeline.oldest_spare(next_cell)) is not None:
            self._let_go(spare, f"it was dropped, because {reason}")
            dropped.append(spare.cell)
        return dropped

    def _tell(self, dropped: list[int], reason: str) -> None:
        if dropped:
            cells = f"cell {dropped[0]}" if len(dropped) == 1 else f"cells {dropped[0]} to {dropped[-1]}"
            self._note(f"there is no way back to the state before {cells} any more: {reason}")
