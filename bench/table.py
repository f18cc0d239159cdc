"""Rows as a Markdown table that also reads well in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantity import amount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rows import Row

_HEAD = ("what", "ramet", "ipykernel", "ratio", "target", "met")


def table(rows: Iterable[Row]) -> str:
    """The rows, columns aligned."""
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(line, widths) for line in (lines[0], rule, *lines[1:]))


def met(row: Row) -> bool:
    """Whether the row has a target and keeps all of it."""
    return row.target is not None and not _missed(row)


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _cells(row: Row) -> tuple[str, ...]:
    ratio = f"{'≈ ' if row.ipykernel.estimate else ''}{_times(row.ratio)}" if row.ipykernel and row.ratio else ""
    theirs = str(row.ipykernel) if row.ipykernel else "—"
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
    missed = _missed(row)
    return f"missed by {' and '.join(missed)}" if missed else "yes"


def _missed(row: Row) -> list[str]:
    """Which parts of the target are missed; the row has one."""
    assert row.target is not None
    missed = ["amount"] if row.ramet.value >= row.target.below else []
    if row.target.times and (row.ratio is None or row.ratio < row.target.times):
        missed.append("ratio")
    return missed
