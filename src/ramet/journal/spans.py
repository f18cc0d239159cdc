"""Where in the files that stands what a cell has shown, and how many lines it has.

A span has a mark about every 64 KiB, which is what makes a page in the middle of ten million lines cheap. Figures of a
span count from its own beginning, so that a segment can be made thinner without touching the others.

Two line counts must agree: the one made here while entries pass by, and the lines of `Result.text`. Where that would
need the whole text (a cursor was moved up, a display was updated, input was asked for) the span is not `simple`, and
its cell is read as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ramet.journal.codec import Printed, figures
from ramet.journal.entry import Entry, Finished, Submitted
from ramet.model.cell import last_words
from ramet.model.event import InputRequested
from ramet.model.output import Clear, Display, Omitted, Text

_MARK_BYTES = 1 << 16

#: Looked up by class, for most entries show something and this is done for each.
_SHOWN = frozenset((Printed, Text, Display, Clear, Omitted, Finished, InputRequested))

#: A line of a file: its segment, its offset there, its size, and what it says. Text is known by its figures.
Record = tuple[int, int, int, Entry | Printed]


class Mark(NamedTuple):
    """`lines` line ends of the span were shown before the entry at `offset`; `open` if text without one came last."""

    offset: int
    lines: int
    open: bool


@dataclass(slots=True)
class Span:
    """What a cell has in one segment. `cleared` says that nothing shown before the first mark is visible any more."""

    segment: int
    start: int
    end: int
    lines: int = 0
    open: bool = False
    simple: bool = True
    cleared: bool = False
    marks: list[Mark] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.end - self.start


@dataclass(slots=True)
class Cursor:
    """Where in the course of cells an entry stands: in cell `serial`, which runs if `request` is set."""

    serial: int = 1
    request: int | None = None
    open: bool = False
    clearing: bool = False

    def enter(self, entry: Entry | Printed) -> None:
        """`entry` comes next."""
        if isinstance(entry, Submitted) and entry.request != self.request:
            if self.request is not None:  # its owner was killed before it could write the end
                self.next()
            self.request = entry.request

    def leave(self, entry: Entry | Printed) -> None:
        """`entry` has been."""
        if isinstance(entry, Finished) and entry.request == self.request:
            self.next()

    def next(self) -> None:
        """On to the next cell."""
        self.serial, self.request, self.open, self.clearing = self.serial + 1, None, False, False


def reach(spans: list[Span], cursor: Cursor, record: Record) -> None:
    """Make the last of `spans`, or a new one, reach over `record`."""
    segment, offset, size, entry = record
    if not spans or spans[-1].segment != segment:
        spans.append(Span(segment, offset, offset, open=cursor.open))
    span = spans[-1]
    if type(entry) in _SHOWN:
        _show(span, cursor, offset, entry)
        span.open = cursor.open
    span.end = offset + size


def _show(span: Span, cursor: Cursor, offset: int, entry: Entry | Printed) -> None:
    if isinstance(entry, Clear):
        cursor.clearing = entry.wait
        if not entry.wait:
            _clear(span, cursor)
        return
    if cursor.clearing and not isinstance(entry, (Finished, InputRequested)):
        _clear(span, cursor)
    if not span.marks or offset - span.marks[-1].offset >= _MARK_BYTES:
        span.marks.append(Mark(offset, span.lines, cursor.open))
    lines, cursor.open = extent(entry, open_before=cursor.open)
    span.lines += lines
    span.simple = span.simple and not _moves(entry)


def _clear(span: Span, cursor: Cursor) -> None:
    span.lines, span.cleared, span.simple = 0, True, True
    span.marks.clear()
    cursor.open = cursor.clearing = False


def extent(entry: Entry | Printed, *, open_before: bool) -> tuple[int, bool]:
    """How many line ends `entry` adds to what its cell shows, and whether it leaves a line open."""
    match entry:
        case Printed(characters=characters):
            return entry.lines, entry.open if characters else open_before
        case Text(text=text):
            return extent(figures(text), open_before=open_before)
        case Display():
            return (open_before + entry.value.text.count("\n") + 1, False) if shows(entry) else (0, open_before)
        case Omitted():
            return entry.lines, open_before and not entry.lines
        case Finished(outcome=outcome) if ending := last_words(outcome):
            return open_before + ending.count("\n"), not ending.endswith("\n")
        case _:
            return 0, open_before


def shows(display: Display) -> bool:
    """Whether `display` adds lines."""
    return display.kind != "update" and bool(display.value.text)


def _moves(entry: Entry | Printed) -> bool:
    """Whether the lines of a cell with `entry` cannot be counted one entry after the other."""
    match entry:
        case Printed():
            return entry.moves
        case Text(text=text):
            return figures(text).moves
        case Display(kind=kind):
            return kind == "update"
        case _:
            return isinstance(entry, InputRequested)
