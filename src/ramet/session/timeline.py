"""The checkpoints of a session in the order of their cells, and what was known of the session at each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ramet.model.checkpoint import Checkpoint

#: How many a session keeps; the oldest go first. Each is a process, and costs the memory that has changed since.
KEPT = 10


@dataclass(frozen=True, slots=True)
class Moment:
    """A checkpoint, and the user's variables (name to cell of origin) at that moment."""

    checkpoint: Checkpoint
    names: Mapping[str, int]


class Timeline:
    """At most one moment for each cell. Those after the present are what `redo` goes to."""

    def __init__(self) -> None:
        self._moments: dict[int, Moment] = {}

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """All of them, oldest cell first."""
        return tuple(self._moments[cell].checkpoint for cell in sorted(self._moments))

    def at(self, cell: int) -> Moment | None:
        """The state before exactly that cell."""
        return self._moments.get(cell)

    def newest(self, cell: int) -> Moment | None:
        """The last state that is not after the one before `cell`."""
        cells = [at for at in self._moments if at <= cell]
        return self._moments[max(cells)] if cells else None

    def oldest_spare(self, cell: int) -> Checkpoint | None:
        """The first one but for that which `newest(cell)` gives."""
        kept = self.newest(cell)
        spare = [at for at, moment in self._moments.items() if moment is not kept]
        return self._moments[min(spare)].checkpoint if spare else None

    def next_after(self, cell: int) -> Moment | None:
        """The first state after the one before `cell`."""
        cells = [at for at in self._moments if at > cell]
        return self._moments[min(cells)] if cells else None

    def add(self, moment: Moment) -> list[Checkpoint]:
        """Keep it; return those that must go for it."""
        cell = moment.checkpoint.cell
        former = self._moments.get(cell)
        gone = [former.checkpoint] if former is not None and former.checkpoint.pid != moment.checkpoint.pid else []
        self._moments[cell] = moment
        while len(self._moments) > KEPT:
            gone.append(self._moments.pop(min(self._moments)).checkpoint)
        return gone

    def remove(self, pid: int) -> Moment | None:
        """Take one out; None if it is not there."""
        for cell, moment in self._moments.items():
            if moment.checkpoint.pid == pid:
                return self._moments.pop(cell)
        return None

    def forget_after(self, cell: int) -> list[Checkpoint]:
        """A cell was run at that point: take out what lay after it."""
        later = [at for at in self._moments if at > cell]
        return [self._moments.pop(at).checkpoint for at in later]

    def clear(self) -> list[Checkpoint]:
        """Take out all."""
        gone = list(self.checkpoints)
        self._moments.clear()
        return gone
