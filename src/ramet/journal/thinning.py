"""How a journal stays within its bounds: what goes first, and what stays of a segment that was made thinner.

What goes is what cells showed: the middle of one cell that showed very much, and when the whole is too large, all that
the oldest cells showed. Code, outcomes and times stay, and an `Omitted` has the true figures of what stood there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.errors import InvalidError
from ramet.journal.codec import Printed, decode, encode, header
from ramet.journal.entry import Opened
from ramet.journal.spans import extent
from ramet.model.output import Clear, Display, Omitted, StreamName, Text
from ramet.model.report import ReadTo

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ramet.journal.entry import Entry
    from ramet.journal.spans import Span

#: The longest beginning of a line that is kept so that the line numbers after a gap are true.
_REST = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a journal keeps, in bytes on disk, each to about `segment_bytes`.

    Of each cell the first `head_bytes` and the last `tail_bytes` are kept; of the session `total_bytes`, files beside
    the segments included, and the code and the outcomes of all cells whatever they take.

    Raises:
        InvalidError: a number that is not positive.
    """

    head_bytes: int = 4 << 20
    tail_bytes: int = 12 << 20
    total_bytes: int = 256 << 20
    segment_bytes: int = 1 << 20

    def __post_init__(self) -> None:
        for name in ("head_bytes", "tail_bytes", "total_bytes", "segment_bytes"):
            if getattr(self, name) <= 0:
                raise InvalidError(f"{name}={getattr(self, name)!r} is no size", hint="give a positive number of bytes")


def middle(spans: Sequence[Span], bounds: Bounds) -> list[int]:
    """The segments that hold nothing but what a cell with `spans` showed between its head and its tail."""
    found = []
    before, after = 0, sum(span.size for span in spans)
    for index, span in enumerate(spans):
        after -= span.size
        if index and before >= bounds.head_bytes and after >= bounds.tail_bytes:
            found.append(span.segment)
        before += span.size
    return found


class Thinner:
    """Takes the lines of a segment; `lines` are those that stay, `forms` the files that nothing names any more."""

    def __init__(self) -> None:
        self.lines: list[bytes] = [header()]
        self.forms: list[str] = []
        self._stage = _Stage()

    def take(self, records: Iterable[tuple[bytes, Entry | Printed]]) -> None:
        """The next lines, each with what it says."""
        for line, entry in records:
            match entry:
                case Printed():
                    self._stage.newest.text(line, entry)
                case Display():
                    self._stage.newest.display(entry)
                    self._forget_forms(line)
                case Omitted():
                    self._stage.newest.omitted(entry)
                case Clear():
                    self._stage.clear(entry)
                case Opened() | ReadTo():
                    pass  # what was two segments has one header, and a later one says how far was read
                case _:
                    self.finish()
                    self.lines.append(line)

    def finish(self) -> None:
        """What was left out ends here."""
        self.lines += [encode(entry, _no_form) for entry in self._stage.entries()]
        self._stage = _Stage()

    def _forget_forms(self, line: bytes) -> None:
        # What a display's forms would be fetched by are the names of its files.
        decode(line, self.forms.append)


class _Stage:
    """What is being left out, parted by the clears in it.

    `_gone` was cleared for certain. `_standing` goes as soon as something follows the clear that waits for that, if one
    does; `newest` is what follows it.
    """

    def __init__(self) -> None:
        self.newest = _Gap()
        self._standing = _Gap()
        self._gone = _Gap()
        self._cleared = self._waits = False

    def clear(self, clear: Clear) -> None:
        """What stands is cleared, or will be."""
        self._settle()
        if not self._waits:
            self._standing, self.newest = self.newest, _Gap()
        self._waits = True
        if not clear.wait:
            self._carry_out()

    def entries(self) -> list[Entry]:
        """What stays in place of all that, to the same effect."""
        self._settle()
        cleared: list[Entry] = [*self._gone.entries(), Clear()] if self._cleared else []
        waiting: list[Entry] = [*self._standing.entries(), Clear(wait=True)] if self._waits else []
        return [*cleared, *waiting, *self.newest.entries()]

    def _settle(self) -> None:
        """A clear that waited for something has been carried out by what came."""
        if self._waits and self.newest.begun:
            self._carry_out()

    def _carry_out(self) -> None:
        self._gone.join(self._standing)
        self._standing = _Gap()
        self._cleared, self._waits = True, False


class _Gap:
    """What is being left out; `rest` is the beginning of a line that it ends in, which stays."""

    def __init__(self) -> None:
        self.begun = False
        self._characters = self._lines = self._displays = 0
        self._rest = ""
        self._stream: StreamName = "stdout"

    def text(self, line: bytes, figures: Printed) -> None:
        self.begun = True
        self._characters += figures.characters
        self._lines += figures.lines
        if not figures.open:
            self._rest = ""
            return
        entry = decode(line, _no_form_content)
        assert isinstance(entry, Text)
        _, newline, last = entry.text.rpartition("\n")
        self._rest = last if newline else self._rest + last
        self._stream = entry.stream
        if len(self._rest) > _REST:
            self._rest = ""

    def display(self, display: Display) -> None:
        self.begun = True
        lines, still_open = extent(display, open_before=bool(self._rest))
        self._displays += 1
        self._lines += lines
        self._rest = self._rest if still_open else ""

    def omitted(self, omitted: Omitted) -> None:
        self.begun = True
        self._characters += omitted.characters
        self._lines += omitted.lines
        self._displays += omitted.displays
        self._rest = "" if omitted.lines else self._rest

    def join(self, later: _Gap) -> None:
        self._characters += later._characters
        self._lines += later._lines
        self._displays += later._displays

    def entries(self) -> list[Entry]:
        """At most two: what is left out, and the beginning of the last line."""
        characters = self._characters - len(self._rest)
        entries: list[Entry] = []
        if characters or self._displays or self._lines:
            entries.append(Omitted(characters=characters, lines=self._lines, displays=self._displays))
        if self._rest:
            entries.append(Text(text=self._rest, stream=self._stream))
        return entries


def _no_form(_mime: str, _content: bytes) -> str:
    raise AssertionError("what stays of a gap has no forms")


def _no_form_content(_name: str) -> None:
    """A text has no forms."""
