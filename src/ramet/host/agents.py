"""Clients of the Model Context Protocol: each has a server of its own over the manager of the host.

There are two ways in. `POST /v1/mcp` is for `ramet mcp`: one exchange that lasts as long as the client does, with a
line for each message in either direction, after a first one that says who the client is. `/mcp` is the Streamable HTTP
of the protocol. The SDK takes half a second to import and 40 MB, so the first client brings it in, in a thread.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request

from ramet.errors import InvalidError
from ramet.host.guard import BODY_LIMIT
from ramet.wire.arguments import parsed
from ramet.wire.calls import Hello

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ramet.manager.manager import AsyncManager
    from ramet.mcp.http import StreamableHTTP

_PIPE = "/v1/mcp"

_log = logging.getLogger(__name__)


class Agents:
    """The ways in for agents, to the sessions of `manager`."""

    def __init__(self, manager: AsyncManager) -> None:
        self._manager = manager
        self._group: asyncio.TaskGroup | None = None
        self._http: StreamableHTTP | None = None
        self._closing = asyncio.Event()

    def open(self, group: asyncio.TaskGroup) -> None:
        """Let clients in; their tasks are of `group`."""
        self._group = group

    def close(self) -> None:
        """Hang up, without another word: who waited for an answer must learn that there is none."""
        self._closing.set()
        if self._http is not None:
            self._http.close()

    def beside(self, app: ASGIApp) -> ASGIApp:
        """`app`, and the way in for pipes, which are bounded neither in size nor in time."""

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"] == _PIPE and scope["method"] == "POST":
                await self.pipe(receive, send)
            else:
                await app(scope, receive, send)

        return wrapped

    async def pipe(self, receive: Receive, send: Send) -> None:
        """Serve a client until it hangs up, or the host ends.

        Raises:
            InvalidError: the first line is no `Hello`.
        """
        lines = _lines(receive)
        hello = _hello(await anext(lines, b""))
        headers = [(b"content-type", b"application/x-ndjson"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        assert self._group is not None
        serving = self._group.create_task(self._serve(hello, lines, send))
        closing = self._group.create_task(self._closing.wait())
        try:
            await asyncio.wait({serving, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            serving.cancel()
            closing.cancel()
            await asyncio.wait({serving, closing})
        await send({"type": "http.response.body", "body": b""})

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of the Streamable HTTP; errors as for `StreamableHTTP.serve`."""
        await asyncio.to_thread(_import_sdk)
        from ramet.mcp.http import StreamableHTTP

        assert self._group is not None
        if self._http is None:
            self._http = StreamableHTTP(self._manager, self._group)
        await self._http.serve(Request(scope).query_params.get("folder", ""), scope, receive, send)

    async def _serve(self, hello: Hello, lines: AsyncIterator[bytes], send: Send) -> None:
        async def write(line: bytes) -> None:
            if not self._closing.is_set():
                await send({"type": "http.response.body", "body": line, "more_body": True})

        await asyncio.to_thread(_import_sdk)
        from ramet.mcp.lines import serve_lines
        from ramet.mcp.server import make_server

        try:
            server = make_server(self._manager, folder=_place(hello), environ=hello.environ)
            await serve_lines(server, lines, write)
        except Exception:  # noqa: BLE001 - the border: a defect of ours ends one client, and not the host
            if not self._closing.is_set():  # being cancelled, the SDK may raise something else
                _log.exception("a client's server failed")


async def _lines(receive: Receive) -> AsyncIterator[bytes]:
    """The lines of a body as they come, until one is too long."""
    rest = bytearray()
    more = True
    while more:
        message = await receive()
        begin = len(rest)
        rest += message.get("body", b"")
        while (end := rest.find(b"\n", begin)) >= 0:
            yield bytes(rest[:end])
            del rest[: end + 1]
            begin = 0
        if len(rest) > BODY_LIMIT:
            _log.warning("a client was let go: its message has more than %d bytes", BODY_LIMIT)
            return
        more = message.get("more_body", False)


def _hello(line: bytes) -> Hello:
    try:
        return parsed(Hello, json.loads(line or b"{}"))
    except (ValueError, RecursionError) as error:
        raise InvalidError(f"the first line is no greeting: {error}") from error


def _place(hello: Hello) -> Path:
    return Path(os.path.expanduser(hello.folder or "~"))  # noqa: PTH111 - Path would raise where there is no home


def _import_sdk() -> None:
    import ramet.mcp.http
    import ramet.mcp.lines  # noqa: F401 - here for its time
