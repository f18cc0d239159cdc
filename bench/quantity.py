"""A measured amount, as it stands in the table."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Unit = Literal["s", "MB"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """The median of some samples, with the 95th percentile where it is of interest.

    `estimate` marks what was scaled up from fewer sessions than the row is about.
    """

    value: float
    unit: Unit
    p95: float | None = None
    estimate: bool = False

    def __str__(self) -> str:
        tail = f" (p95 {amount(self.p95, self.unit)})" if self.p95 is not None else ""
        return f"{'≈ ' if self.estimate else ''}{amount(self.value, self.unit)}{tail}"


def seconds(samples: Sequence[float]) -> Quantity:
    """The median of durations."""
    return Quantity(value=median(samples), unit="s")


def spread_seconds(samples: Sequence[float]) -> Quantity:
    """The median of durations and their 95th percentile."""
    return Quantity(value=median(samples), unit="s", p95=sorted(samples)[int(len(samples) * 0.95)])


def megabytes(samples: Sequence[float]) -> Quantity:
    """The median of sizes."""
    return Quantity(value=median(samples), unit="MB")


def scaled(quantity: Quantity, factor: float) -> Quantity:
    """`quantity` for `factor` times as many sessions, if it grows in proportion."""
    return Quantity(value=quantity.value * factor, unit=quantity.unit, estimate=True)


def amount(value: float, unit: Unit) -> str:
    """`value` to three digits at most; durations below a second in milliseconds."""
    if unit == "s" and value < 1:
        return f"{_digits(value * 1000)} ms"
    return f"{_digits(value)} {unit}"


def _digits(value: float) -> str:
    places = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{places}f}"
