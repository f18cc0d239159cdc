"""Asynchronous connections to a host: as many as there are requests at once, used again when they are free."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ramet.client.exchange import Exchange, Messages, Request, answer_of
from ramet.client.line import connected
from ramet.client.persistence import Persistence
from ramet.errors import ClosedError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ramet.client.address import Address

_CHUNK = 1 << 18
#: A host closes connections that were idle for 75 s: no request shall meet that.
_IDLE_S = 60.0
_KEPT = 8


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    exchange: Exchange
    free_since: float = 0.0

    @property
    def usable(self) -> bool:
        """Whether the host has not hung up, and is not about to."""
        broken = self.reader.at_eof() or self.reader.exception() is not None
        return not broken and time.monotonic() - self.free_since < _IDLE_S


class Channel:
    """Requests to the host at `address`, which is started if that is this user's socket and nobody listens there."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._free: list[_Connection] = []
        self._closed = False

    async def ask(self, request: Request) -> dict[str, Any]:
        """The host's answer. What may be asked twice is asked of the next host, should this one go away.

        Raises:
            RametError: what the host told.
            BrokenError: there is no host, or it went away.
            ClosedError: the channel is closed.
        """
        asking = Persistence(request)
        while True:
            try:
                return await self._asked(asking.request)
            except ConnectionError as error:
                asking.lost(error)

    async def events(self, request: Request) -> AsyncGenerator[tuple[str | None, dict[str, Any]]]:
        """The events of a stream as they come, each with its id. Errors as for `ask`."""
        asking, last = Persistence(request), ""
        while True:
            try:
                async with aclosing(self._streamed(asking.request.since(last))) as stream:
                    async for number, event in stream:
                        last = number or last
                        asking.progressed()
                        yield number, event
            except ConnectionError as error:
                asking.lost(error)
            else:
                return

    async def close(self) -> None:
        """Hang up; may be called twice. The host and its sessions go on."""
        self._closed = True
        free, self._free = self._free, []
        for connection in free:
            connection.writer.close()

    async def _asked(self, request: Request) -> dict[str, Any]:
        connection = await self._connection()
        pieces: list[bytes] = []
        try:
            connection.writer.write(connection.exchange.sent(request))
            await connection.writer.drain()
            while not connection.exchange.complete:
                pieces += connection.exchange.received(await _received(connection))
        finally:
            self._release(connection)
        return answer_of(connection.exchange.status, b"".join(pieces))

    async def _streamed(self, request: Request) -> AsyncGenerator[tuple[str | None, dict[str, Any]]]:
        connection = await self._connection()
        messages = Messages(connection.exchange)
        try:
            connection.writer.write(connection.exchange.sent(request))
            while not connection.exchange.complete:
                for event in messages.received(await _received(connection)):
                    yield event
        finally:
            self._release(connection)
        messages.check()

    async def _connection(self) -> _Connection:
        if self._closed:
            raise ClosedError("the connection to the host is closed", hint="connect() again")
        while self._free:
            connection = self._free.pop()
            if connection.usable:
                return connection
            connection.writer.close()
        return await self._opened()

    async def _opened(self) -> _Connection:
        plain = await asyncio.to_thread(connected, self.address)
        reader, writer = await asyncio.open_connection(sock=plain, limit=_CHUNK)
        return _Connection(reader, writer, Exchange(self.address.headers()))

    def _release(self, connection: _Connection) -> None:
        """Keep it for the next request, or hang up in the middle of what nobody waits for any more."""
        if connection.exchange.reusable and len(self._free) < _KEPT and not self._closed:
            connection.free_since = time.monotonic()
            self._free.append(connection)
        else:
            connection.writer.close()


async def _received(connection: _Connection) -> bytes:
    data = await connection.reader.read(_CHUNK)
    if not data:
        raise ConnectionResetError("the connection was closed")
    return data
