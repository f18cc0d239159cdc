"""Rows as a Markdown table that also reads well in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantity import amount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from row import Row


def table(rows: Iterable[Row], *peers: str) -> str:
    """The rows, columns aligned; `peers` are those whom ramet is compared with. Of a lone one the ratio is told."""
    ratio = ("ratio",) if len(peers) == 1 else ()
    lines = [("what", "ramet", *peers, *ratio, "target", "met"), *(_cells(row, len(peers)) for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(line, widths) for line in (lines[0], rule, *lines[1:]))


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _cells(row: Row, peers: int) -> tuple[str, ...]:
    theirs = (str(peer) if peer else "—" for peer in row.peers or (None,) * peers)
    ratio = (_ratio(row),) if peers == 1 else ()
    return (row.what, str(row.ramet), *theirs, *ratio, _target(row), _verdict(row))


def _ratio(row: Row) -> str:
    return f"{'≈ ' if row.peer.estimate else ''}{_times(row.ratio)}" if row.peer and row.ratio else ""


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
