"""One line of a screen, written over column by column."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: A line longer than this wraps for the cursor, as in any terminal, though no line break is shown.
WIDTH = 4096

#: Anything but characters that surely are one column wide.
UNEVEN = re.compile(
    "[^ -~\xa0-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u205f\u2070-\u20cf\u2100-\u2319\u232b-\u23e8"
    "\u23f4-\u25fc\u2800-\u2b1a]"
)


class Line:
    """A line that is written over: its cells, after text that has wrapped out of reach."""

    __slots__ = ("cells", "reopened", "settled")

    def __init__(self, text: str = "") -> None:
        self.settled: list[str] = []
        self.cells: list[str] = []
        self.reopened = bool(text)
        self.put(0, text)

    def __len__(self) -> int:
        return len(self.cells)

    def __str__(self) -> str:
        return "".join(self.settled) + "".join(self.cells)

    def put(self, column: int, text: str) -> int:
        """Write `text` from `column` on; return the column after it."""
        for start in range(0, len(text), WIDTH):
            for index, piece in enumerate(text[start : start + WIDTH].split("\t")):
                if index:
                    column = self._tab(column)
                if piece:
                    column = self._overwrite(column, piece)
        return column

    def erase(self, first: int, end: int) -> None:
        """Blank the columns from `first` to before `end`."""
        self._split(first)
        self._split(end)
        if end >= len(self.cells):
            del self.cells[first:]
        else:
            self.cells[first:end] = " " * (end - first)

    def insert(self, column: int, count: int) -> None:
        """Move what stands from `column` on to the right."""
        self._split(column)
        if column < len(self.cells):
            self.cells[column:column] = " " * count

    def delete(self, column: int, count: int) -> None:
        """Take out `count` columns; what stands behind them moves to the left."""
        self._split(column)
        self._split(column + count)
        del self.cells[column : column + count]

    def _overwrite(self, column: int, piece: str) -> int:
        new = _cells(piece)
        end = column + len(new)
        if column > len(self.cells):
            self.cells.extend(" " * (column - len(self.cells)))
        elif column < len(self.cells):
            self._split(column)
            self._split(end)
        self.cells[column:end] = new
        return end - self._wrap()

    def _tab(self, column: int) -> int:
        """A tab only moves over what stands there; behind the end it is kept as a character."""
        end = column // 8 * 8 + 8
        if column >= len(self.cells):
            self.cells.extend(" " * (column - len(self.cells)))
            self.cells += ["\t"] + [""] * (end - column - 1)
            return end - self._wrap()
        return end

    def _wrap(self) -> int:
        """Put full rows out of reach; return how many columns went."""
        count = len(self.cells) // WIDTH * WIDTH
        if count:
            self.settled.append("".join(self.cells[:count]))
            del self.cells[:count]
        return count

    def _split(self, column: int) -> None:
        """Turn a tab or wide character that reaches over the left edge of `column` into blanks."""
        if not 0 < column < len(self.cells) or self.cells[column]:
            return
        first, end = column - 1, column + 1
        while first and not self.cells[first]:
            first -= 1
        while end < len(self.cells) and not self.cells[end]:
            end += 1
        self.cells[first:end] = " " * (end - first)


def overwritten(pieces: list[str]) -> str:
    """What is left of texts that were written one over the other, from the same first column on."""
    if max(map(len, pieces)) < WIDTH and not any(map(UNEVEN.search, pieces)):
        shown = ""
        for piece in reversed(pieces):
            if len(piece) > len(shown):
                shown += piece[len(shown) :]
        return shown
    line = Line()
    for piece in pieces:
        line.put(0, piece)
    return str(line)


def _cells(piece: str) -> list[str]:
    """One string for each column that `piece` takes; those behind a wide character are empty."""
    if UNEVEN.search(piece) is None:
        return list(piece)
    width = _width()
    cells: list[str] = []
    for character in piece:
        columns = width(character)
        if columns <= 0 and cells:
            cells[-1] += character
        else:
            cells.append(character)
            if columns == 2:
                cells.append("")
    return cells


@cache
def _width() -> Callable[[str], int]:
    """Columns of a character, imported when the first one asks: its tables take 30 ms."""
    from wcwidth import wcwidth

    return wcwidth
