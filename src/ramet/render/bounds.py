"""Text within a limit: its head and its tail in whole lines, and between them one line that says what is left out.

Lines that say the same again and again are folded into one, and a very long line loses its middle. Whatever is left out
is counted, and named by the numbers of its lines in the whole text, under the handle that the rest can be read by.

Only what is shown is looked at line by line. The rest is counted by `str.count`, so that 50 MB cost some milliseconds
and no copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ramet.render.reading import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ramet.render.reading import Reading

#: The least share for lines beside the words about lines, and the least limit that it is taken of; with less room, the
#: text just loses its middle.
_LINES_SHARE, _SMALLEST = 0.4, 360
#: Blocks of up to so many lines are folded when they are repeated.
_LONGEST_BLOCK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """A text that fits: `text`, and what is missing in it of `lines` lines in all.

    `lines_omitted` counts lines of which nothing is shown; what is folded is not missing. `characters_omitted` counts
    theirs and those cut out of long lines.
    """

    text: str
    lines: int
    lines_omitted: int = 0
    characters_omitted: int = 0

    @property
    def complete(self) -> bool:
        """Whether everything can be told from `text`."""
        return not self.characters_omitted and not self.lines_omitted


@dataclass(frozen=True, slots=True)
class _Entry:
    """One or more shown lines, which stand for the lines `first` to `last`, or for `text[start:end]` of the whole."""

    shown: str
    first: int
    last: int
    start: int
    end: int
    characters_omitted: int = 0


def bounded(text: str, limit: int, *, handle: str = "", first_line: int = 1, reading: Reading = PLAIN) -> Bounded:
    """`text` in at most `limit` characters; unchanged if it fits.

    The last line is always there, in part if it is long, because errors stand at the end. Otherwise the head gets about
    two thirds. `first_line` is the number of the first line, where `text` is a part of what `handle` names; without a
    handle there is nothing to read the rest by, and `reading` says how it is read. Lines end with a newline and nothing
    else; a newline at the very end is not shown if something is left out.
    """
    lines = count_lines(text)
    if len(text) <= limit:
        return Bounded(text=text, lines=lines)
    if lines == 1:
        shown, omitted = cut(text.removesuffix("\n"), limit, of=f" of {handle} line {first_line}" if handle else "")
        return Bounded(text=shown, lines=lines, characters_omitted=omitted)
    behind = first_line + lines  # no number of a line is longer
    gap_line = partial(_gap, handle=handle, reading=reading)
    widest = len(gap_line(first_line, behind, len(text)))
    widest += (len(str(behind)) - len(str(first_line))) * reading.firsts
    room = limit - widest - 2
    if room < max(limit, _SMALLEST) * _LINES_SHARE:
        shown, omitted = cut(text, limit)
        return Bounded(text=shown, lines=lines, characters_omitted=omitted)
    folding = _Folding(text, handle=handle, longest=max(room // 3 - 1, (room - lines) // lines))
    head = folding.head(room - room // 3, first_line)
    start, first = (head[-1].end + 1, head[-1].last + 1) if head else (0, first_line)
    tail = folding.tail(room - sum(len(entry.shown) + 1 for entry in head), start, first)
    pieces = [entry.shown for entry in (*head, *tail)]
    gap = tail[0].start - start if tail else 0
    if gap:
        pieces.insert(len(head), gap_line(first, tail[0].first - 1, gap))
    return Bounded(
        text="\n".join(pieces),
        lines=lines,
        lines_omitted=tail[0].first - first if gap else 0,
        characters_omitted=gap + sum(entry.characters_omitted for entry in (*head, *tail)),
    )


def count_lines(text: str) -> int:
    """How many lines `text` has; a newline at its end begins no other."""
    return text.count("\n") + (not text.endswith("\n")) if text else 0


def cut(text: str, limit: int, *, of: str = "") -> tuple[str, int]:
    """`text` without its middle if it is longer than `limit`, and how many characters that was.

    `of` says what they are missing in, such as " of line 3".
    """
    if len(text) <= limit:
        return text, 0
    room = limit - len(_hole(len(text), of))
    if room < 3:
        return text[:limit], len(text) - limit
    tail = room // 3
    omitted = len(text) - room
    return f"{text[: room - tail]}{_hole(omitted, of)}{text[-tail:]}", omitted


def beginning(text: str, limit: int) -> str:
    """`text` without its end if it is longer than `limit`, and a last line that counts what is missing."""
    if len(text) <= limit:
        return text
    kept = max(limit - len(_rest(len(text))), 0)
    return f"{text[:kept]}{_rest(len(text) - kept)}"[:limit]


def in_line(code: str) -> str:
    """`code` in one line, for who is to recognise it: its lines without what indents them, and marks between them."""
    return " ⏎ ".join(" ".join(line.split()) for line in code.split("\n") if line.strip())


def _rest(characters: int) -> str:
    return f"\n... {characters:,} more characters"


def _hole(characters: int, of: str) -> str:
    return f" ... {characters:,} characters{of} left out ... "


def _gap(first: int, last: int, characters: int, *, handle: str, reading: Reading) -> str:
    count = last - first + 1
    what, them = ("line", "it") if count == 1 else ("lines", "them")
    where = f"; to see {them}{reading.told(handle, first, last)}" if handle else ""
    return f"... {count:,} {what} ({characters:,} characters) left out here{where} ..."


class _Folding:
    """The entries of a text: its lines, repeated ones folded, none much longer than `longest`."""

    def __init__(self, text: str, *, handle: str, longest: int) -> None:
        self._text = text
        self._handle = f"{handle} " if handle else ""
        self._longest = longest
        self._end = len(text) - text.endswith("\n")

    def head(self, room: int, line: int) -> list[_Entry]:
        """The first entries, within `room` characters; `line` is the number of the first line."""
        entries = []
        for entry in self._entries(0, line):
            room -= len(entry.shown) + 1
            if room < 0:
                break
            entries.append(entry)
        return entries

    def tail(self, room: int, start: int, line: int) -> list[_Entry]:
        """The last entries, within `room` characters, of what begins at `start` with `line`; at least one if any."""
        # Folded lines take less room than they have characters, so look some way farther back.
        near = self._text.rfind("\n", start, max(start, self._end - 4 * room)) + 1
        if near:
            start, line = near, line + self._text.count("\n", start, near)
        kept: list[_Entry] = []
        for entry in reversed(list(self._entries(start, line))):
            room -= len(entry.shown) + 1
            if room < 0 and kept:
                break
            kept.append(entry)
        return kept[::-1]

    def _entries(self, start: int, line: int) -> Iterator[_Entry]:
        """The entries from `start` on; `line` is the number of the line that begins there."""
        while start <= self._end:
            block, repeats = self._repetition(start)
            if repeats:
                shown = self._text[start : start + block - 1]
                height = shown.count("\n") + 1
                folded, last = f"{shown}\n{_again(line, height, repeats)}", line + height * (repeats + 1) - 1
                end = start + block * (repeats + 1) - 1
                if len(folded) < end - start:
                    yield _Entry(folded, line, last, start, end)
                    start, line = end + 1, last + 1
                    continue
            end = self._line_end(start)
            shown, omitted = cut(self._text[start:end], self._longest, of=f" of {self._handle}line {line}")
            yield _Entry(shown, line, line, start, end, omitted)
            start, line = end + 1, line + 1

    def _line_end(self, start: int) -> int:
        end = self._text.find("\n", start, self._end)
        return self._end if end < 0 else end

    def _repetition(self, start: int) -> tuple[int, int]:
        """How long the block of lines at `start` is that is repeated at once, and how often; (0, 0) if none is."""
        end = start
        for _ in range(_LONGEST_BLOCK):
            end = self._line_end(end) + 1
            block = end - start
            if block > self._longest or end > self._end:
                break
            if self._text.startswith(self._text[start:end], end):
                repeats = self._repeats(start, block)
                if repeats >= 2:
                    return block, repeats
        return 0, 0

    def _repeats(self, start: int, block: int) -> int:
        """How often the block at `start` is repeated after itself, found in steps that double."""
        text, count, step = self._text, 0, 1
        while text.startswith(text[start : start + block * step], start + block * (count + 1)):
            count += step
            step *= 2
        while step > 1:
            step //= 2
            if text.startswith(text[start : start + block * step], start + block * (count + 1)):
                count += step
        return count


def _again(line: int, height: int, repeats: int) -> str:
    """The words for `repeats` more of the `height` lines that begin with `line`."""
    what = "the line above" if height == 1 else f"the {height} lines above"
    return f"... {what} {repeats:,} more times (lines {line + height}-{line + height * (repeats + 1) - 1}) ..."
