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


class Pin:
    """A moment whose checkpoint stays until the pin is let go, whatever becomes of its place in the timeline."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment


class Timeline:
    """At most one moment for each cell. Those after the present are what `redo` goes to."""

    def __init__(self) -> None:
        self._moments: dict[int, Moment] = {}
        self._pins: list[Pin] = []
        self._woken: list[Pin] = []
        self._kept_for_pins: list[Checkpoint] = []

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """All of them, oldest cell first."""
        return tuple(self._moments[cell].checkpoint for cell in sorted(self._moments))

    def at(self, cell: int) -> Moment | None:
        """The state before exactly that cell."""
        return self._moments.get(cell)

    def of(self, pid: int) -> Moment | None:
        """The moment that process `pid` is the checkpoint of."""
        return next((moment for moment in self._moments.values() if moment.checkpoint.pid == pid), None)

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
        for pin in self._woken:
            if pin.moment.checkpoint.cell == cell:
                pin.moment = moment  # what was woken has left this copy behind
        former = self._moments.get(cell)
        gone = [former.checkpoint] if former is not None and former.checkpoint.pid != moment.checkpoint.pid else []
        self._moments[cell] = moment
        while len(self._moments) > KEPT:
            gone.append(self._moments.pop(min(self._moments)).checkpoint)
        return self._unpinned(gone)

    def pin(self, moment: Moment) -> Pin:
        """Hold `moment` until `unpin`."""
        pin = Pin(moment)
        self._pins.append(pin)
        return pin

    def unpin(self, pin: Pin) -> list[Checkpoint]:
        """Let go; return those that must go now."""
        self._pins.remove(pin)
        kept, self._kept_for_pins = self._kept_for_pins, []
        return self._unpinned(kept)

    def pinned(self, moment: Moment) -> bool:
        """Whether somebody holds it."""
        return any(pin.moment.checkpoint.pid == moment.checkpoint.pid for pin in self._pins)

    def remove(self, checkpoint: Checkpoint) -> list[Checkpoint]:
        """Take it out; return it, if nobody holds it."""
        moment = self._moments.get(checkpoint.cell)
        if moment is not None and moment.checkpoint.pid == checkpoint.pid:
            del self._moments[checkpoint.cell]
        return self._unpinned([checkpoint])

    def replace(self, other: Timeline) -> None:
        """Have the moments of `other`."""
        self._moments = dict(other._moments)

    def wake(self, moment: Moment) -> None:
        """Take it out: it is to be the present, and leaves a copy behind if it can, before it goes on."""
        if self._moments.get(moment.checkpoint.cell) is moment:
            del self._moments[moment.checkpoint.cell]
        self._woken = [pin for pin in self._pins if pin.moment.checkpoint.pid == moment.checkpoint.pid]

    def forget_after(self, cell: int) -> list[Checkpoint]:
        """A cell was run at that point: take out what lay after it."""
        self._woken = []
        later = [at for at in self._moments if at > cell]
        return self._unpinned([self._moments.pop(at).checkpoint for at in later])

    def clear(self) -> list[Checkpoint]:
        """Take out all."""
        gone = list(self.checkpoints)
        self._moments.clear()
        return self._unpinned(gone)

    def _unpinned(self, checkpoints: list[Checkpoint]) -> list[Checkpoint]:
        """Those that nobody holds; the others go when they are let go."""
        held = {pin.moment.checkpoint.pid for pin in self._pins}
        self._kept_for_pins += [checkpoint for checkpoint in checkpoints if checkpoint.pid in held]
        return [checkpoint for checkpoint in checkpoints if checkpoint.pid not in held]
