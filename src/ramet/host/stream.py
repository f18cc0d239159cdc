"""The events of a cell as server-sent events, from any of them on.

Nothing is held for a reader: the next events are looked at when the last ones are gone. Who falls behind too far gets
an `Omitted` for what the session does not keep any more, and who takes nothing at all is let go.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

from ramet.model.event import Ended
from ramet.model.output import Omitted
from ramet.wire.values import json_bytes, plain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from ramet.session.execution import AsyncExecution

#: A reader that takes nothing for so long is let go.
_PATIENCE_S = 60.0
#: So often something is said, so that both ends see whether the other is there.
_PULSE_S = 15.0

_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]


class EventStream(Response):
    """A response with the events of `execution` after the first `position` ones."""

    def __init__(self, execution: AsyncExecution, position: int) -> None:
        super().__init__()
        self._execution = execution
        self._position = position

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all events; return at the end of the cell, or when the reader is gone."""
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
        position = self._position
        while True:
            try:
                async with asyncio.timeout(_PULSE_S):
                    events, end = await self._execution.after(position)
            except TimeoutError:
                yield b":\n\n"
                continue
            for index, event in enumerate(events):
                # What stands for lost events has no position: who resumes from there gets it again.
                number = None if isinstance(event, Omitted) else end - len(events) + index + 1
                yield _message(plain(event), number)
            if not events or isinstance(events[-1], Ended):
                return
            position = end


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _message(event: dict[str, object], number: int | None) -> bytes:
    of = b"" if number is None else b"id: %d\n" % number
    return b"%sevent: %b\ndata: %b\n\n" % (of, str(event["is"]).encode(), json_bytes(event))
