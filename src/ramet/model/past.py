"""What a session said earlier, read back from its journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ramet.model.cell import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCell:
    """A cell as the journal has it.

    `serial` counts all cells of the session from 1 on, in the order of time: no two have the same, though cell numbers
    repeat after an undo. `handle` is what a reader may say for the cell, `out:7` or `out:7.1`, empty for a cell without
    a number. `undone` says that the session does not stand on it any more. The times are seconds since the epoch;
    `ended_at` is None for a cell without an end, and then the result's outcome is `Running`.
    """

    serial: int
    handle: str
    result: Result
    undone: bool
    began_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of what a cell showed, as a terminal would have had it at the end; `number` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some lines of a cell, in order, of `total` that it showed.

    Where the numbers jump, lines were dropped because there was too much: `dropped` of those that were asked for.
    """

    handle: str
    lines: tuple[Line, ...]
    total: int
    dropped: int = 0

    def __str__(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A line that a search has found, and the cell that showed it."""

    handle: str
    serial: int
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search has found, oldest first; `more` if it stopped at its limit, or because it took too long."""

    matches: tuple[Match, ...]
    more: bool = False

    def __str__(self) -> str:
        found = [f"{match.handle}:{match.line.number}: {match.line.text}" for match in self.matches]
        return "\n".join([*found, "... there may be more"] if self.more else found)
