"""A measured amount, as it stands in the table."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Unit = Literal["s", "MB", "x", "/s", "characters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """The median of some samples, with the 95th percentile where it is of interest; not a number without samples.

    `estimate` marks what was scaled up from fewer sessions than the row is about.
    """

    value: float
    unit: Unit
    p95: float | None = None
    estimate: bool = False

    @property
    def known(self) -> bool:
        """Whether there are samples: the measure did not fail."""
        return not isnan(self.value)

    def __str__(self) -> str:
        if not self.known:
            return "failed"
        tail = f" (p95 {amount(self.p95, self.unit)})" if self.p95 is not None else ""
        return f"{'≈ ' if self.estimate else ''}{amount(self.value, self.unit)}{tail}"


def seconds(samples: Sequence[float]) -> Quantity:
    """The median of durations."""
    return Quantity(value=_middle(samples), unit="s")


def spread_seconds(samples: Sequence[float]) -> Quantity:
    """The median of durations and their 95th percentile."""
    p95 = sorted(samples)[int(len(samples) * 0.95)] if samples else None
    return Quantity(value=_middle(samples), unit="s", p95=p95)


def megabytes(samples: Sequence[float]) -> Quantity:
    """The median of sizes."""
    return Quantity(value=_middle(samples), unit="MB")


def rate(samples: Sequence[float]) -> Quantity:
    """The median of how much was done in a second."""
    return Quantity(value=_middle(samples), unit="/s")


def characters(samples: Sequence[float]) -> Quantity:
    """The median of lengths of text."""
    return Quantity(value=_middle(samples), unit="characters")


def times(samples: Sequence[float], others: Sequence[float]) -> Quantity:
    """How many times the median of `others` that of `samples` is."""
    return Quantity(value=_middle(samples) / _middle(others), unit="x")


def scaled(quantity: Quantity, factor: float) -> Quantity:
    """`quantity` for `factor` times as many sessions, if it grows in proportion."""
    return Quantity(value=quantity.value * factor, unit=quantity.unit, estimate=True)


def amount(value: float, unit: Unit) -> str:
    """`value` to three digits at most; durations below a second in milliseconds."""
    if unit == "x":
        return f"{_digits(value)}x"
    if unit == "characters":
        return f"{value:,.0f}"
    if unit == "s" and value < 1:
        return f"{_digits(value * 1000)} ms"
    return f"{_digits(value)}{'' if unit.startswith('/') else ' '}{unit}"


def _middle(samples: Sequence[float]) -> float:
    return median(samples) if samples else nan


def _digits(value: float) -> str:
    places = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{places}f}"
