"""Rows as a Markdown table that also reads well in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantity import amount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from row import Row


def table(rows: Iterable[Row], peer: str) -> str:
    """The rows, columns aligned; `peer` is who ramet is compared with."""
    lines = [("what", "ramet", peer, "ratio", "target", "met"), *(_cells(row) for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(line, widths) for line in (lines[0], rule, *lines[1:]))


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _cells(row: Row) -> tuple[str, ...]:
    ratio = f"{'≈ ' if row.peer.estimate else ''}{_times(row.ratio)}" if row.peer and row.ratio else ""
    theirs = str(row.peer) if row.peer else "—"
    return (row.what, str(row.ramet), theirs, ratio, _target(row), _verdict(row))


def _times(ratio: float) -> str:
    return f"{ratio:.0f}x" if ratio >= 10 else f"{ratio:.1f}x"


def _target(row: Row) -> str:
    if row.target is None:
        return ""
    ratio = f", ≥ {row.target.times:.0f}x" if row.target.times else ""
    return f"< {amount(row.target.below, row.ramet.unit)}{ratio}"


def _verdict(row: Row) -> str:
    if row.target is None:
        return ""
    if not row.judged:
        return "not known"
    return f"missed by {' and '.join(row.missed)}" if row.missed else "yes"
