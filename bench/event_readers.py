"""Many readers of a stream of server-sent events in one thread, which look at nothing while the clock runs."""

from __future__ import annotations

import selectors
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from ramet.client.address import Address

_CHUNK = 1 << 18
#: Of HTTP's chunked encoding.
_END = b"\r\n0\r\n\r\n"


def read_all(address: Address, path: str, readers: int, begin: Callable[[], object]) -> tuple[float, list[int]]:
    """Seconds from `begin`, which is called when all readers are there, until all have everything.

    Also returned is how many events of text each of them has.
    """
    connections = [_reader(address, path) for _ in range(readers)]
    try:
        received = {connection: [_until(connection, b"event: asked")] for connection in connections}
        began = time.perf_counter()
        begin()
        _receive(received)
        seconds = time.perf_counter() - began
    finally:
        for connection in connections:
            connection.close()
    return seconds, [b"".join(pieces).count(b"event: text\n") for pieces in received.values()]


def _reader(address: Address, path: str) -> socket.socket:
    connection = address.connected()
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.authority}\r\n\r\n".encode())
    return connection


def _until(connection: socket.socket, mark: bytes) -> bytes:
    """What comes up to `mark`, and with it."""
    received = b""
    while mark not in received:
        received += _some(connection)
    return received


def _receive(received: dict[socket.socket, list[bytes]]) -> None:
    """Add to each connection's pieces until it has come to its end."""
    with selectors.DefaultSelector() as selector:
        for connection in received:
            selector.register(connection, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                pieces = received[key.fileobj]
                pieces.append(_some(key.fileobj))
                if b"".join(pieces[-2:]).endswith(_END):
                    selector.unregister(key.fileobj)


def _some(connection: socket.socket) -> bytes:
    piece = connection.recv(_CHUNK)
    if not piece:
        raise ConnectionError("the host has hung up on a reader")
    return piece
