"""Where requests come in: HTTP by uvicorn, on the socket of this user and, when asked, on a TCP address."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ramet.places import socket_address

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

#: More connections at once get a 503.
CONNECTIONS_MAX = 512
#: Who connects has so long to say what for.
_GREETING_S = 20.0
_KEEP_ALIVE_S = 75
_FAREWELL_S = 1


class Connection(H11Protocol):
    """A connection that must be of this user, if the kernel tells whose it is, and must ask for something in time."""

    _greeting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take it, or hang up at once."""
        super().connection_made(transport)
        if not _is_ours(transport.get_extra_info("socket")):
            transport.abort()
            return
        self._greeting = self.loop.call_later(_GREETING_S, transport.abort)

    def handle_events(self) -> None:
        """Stop the clock when a request has begun."""
        super().handle_events()
        if self.cycle is not None and self._greeting is not None:
            self._greeting.cancel()
            self._greeting = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        if self._greeting is not None:
            self._greeting.cancel()
        super().connection_lost(exc)


class Door(uvicorn.Server):
    """A server for one listening socket; the process's signals are not its business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield

    def hang_up(self) -> None:
        """Take no more, and end what there is, when it has got what was sent to it."""
        self.should_exit = True
        for connection in self.server_state.connections:
            connection.transport.close()

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self.server_state.connections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Files for TLS: a certificate, and its key if that is another file."""

    file: str
    key: str | None = None


def door(app: ASGIApp, certificate: Certificate | None = None) -> Door:
    """A door to `app` that is not open yet: `serve(sockets=[...])` opens it."""
    return Door(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_FAREWELL_S,
            ssl_certfile=certificate.file if certificate else None,
            ssl_keyfile=certificate.key if certificate else None,
        )
    )


def unix_socket(path: Path) -> socket.socket:
    """A listening socket at `path`, in place of what may be there: who calls this owns the place."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with socket_address(path) as place:
        listening.bind(place)
        path.chmod(0o600)
        listening.listen(CONNECTIONS_MAX)
    return listening


def _is_ours(connection: socket.socket) -> bool:
    """Whether the process at the other end is of this user; every TCP peer passes, for it needs a token."""
    if connection.family != socket.AF_UNIX or not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return uid in (os.getuid(), 0)
