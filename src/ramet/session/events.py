"""What happened in one cell, within bounds: the first of it, the last of it, and figures of what was between.

A position in it counts characters of text, and one for whatever else happened. So it means the same however the text
is cut into pieces, and to the next owner, who has it out of a journal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from ramet.model.output import Clear, Display, Omitted, Output, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ramet.model.event import Event

#: How much of the beginning and of the end is kept, about in bytes: what a journal keeps of a cell, too.
HEAD = 4 << 20
TAIL = 12 << 20

#: What an event takes besides its content.
_EVENT = 200


class Events:
    """A list that grows at its end and, past its bounds, loses its middle. Positions stay."""

    def __init__(self, head: int = HEAD, tail: int = TAIL) -> None:
        self._room = head
        self._head_weight = 0
        self._tail_room = tail
        self._head: list[Event] = []
        #: The position after each event of the head.
        self._head_ends: list[int] = []
        self._tail: deque[tuple[Event, int]] = deque()
        #: What stands for the middle: the figures of each stream, and what came before the last clear in it.
        self._omitted: dict[str, Omitted] = {}
        self._cleared: tuple[Output, ...] = ()
        self._end = 0

    @property
    def weight(self) -> int:
        """What is kept, about in bytes."""
        return self._head_weight + sum(weight for _, weight in self._tail)

    @property
    def end(self) -> int:
        """The position after the last event."""
        return self._end

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What the cell showed."""
        events = [*self._head, *self._middle, *(event for event, _ in self._tail)]
        return tuple(_outputs(events))

    def append(self, event: Event) -> None:
        """Something happened."""
        weight = _weight(event)
        self._end += _extent(event)
        if self._room > 0:
            self._room -= weight
            self._head_weight += weight
            self._head.append(event)
            self._head_ends.append(self._end)
            return
        self._tail.append((event, weight))
        self._tail_room -= weight
        while self._tail_room < 0 and len(self._tail) > 1:
            lost, weight = self._tail.popleft()
            self._tail_room += weight
            self._omit(lost)

    def after(self, position: int) -> tuple[tuple[Event, ...], int]:
        """The next events from `position` (0 is the first) on, as many as are at hand, and the position after them.

        Of a text that the position is within, the rest.
        """
        if self._head_ends and position < self._head_ends[-1]:
            first = bisect_right(self._head_ends, position)
            after = self._head_ends[first] - position
            return (_last_part(self._head[first], after), *self._head[first + 1 :]), self._head_ends[-1]
        found: list[Event] = []
        start = self._end
        for event, _ in reversed(self._tail):  # who follows closely lacks the last ones only
            if start <= position:
                break
            found.append(_last_part(event, start - position))
            start -= _extent(event)
        missed = self._middle if start > position else ()
        return (*missed, *reversed(found)), max(position, self._end)

    def outputs_after(self, position: int) -> tuple[tuple[Output, ...], int]:
        """What the cell showed from `position` on, and the position after it.

        An update of what was shown before is a display of its own there.
        """
        outputs: list[Output] = []
        while True:
            events, position = self.after(position)
            if not events:
                return tuple(_standing_alone(outputs)), position
            outputs += _outputs(events)

    @property
    def _middle(self) -> tuple[Output, ...]:
        return (*self._cleared, *self._omitted.values())

    def _omit(self, event: Event) -> None:
        match event:
            case Clear():
                before = Omitted(characters=0, lines=0)
                for output in self._middle:
                    before = before.more(output)
                self._cleared, self._omitted = (before, event), {}
            case Text() | Display():
                stream = event.stream if isinstance(event, Text) else "stdout"
                nothing = Omitted(characters=0, lines=0, stream=stream)
                self._omitted[stream] = self._omitted.get(stream, nothing).more(event)


def positions(events: Sequence[Event], end: int) -> list[int]:
    """The position after each of `events`, of which the last one ends at `end`."""
    found = []
    for event in reversed(events):
        found.append(end)
        end -= _extent(event)
    return found[::-1]


def _extent(event: Event) -> int:
    """How far an event takes the position."""
    match event:
        case Text(text=text):
            return len(text)
        case Omitted(characters=characters, displays=displays):
            return characters + displays
        case _:
            return 1


def _last_part(event: Event, size: int) -> Event:
    """`event`, of a text no more than the last `size` characters."""
    return replace(event, text=event.text[-size:]) if isinstance(event, Text) and size < len(event.text) else event


def _outputs(events: Iterable[Event]) -> Iterator[Output]:
    return (event for event in events if isinstance(event, (Text, Display, Clear, Omitted)))


def _standing_alone(outputs: Iterable[Output]) -> Iterator[Output]:
    """`outputs`, in which each update follows the display that it updates."""
    shown: set[str | None] = set()
    for output in outputs:
        if not isinstance(output, Display):
            yield output
            continue
        orphan = output.kind == "update" and output.display_id not in shown
        shown.add(output.display_id)
        yield replace(output, kind="display") if orphan else output


def _weight(event: Event) -> int:
    match event:
        case Text(text=text):
            return _EVENT + len(text)
        case Display(value=value):
            forms = value.data.values()
            return _EVENT + sum(len(form if isinstance(form, (str, bytes)) else repr(form)) for form in forms)
        case _:
            return _EVENT
