"""The events of a cell, or of a session, as server-sent events, from any of them on.

Nothing is held for a reader: the next events are looked at when the last ones are gone. Who falls behind too far gets
an `Omitted` for what the session does not keep any more, and who takes nothing at all is let go.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from starlette.responses import Response

from ramet.errors import InvalidError
from ramet.model.event import Ended, Happening, StateChanged
from ramet.model.output import Omitted
from ramet.session.events import positions
from ramet.wire.values import json_bytes, plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.types import Receive, Scope, Send

    from ramet.manager.session import AsyncSession
    from ramet.session.chronicle import Place
    from ramet.session.execution import AsyncExecution

#: A reader that takes nothing for so long is let go.
_PATIENCE_S = 60.0
#: So often something is said, so that both ends see whether the other is there.
_PULSE_S = 15.0

_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]


class EventStream(Response):
    """A response with what `feed` gives."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all events; return after the last one, or when the reader is gone."""
        del scope
        gone = asyncio.ensure_future(_disconnected(receive))
        told = asyncio.ensure_future(self._tell(send))
        try:
            await asyncio.wait({gone, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, told):
                task.cancel()
            await asyncio.wait({gone, told})
        if told.done() and not told.cancelled():
            told.result()

    async def _tell(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        async for message in self._messages():
            async with asyncio.timeout(_PATIENCE_S):
                await send({"type": "http.response.body", "body": message, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _messages(self) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(_PULSE_S):
                    events = await self._feed.more()
            except TimeoutError:
                yield b":\n\n"
                continue
            for value, number in events:
                yield _message(plain(value), number)
            if not events:
                return


class Feed(Protocol):
    """Where events come from."""

    async def more(self) -> Sequence[tuple[object, str | None]]:
        """The next ones as soon as there are some, each with its id; none after the last. May be cancelled.

        What stands for lost events has no id: who resumes from there gets it again.
        """


class CellFeed:
    """The events of `execution` after the first `position` ones."""

    def __init__(self, execution: AsyncExecution, position: int) -> None:
        self._execution, self._position = execution, position
        self._ended = False

    async def more(self) -> Sequence[tuple[object, str | None]]:
        """As of `Feed`."""
        if self._ended:
            return []
        events, end = await self._execution.after(self._position)
        self._position, self._ended = end, bool(events) and isinstance(events[-1], Ended)
        # What stands for lost events has no position: who resumes from there gets it again.
        ends = zip(events, positions(events, end), strict=True)
        return [(event, None if isinstance(event, Omitted) else str(after)) for event, after in ends]


class SessionFeed:
    """What happens in `session` after the event with the id `last`, or if that is None from now on."""

    def __init__(self, session: AsyncSession, last: str | None) -> None:
        self._chronicle = session.chronicle
        self._place = self._chronicle.present if last is None else _place(last)
        state = Happening(execution=None, event=StateChanged(state=session.state))
        self._first = [(state, _id(self._place))] if last is None else []

    async def more(self) -> Sequence[tuple[object, str | None]]:
        """As of `Feed`."""
        if self._first:
            first, self._first = self._first, []
            return first
        found, self._place = await self._chronicle.after(self._place)
        return [(happening, None if after is None else _id(after)) for happening, after in found]


def position(last: str | None) -> int:
    """How many events of a cell came up to the one with the id `last`."""
    if last is None or _is_number(last):
        return int(last or "0")
    raise _no_event(last)


def _place(last: str) -> Place:
    number, _, index = last.partition(".")
    if not (_is_number(number) and _is_number(index)):
        raise _no_event(last)
    return int(number), int(index)


def _id(place: Place) -> str:
    return f"{place[0]}.{place[1]}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _no_event(last: str) -> InvalidError:
    return InvalidError(f"there is no event {last!r}", hint="Last-Event-ID is the id of an event")


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _message(event: dict[str, object], number: str | None) -> bytes:
    of = b"" if number is None else b"id: %b\n" % number.encode()
    return b"%sevent: %b\ndata: %b\n\n" % (of, str(event["is"]).encode(), json_bytes(event))
