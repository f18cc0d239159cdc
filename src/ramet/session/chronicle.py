"""What happens in a session, cell after cell, for whoever follows it.

A chapter is a cell that has begun, and what happened from its end on until the next one began. A place is the number of
a chapter's execution and an index in it: one for its beginning, and from there positions as its events have them. It
stays the same as long as the chapter is kept, and the next owner of the session has the same ones. Nothing is held for
a follower. What a cell shows is the record's, which bounds it; of the chapters the last ones are kept.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ramet.model.event import CellBegan, Happening, Note
from ramet.model.output import Omitted
from ramet.session.events import Events, positions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ramet.model.event import Event
    from ramet.session.record import CellRecord

#: So many past chapters are kept, as long as they take no more than that, about in bytes.
CHAPTERS = 100
CHAPTERS_BYTES = 16 << 20

#: How much of what happens between two cells is kept, likewise.
_INTERLUDE_HEAD = 64 << 10
_INTERLUDE_TAIL = 256 << 10

_MISSED = Happening(execution=None, event=Note(text="cells were run that are not kept here; history() has them"))

#: The number of an execution, 0 before the first one, and an index in its chapter.
Place = tuple[int, int]


class Chapter:
    """The cell of `record`, or (None) what was before the first one."""

    def __init__(self, record: CellRecord | None) -> None:
        self._record = record
        self._interlude = Events(_INTERLUDE_HEAD, _INTERLUDE_TAIL)

    @property
    def number(self) -> int:
        """The number of the execution."""
        return self._record.request if self._record is not None else 0

    @property
    def runs(self) -> bool:
        """Whether the cell has not ended."""
        return self._record is not None and not self._record.done

    @property
    def weight(self) -> int:
        """What it takes, about in bytes."""
        cell = len(self._record.code) + self._record.events.weight if self._record is not None else 0
        return cell + self._interlude.weight

    def add(self, event: Event) -> None:
        """Something happened after the cell."""
        self._interlude.append(event)

    def after(self, index: int) -> tuple[tuple[Event, ...], int, bool]:
        """The next events from `index` on, the index after them, and whether they are of the cell itself."""
        if self._record is None:
            return (*self._interlude.after(index), False)
        if index == 0:  # what came late before the cell was told when it came
            return (CellBegan(cell=self._record.cell or 0, code=self._record.code),), 1 + self._record.late, True
        events, position = self._record.events.after(index - 1)
        if events or not self._record.done:
            return events, 1 + position, True
        end = 1 + self._record.events.end
        between, so_far = self._interlude.after(max(0, index - end))
        return between, end + so_far, False


class Chronicle:
    """The chapters of one session, of which the last one grows."""

    def __init__(self) -> None:
        self._chapters = [Chapter(None)]
        self._past_weight = 0
        self._closed = False
        self._watchers: list[asyncio.Future[None]] = []

    @property
    def present(self) -> Place:
        """Where the running cell begins, or else where the next event will be."""
        last = self._chapters[-1]
        index = 0
        while not last.runs and (more := last.after(index))[0]:
            index = more[1]
        return last.number, index

    def begin(self, record: CellRecord) -> None:
        """A cell has begun."""
        self._past_weight += self._chapters[-1].weight
        self._chapters.append(Chapter(record))
        record.on_grown = self._wake
        while len(self._chapters) > CHAPTERS or (self._past_weight > CHAPTERS_BYTES and len(self._chapters) > 1):
            self._past_weight -= self._chapters.pop(0).weight
        self._wake()

    def add(self, event: Event) -> None:
        """Something happened while no cell ran."""
        self._chapters[-1].add(event)
        self._wake()

    def close(self) -> None:
        """Nothing more will happen. May be called twice."""
        self._closed = True
        self._wake()

    async def after(self, place: Place) -> tuple[Sequence[tuple[Happening, Place | None]], Place]:
        """What happened next from `place` on, one thing at least, each with the place after it; and where to go on.

        Nothing if the session is closed. What stands for something that is not kept any more has no place.
        """
        while True:
            found, place = self._found(place)
            if found or self._closed:
                return found, place
            watcher: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._watchers.append(watcher)
            await watcher

    def _found(self, place: Place) -> tuple[list[tuple[Happening, Place | None]], Place]:
        number, index = place
        if number < self._chapters[0].number:
            return [(_MISSED, None)], (self._chapters[0].number, 0)
        for chapter in self._chapters:
            if chapter.number < number:
                continue
            events, end, of_cell = chapter.after(index if chapter.number == number else 0)
            if events:
                return _placed(events, chapter.number, end, of_cell=of_cell), (chapter.number, end)
        return [], place

    def _wake(self) -> None:
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)


def _placed(events: Sequence[Event], number: int, end: int, *, of_cell: bool) -> list[tuple[Happening, Place | None]]:
    """`events`, the last of which ends at `end`, as what happened in the chapter of that number."""
    found: list[tuple[Happening, Place | None]] = []
    for index, event in zip(positions(events, end), events, strict=True):
        after = None if isinstance(event, Omitted) else (number, index)
        found.append((Happening(execution=number if of_cell else None, event=event), after))
    return found
