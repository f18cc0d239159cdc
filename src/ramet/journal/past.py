"""Reading back: cells as typed values, their lines by number, and searches, none of which loads the whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ramet.errors import InvalidError
from ramet.journal.codec import decode, printed, whole
from ramet.journal.entry import Answered, Entry, Finished, Submitted
from ramet.journal.spans import Span, shows
from ramet.model.cell import Result, last_words
from ramet.model.event import InputRequested, Note
from ramet.model.outcome import Running
from ramet.model.output import Clear, Display, Omitted, Output, Text
from ramet.model.past import Found, Line, Match, Page, PastCell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ramet.journal.outline import Cell, Outline

#: What a terminal would have shown of a text: carriage returns carried out, colours removed. It keeps line ends.
Resolve = Callable[[str], str]

#: A search that takes longer is ended: it is the owner's event loop that waits.
_PATIENCE_S = 5.0


class Source(Protocol):
    """Where the bytes are."""

    def read(self, segment: int, start: int, end: int) -> bytes:
        """Some bytes of a segment; fewer, or none, if it is not there any more."""
        ...

    def form(self, name: str) -> bytes | None:
        """The content of a file that a line names, None if it is not there any more."""
        ...


@dataclass(slots=True)
class Whole:
    """The lines of a cell that had to be resolved as a whole, kept for the next page."""

    serial: int
    size: int
    resolve: Resolve
    lines: list[str]


class Past:
    """The cells of `outline`, read from `source`.

    Cells are named as `Outline.find` says: 7 or "out:7" for the one that counts, "out:7.1" for the first that was 7.
    """

    def __init__(self, outline: Outline, source: Source) -> None:
        self._outline = outline
        self._source = source
        self._whole: Whole | None = None

    def cell(self, handle: int | str) -> PastCell:
        """The cell with all that is kept of it.

        Raises:
            InvalidError: there is no such cell, or nothing of it is on disk any more.
        """
        return self._past(self._outline.find(handle))

    def cells(self, first: int = 1, last: int | None = None) -> Iterator[PastCell]:
        """The cells that the session stands on, from number `first` to `last`."""
        for cell in self._outline.living:
            if first <= (cell.number or 0) and (last is None or (cell.number or 0) <= last):
                yield self._past(cell)

    def history(self, first: int = 1, last: int | None = None, *, outputs: bool = True) -> Iterator[PastCell]:
        """All cells in the order of time, those that were undone too, from serial number `first` to `last`.

        Without `outputs` the results have none.
        """
        for cell in self._outline.cells[max(first, 1) - 1 : last if last is None else max(last, 0)]:
            if cell.request is not None:
                past = self._past(cell, without_text=not outputs)
                yield past if outputs else replace(past, result=replace(past.result, outputs=()))

    def entries(self) -> Iterator[Entry]:
        """Everything, in the order of time: processes and checkpoints too."""
        for cell in self._outline.cells:
            yield from self._entries(cell.spans)

    def facts(self) -> Iterator[Entry]:
        """Everything, in the order of time, but for what cells before the last two showed as text."""
        cells = self._outline.cells
        for cell in cells:
            yield from self._entries(cell.spans, without_text=cell.serial < len(cells) - 1)

    def submitted(self, request: int) -> Iterator[Entry]:
        """What there is of the cell that was handed to the process as `request`; nothing if there is none."""
        of = next((cell for cell in reversed(self._outline.cells) if cell.request == request), None)
        return self._entries(of.spans) if of is not None else iter(())

    def lines(self, handle: int | str, first: int, last: int, *, resolve: Resolve) -> Page:
        """Lines `first` to `last` of what a terminal would have shown; a `first` below 0 counts from the end.

        Raises:
            InvalidError: there is no such cell.
        """
        cell = self._outline.find(handle)
        total = self._total(cell, resolve)
        first = max(first if first > 0 else total + 1 + first, 1)
        last = min(last, total)
        found: list[Line] = []
        for number, texts in self._resolved(cell, first, resolve):
            wanted = texts[max(first - number, 0) : max(last + 1 - number, 0)]
            start = max(first, number)
            found += [Line(number=start + index, text=text) for index, text in enumerate(wanted)]
            if number + len(texts) > last:
                break
        dropped = max(last + 1 - first, 0) - len(found)
        return Page(handle=self._outline.handle(cell), lines=tuple(found), total=total, dropped=dropped)

    def search(
        self,
        matches: Callable[[str], bool],
        handle: int | str | None = None,
        *,
        resolve: Resolve,
        limit: int = 100,
    ) -> Found:
        """The lines for which `matches` is true, at most `limit`: of one cell, or of all that the session stands on.

        After `_PATIENCE_S` it ends with what it has found.

        Raises:
            InvalidError: there is no such cell.
        """
        found: list[Match] = []
        until = time.monotonic() + _PATIENCE_S
        for cell in self._outline.living if handle is None else [self._outline.find(handle)]:
            for number, texts in self._resolved(cell, 1, resolve):
                for at, text in enumerate(texts, start=number):
                    late = time.monotonic() > until
                    if not late and not matches(text):
                        continue
                    if late or len(found) >= limit:
                        return Found(matches=tuple(found), more=True)
                    line = Line(number=at, text=text)
                    found.append(Match(handle=self._outline.handle(cell), serial=cell.serial, line=line))
        return Found(matches=tuple(found))

    def _past(self, cell: Cell, *, without_text: bool = False) -> PastCell:
        found = _Gathered(self._entries(cell.spans, without_text=without_text))
        if found.submitted is None:
            raise InvalidError(f"cell {cell.number} is not in the journal any more", hint="its folder was removed")
        return PastCell(
            serial=cell.serial,
            handle=self._outline.handle(cell),
            result=found.result(found.submitted.code, cell.number),
            undone=cell.undone,
            began_at=found.submitted.at,
            ended_at=found.finished.at if found.finished is not None else None,
        )

    def _total(self, cell: Cell, resolve: Resolve) -> int:
        if not cell.simple:
            return len(self._whole_lines(cell, resolve))
        visible = cell.visible
        return sum(span.lines for span in visible) + (bool(visible) and visible[-1].open)

    def _resolved(self, cell: Cell, first: int, resolve: Resolve) -> Iterator[tuple[int, list[str]]]:
        """Blocks of lines, each with the number of its first, from one that begins at line `first` or before."""
        if not cell.simple:
            yield 1, self._whole_lines(cell, resolve)
            return
        for number, texts in self._numbered(cell, first):
            resolved = resolve("\n".join(texts)).split("\n")
            yield number, resolved if len(resolved) == len(texts) else [resolve(text) for text in texts]

    def _whole_lines(self, cell: Cell, resolve: Resolve) -> list[str]:
        size = sum(span.size for span in cell.spans)
        kept = self._whole
        if kept is None or (kept.serial, kept.size, kept.resolve) != (cell.serial, size, resolve):
            kept = Whole(cell.serial, size, resolve, resolve(self._past(cell).result.text).split("\n"))
            self._whole = kept
        return kept.lines

    def _numbered(self, cell: Cell, first: int) -> Iterator[tuple[int, list[str]]]:
        """Blocks of lines as they were written, each with the number of its first."""
        start = _start(cell.visible, first)
        number = start.number
        begun: list[str] = []
        for piece in _pieces(self._entries(start.spans, start.offset), line_open=start.open):
            if isinstance(piece, Omitted):
                begun.append(str(piece))
                if piece.lines:
                    yield number, ["".join(begun)]
                    number, begun = number + piece.lines, []
                continue
            head, newline, tail = piece.partition("\n")
            begun.append(head)
            if newline:
                *texts, last = tail.split("\n")
                texts.insert(0, "".join(begun))
                yield number, texts
                number, begun = number + len(texts), [last]
        if any(begun):
            yield number, ["".join(begun)]

    def _entries(self, spans: list[Span], offset: int | None = None, *, without_text: bool = False) -> Iterator[Entry]:
        """What `spans` hold, from `offset` of the first on."""
        for span in spans:
            content = self._source.read(span.segment, span.start if offset is None else offset, span.end)
            offset = None
            for line in content.splitlines(keepends=True):
                if not whole(line) or (without_text and printed(line)):
                    continue
                try:
                    entry = decode(line, self._source.form)
                except InvalidError:  # of a kind that this version does not know
                    continue
                yield entry


class _Gathered:
    """What the entries of one cell say of it."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.submitted: Submitted | None = None
        self.finished: Finished | None = None
        self._asked: InputRequested | None = None
        self._outputs: list[Output] = []
        self._notes: list[str] = []
        for entry in entries:
            match entry:
                case Text() | Display() | Clear() | Omitted():
                    self._outputs.append(entry)
                case Submitted():
                    self.submitted = entry
                case Finished():
                    self.finished = entry
                case Note(text=text):
                    self._notes.append(text)
                case InputRequested():
                    self._asked = entry
                case Answered():
                    self._asked = None

    def result(self, code: str, cell: int | None) -> Result:
        """The result of the cell, as far as it has come."""
        outputs = tuple(self._outputs)
        if self.finished is not None:
            done = self.finished
            return Result(
                code=code, cell=cell, outcome=done.outcome, outputs=outputs, seconds=done.seconds, notes=done.notes
            )
        asked = self._asked
        running = Running(prompt=asked.prompt if asked else None, password=asked.password if asked else False)
        return Result(code=code, cell=cell, outcome=running, outputs=outputs, notes=tuple(self._notes))


class _Start(NamedTuple):
    """Where to begin to read: in the first of `spans` at `offset`, in line `number`, which is `open` or not begun."""

    spans: list[Span]
    offset: int
    number: int
    open: bool


def _start(spans: list[Span], first: int) -> _Start:
    """The last mark that is not behind the beginning of line `first`."""
    # What stands before the first mark is not shown, or not any more.
    start = _Start(spans, spans[0].marks[0].offset if spans and spans[0].marks else 0, 1, open=False)
    number = 1
    for index, span in enumerate(spans):
        for mark in span.marks:
            at = number + mark.lines
            if at > first or (at == first and mark.open):
                return start
            start = _Start(spans[index:], mark.offset, at, mark.open)
        number += span.lines
    return start


def _pieces(entries: Iterator[Entry], *, line_open: bool) -> Iterator[str | Omitted]:
    """What entries show, one after the other, with the line breaks that set displays apart."""
    for entry in entries:
        match entry:
            case Text(text=text):
                piece = text
            case Display() if shows(entry):
                piece = ("\n" if line_open else "") + f"{entry.value.text}\n"
            case Finished(outcome=outcome):
                ending = last_words(outcome)
                piece = f"\n{ending}" if line_open and ending else ending
            case Omitted():
                yield entry
                line_open = line_open and not entry.lines
                continue
            case _:
                continue
        if piece:
            yield piece
            line_open = not piece.endswith("\n")
