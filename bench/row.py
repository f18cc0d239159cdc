"""One line of a table: what was measured, what came of it on all sides, and what was aimed at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`below` is what ramet's quantity must stay below; `times` is the ratio to a lone peer's that it must reach."""

    below: float
    times: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line; `peers` has a part for each that ramet is compared with, None where it has no counterpart."""

    what: str
    ramet: Quantity
    peers: tuple[Quantity | None, ...] = ()
    target: Target | None = None

    @property
    def peer(self) -> Quantity | None:
        """The part of a lone peer."""
        return self.peers[0] if len(self.peers) == 1 else None

    @property
    def ratio(self) -> float | None:
        """How many times more a lone peer takes; None if one of the two is not known."""
        if self.peer is None or not self.peer.known or not self.ramet.known:
            return None
        return self.peer.value / self.ramet.value

    @property
    def judged(self) -> bool:
        """Whether there is a target, and figures enough to tell if it is met."""
        return self.target is not None and self.ramet.known and not (self.target.times and self.ratio is None)

    @property
    def missed(self) -> tuple[str, ...]:
        """Which parts of the target are missed: "amount", "ratio", both or none."""
        if self.target is None:
            return ()
        amount = () if self.ramet.value < self.target.below else ("amount",)
        enough = not self.target.times or (self.ratio is not None and self.ratio >= self.target.times)
        return amount if enough else (*amount, "ratio")

    @property
    def met(self) -> bool:
        """Whether there is a target, and all of it is kept."""
        return self.judged and not self.missed
