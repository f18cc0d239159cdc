"""What single measures came to, where there is no whole table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantity import characters, megabytes, rate, spread_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sides import Side

#: By what the names of samples end in; of two that fit the first one counts.
_UNITS = {"_per_s": rate, "_s": spread_seconds, "_mb": megabytes, "_chars": characters}


def summary(sides: Iterable[Side]) -> str:
    """A line for all samples of one name."""
    return "\n".join(line for side in sides for line in _lines(side))


def _lines(side: Side) -> Iterator[str]:
    for measure, figures in side.figures.items():
        for name, samples in figures.items():
            unit = next(unit for end, unit in _UNITS.items() if name.endswith(end))
            yield f"{side.name} {measure} {name}: {unit(samples)}, samples: {len(samples)}"
