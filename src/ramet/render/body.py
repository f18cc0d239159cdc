"""What a cell printed and showed, in the room that there is for it.

Each piece gets what it needs if all of them fit. Otherwise the longest are shortened until they do; and where there are
so many that too little would be left of each, those in the middle are left out, and a line says where to read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from ramet.model.output import Display, Omitted, RichValue, Text
from ramet.render.bounds import bounded, count_lines
from ramet.render.reading import PLAIN
from ramet.render.shown import has_picture, is_drawn, words
from ramet.render.terminal import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ramet.render.reading import Reading

#: With less room for each, pieces are left out rather than shortened.
_LEAST = 300
#: Of many pieces, this is the most that one of those shown may take.
_ONE_OF_MANY = 600
#: More pieces than this are not all looked at.
_MANY = 1000
#: The room that the words about left-out pieces need.
_GAP = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """A value, and the words for it."""

    value: RichValue
    words: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that was printed without a display between, or a value; the `lines` lines of the cell from `line` on."""

    content: str | RichValue
    line: int
    lines: int


def pieces(outputs: Iterable[Text | Display | Omitted], first_line: int = 1) -> list[Piece]:
    """What `outputs` come to on a terminal, with the lines counted as its journal counts them, from `first_line` on."""
    return list(_pieces(outputs, first_line))


def fitted(pieces: Sequence[Piece], room: int, *, handle: str, reading: Reading = PLAIN) -> list[str | Shown]:
    """`pieces` in about `room` characters, in order; what is left out can be read under `handle`, by `reading`."""
    return _Fitting(pieces, room, handle, reading).fitted() if pieces else []


def _pieces(outputs: Iterable[Text | Display | Omitted], line: int) -> Iterator[Piece]:
    for printed, group in groupby(outputs, lambda output: isinstance(output, Text)):
        if printed:
            text = resolve("".join(output.text for output in group if isinstance(output, Text)))
            yield Piece(text, line, count_lines(text))
            line += count_lines(text)
            continue
        for output in group:
            lines = _lines(output)
            yield Piece(output.value if isinstance(output, Display) else str(output), line, lines)
            line += lines


def _lines(output: Text | Display | Omitted) -> int:
    """How many lines a display or an omission takes."""
    match output:
        case Omitted(lines=lines):
            return lines
        case Display(value=value) if value.text:
            return value.text.count("\n") + 1
        case _:
            return 0


class _Fitting:
    """Finds out how much of each piece can be shown."""

    def __init__(self, pieces: Sequence[Piece], room: int, handle: str, reading: Reading) -> None:
        self._pieces, self._room, self._handle, self._reading = pieces, room, handle, reading
        self._pictured = any(isinstance(piece.content, RichValue) and has_picture(piece.content) for piece in pieces)

    def fitted(self) -> list[str | Shown]:
        if len(self._pieces) <= _MANY:
            told = [self._told(piece, self._room) for piece in self._pieces]
            sizes = [_size(one) for one in told]
            level = _level(sizes, self._room)
            if level >= min(_LEAST, max(sizes)):
                return [
                    one if size <= level else self._told(piece, level - 1)
                    for piece, one, size in zip(self._pieces, told, sizes, strict=True)
                ]
        return self._ends()

    def _ends(self) -> list[str | Shown]:
        """The first and the last pieces."""
        room = self._room - _GAP - len(self._reading.form)
        head = self._filling(self._pieces, room * 2 // 3)
        rest = self._pieces[len(head) :]
        tail = self._filling(rest[::-1], room - sum(map(_size, head)))[::-1]
        gap = rest[: len(rest) - len(tail)]
        return [*head, *([self._gap(gap)] if gap else []), *tail]

    def _filling(self, pieces: Sequence[Piece], room: int) -> list[str | Shown]:
        kept: list[str | Shown] = []
        for piece in pieces:
            told = self._told(piece, _ONE_OF_MANY)
            room -= _size(told)
            if room < 0:
                break
            kept.append(told)
        return kept

    def _gap(self, pieces: Sequence[Piece]) -> str:
        displays = sum(isinstance(piece.content, RichValue) for piece in pieces)
        characters = sum(len(piece.content) for piece in pieces if isinstance(piece.content, str))
        what = [f"{displays:,} display{'s' * (displays > 1)}"] if displays else []
        what += [f"{characters:,} printed characters"] if characters else []
        first, last = pieces[0].line, pieces[-1].line + pieces[-1].lines - 1
        where = f"; to see them{self._reading.told(self._handle, first, last)}" if last >= first else ""
        return f"... {' and '.join(what)} left out here{where} ..."

    def _told(self, piece: Piece, room: int) -> str | Shown:
        if isinstance(piece.content, str):
            text = bounded(piece.content, room, handle=self._handle, first_line=piece.line, reading=self._reading).text
            return text.rstrip("\n")
        if self._pictured and is_drawn(piece.content):
            return ""
        told = words(piece.content, room, handle=self._handle, line=piece.line, reading=self._reading)
        return Shown(piece.content, told)


def _size(told: str | Shown) -> int:
    """The characters that it takes, its line break and a label for its picture included."""
    if isinstance(told, str):
        return len(told) + 1
    return len(told.words) + (len("[image 10] ") if has_picture(told.value) else 0) + 1


def _level(sizes: Sequence[int], room: int) -> int:
    """To which size the larger ones must be shortened so that all fit into `room`; the largest one if all do."""
    for place, size in enumerate(sorted(sizes)):
        count = len(sizes) - place
        if size * count > room:
            return max(room, 0) // count
        room -= size
    return max(sizes)
