"""The Streamable HTTP of the protocol, for clients on this machine or another one."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from ramet.errors import BusyError, InvalidError
from ramet.mcp.server import make_server

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from ramet.manager.manager import AsyncManager

#: Clients in so many different folders at once are enough.
_FOLDERS_MAX = 100


class StreamableHTTP:
    """An ASGI application: clients of `manager`, each in the folder that its URL names, `?folder=/proj`.

    The newest protocol has no connections, so that clients in one folder are as one: what was told to one of them is
    not told to another unless it looks.
    """

    def __init__(self, manager: AsyncManager, group: asyncio.TaskGroup) -> None:
        self._manager = manager
        self._group = group
        self._servers: dict[Path, asyncio.Future[StreamableHTTPSessionManager]] = {}
        self._serving: list[asyncio.Task[None]] = []

    async def serve(self, folder: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of a client in `folder`, which is the home of this user if empty.

        Raises:
            InvalidError: there is no such folder.
            BusyError: there are clients in too many folders.
        """
        sessions = await self._server(_place(folder))
        await sessions.handle_request(scope, receive, send)

    def close(self) -> None:
        """Hang up."""
        for task in self._serving:
            task.cancel()

    async def _server(self, folder: Path) -> StreamableHTTPSessionManager:
        if folder not in self._servers:
            if len(self._servers) >= _FOLDERS_MAX:
                raise BusyError("there are clients in too many folders", hint="leave out ?folder=")
            self._servers[folder] = ready = asyncio.get_running_loop().create_future()
            self._serving.append(self._group.create_task(self._serve(folder, ready)))
        return await self._servers[folder]

    async def _serve(self, folder: Path, ready: asyncio.Future[StreamableHTTPSessionManager]) -> None:
        sessions = StreamableHTTPSessionManager(make_server(self._manager, folder=folder))
        async with sessions.run():
            ready.set_result(sessions)
            await asyncio.Event().wait()


def _place(folder: str) -> Path:
    place = Path(os.path.expanduser(folder or "~"))  # noqa: PTH111 - Path would raise where there is no home
    if not place.is_absolute() or not os.path.isdir(place):  # noqa: PTH112 - Path would raise for a name too long
        raise InvalidError(f"there is no folder {str(place)!r} on this machine", hint="/mcp?folder=/path/to/it")
    return place
