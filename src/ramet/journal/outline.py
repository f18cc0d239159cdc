"""What is known of a journal without reading it again: which cells there are, and where in the files each one stands.

A cell is a list of spans, one in each segment that it reaches into.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ramet.errors import InvalidError
from ramet.journal.entry import Entry, Finished, Stands, Submitted
from ramet.journal.spans import Cursor, Record, Span, reach
from ramet.model.report import Began

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ramet.journal.codec import Printed

_WAITING = 32

#: Looked up by class, for most entries are not of these and this is done for each.
_STEPS = frozenset((Submitted, Began, Finished, Stands))


@dataclass(slots=True)
class Cell:
    """A cell's place. `ordinal` counts the cells that have borne its `number`, from 1 on."""

    serial: int
    request: int | None = None
    number: int | None = None
    ordinal: int = 0
    undone: bool = False
    finished: bool = False
    spans: list[Span] = field(default_factory=list)

    @property
    def visible(self) -> list[Span]:
        """The spans from the last clear on."""
        first = max((index for index, span in enumerate(self.spans) if span.cleared), default=0)
        return self.spans[first:]

    @property
    def simple(self) -> bool:
        """Whether its lines can be counted without looking at all of them."""
        return all(span.simple for span in self.visible)


class Outline:
    """Takes the records of a journal in their order.

    They wait until somebody asks or the next cell is submitted, for then the process is at work, and nobody is kept
    waiting: of what it costs to write a cell down this would be the half.
    """

    def __init__(self) -> None:
        self._waiting: list[Record] = []
        self._cells: list[Cell] = []
        self._cursor = Cursor()
        self._last_request = 0
        self._numbers: dict[int, list[Cell]] = {}
        self._path: list[Cell] = []
        self._ahead: list[Cell] = []
        self._starts: dict[int, Cursor] = {}
        self._last_numbered: Cell | None = None

    @property
    def cells(self) -> list[Cell]:
        """All cells, by serial number; the last may have late output only, and no request yet."""
        self._settle()
        return self._cells

    @property
    def living(self) -> tuple[Cell, ...]:
        """The cells that the session stands on, by number."""
        self._settle()
        return tuple(self._path)

    @property
    def present(self) -> Cell | None:
        """The cell that what comes next belongs to, None if nothing has come of it."""
        self._settle()
        return self._cells[self._cursor.serial - 1] if self._cursor.serial <= len(self._cells) else None

    @property
    def last_request(self) -> int:
        """The highest number of a request so far."""
        self._settle()
        return self._last_request

    def take(self, record: Record) -> None:
        """Note what the next record says."""
        self._waiting.append(record)
        if type(record[3]) is Submitted or len(self._waiting) > _WAITING:
            self._settle()

    def replace(self, gone: Iterable[int], records: Iterable[Record]) -> None:
        """The segments `gone` have become one, which has the last number of theirs and holds `records`."""
        self._settle()
        gone = sorted(gone)
        starts = [self._starts.pop(segment) for segment in gone if segment in self._starts]
        if not starts:
            return  # nothing of it could be read
        cursor = starts[0]
        first = cursor.serial
        self._starts[gone[-1]] = replace(cursor)
        fresh: dict[int, list[Span]] = {}
        for record in records:
            cursor.enter(record[3])
            reach(fresh.setdefault(cursor.serial, []), cursor, record)
            cursor.leave(record[3])
        for cell in self._cells[first - 1 : cursor.serial]:
            before = [span for span in cell.spans if span.segment < gone[0]]
            after = [span for span in cell.spans if span.segment > gone[-1]]
            cell.spans = [*before, *fresh.get(cell.serial, ()), *after]

    def handle(self, cell: Cell) -> str:
        """What a reader may say for `cell`: `out:7` for the cell 7 of now, `out:7.1` for the first that was one."""
        if cell.number is None:
            return ""
        return f"out:{cell.number}" if self._standing(cell.number) is cell else f"out:{cell.number}.{cell.ordinal}"

    def find(self, handle: int | str) -> Cell:
        """The cell that `handle` (7, "7", "out:7", "out:7.1") means.

        `7` is the cell 7 that the session stands on, or if it was undone and there is no other, the last one there was.
        `7.1` is the first cell that got the number 7, `7.2` the second; that never changes.

        Raises:
            InvalidError: there is none.
        """
        self._settle()
        number, _, ordinal = str(handle).removeprefix("out:").partition(".")
        if not (number.isdecimal() and (ordinal.isdecimal() or not ordinal)):
            raise InvalidError(f"{handle!r} is no handle of a cell", hint="give 7, out:7 or out:7.1")
        same = self._numbers.get(int(number), [])
        if not same:
            last = f"the last one is out:{self._last_numbered.number}" if self._last_numbered else "there is none yet"
            raise InvalidError(f"there is no cell {number}", hint=last)
        if not ordinal:
            return self._standing(int(number))
        if not 0 < int(ordinal) <= len(same):
            raise InvalidError(f"there is no cell {number}.{ordinal}", hint=f"the last one is out:{number}.{len(same)}")
        return same[int(ordinal) - 1]

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        for record in waiting:
            self._take(record)

    def _take(self, record: Record) -> None:
        segment, entry = record[0], record[3]
        if segment not in self._starts:
            self._starts[segment] = replace(self._cursor)
        kind = type(entry)
        self._cursor.enter(entry)
        cell = self._cell(self._cursor.serial)
        reach(cell.spans, self._cursor, record)
        if kind in _STEPS:
            self._step(cell, entry)
            self._cursor.leave(entry)

    def _step(self, cell: Cell, entry: Entry | Printed) -> None:
        """`entry` changes what is known of the cells."""
        match entry:
            case Submitted(request=request):
                cell.request = request
                self._last_request = max(self._last_request, request)
            case Began(cell=number, request=request) if request == self._cursor.request:
                self._number(cell, number)
            case Finished(request=request) if request == self._cursor.request:
                cell.finished = True
            case Stands(cell=number):
                self._stand(number)

    def _standing(self, number: int) -> Cell:
        same = self._numbers[number]
        return next((cell for cell in reversed(same) if not cell.undone), same[-1])

    def _cell(self, serial: int) -> Cell:
        while len(self._cells) < serial:
            self._cells.append(Cell(serial=len(self._cells) + 1))
        return self._cells[serial - 1]

    def _number(self, cell: Cell, number: int) -> None:
        same = self._numbers.setdefault(number, [])
        cell.number, cell.ordinal = number, len(same) + 1
        same.append(cell)
        self._last_numbered = cell
        self._path.append(cell)
        self._ahead.clear()

    def _stand(self, number: int) -> None:
        """An undo takes cells off the path, from the end; a redo puts them back."""
        while self._path and (self._path[-1].number or 0) >= number:
            self._path[-1].undone = True
            self._ahead.append(self._path.pop())
        while self._ahead and (self._ahead[-1].number or 0) < number:
            self._ahead[-1].undone = False
            self._path.append(self._ahead.pop())
