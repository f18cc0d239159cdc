"""The owner's ends of a session's two FIFOs, on an asyncio loop. Nothing here blocks."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sys
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ramet.handlers.spool import Spool

_CHUNK = 1 << 18
_GROWN_PIPE = 1 << 20
_F_SETPIPE_SZ = 1031  # fcntl.F_SETPIPE_SZ, Linux

#: A stream that has something so many times in a row, each within so short a time of the last, is being written line by
#: line: let some lines gather before the next read, which spares both sides most of their system calls.
_GATHER_S = 0.001
_GATHER_AFTER = 8


def make_fifos(folder: Path) -> None:
    """Make both in `folder`."""
    os.mkfifo(folder / "in", 0o600)
    os.mkfifo(folder / "out", 0o600)


class Pipes:
    """Reads chunks of `folder/out` as they come and writes to `folder/in` as it takes them.

    With a `spool`, what is read goes by way of that.
    """

    def __init__(self, folder: Path, on_data: Callable[[bytes], None], spool: Spool | None = None) -> None:
        # Open for both directions: no end of file while the process changes, no SIGPIPE, no waiting for a peer.
        self._in = os.open(folder / "in", os.O_RDWR | os.O_NONBLOCK)
        try:
            self._out = os.open(folder / "out", os.O_RDWR | os.O_NONBLOCK)
        except OSError:
            os.close(self._in)
            raise
        self._take = os.read if spool is None else spool.take
        self._loop = asyncio.get_running_loop()
        self._on_data = on_data
        self._unsent = bytearray()
        self._gathering: asyncio.TimerHandle | None = None
        self._last_read = 0.0
        self._quick_reads = 0
        self._grown = False
        self._closed = False
        self._loop.add_reader(self._out, self._readable)

    def write(self, data: bytes) -> None:
        """Send `data`, now or as soon as the pipe takes it."""
        if self._closed:
            return
        self._quick_reads = 0  # what comes next is waited for
        if not self._unsent:
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self._in, data) :]
        if data:
            if not self._unsent:
                self._loop.add_writer(self._in, self._writable)
            self._unsent += data

    def forget_requests(self) -> None:
        """Take back what no process has read. Only while there is none to read it."""
        self._unsent.clear()
        self._loop.remove_writer(self._in)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._in, _CHUNK):
                pass

    def drain(self) -> None:
        """Read everything that is there now; not what others may be writing meanwhile."""
        if self._closed:
            return
        waiting = int.from_bytes(fcntl.ioctl(self._out, termios.FIONREAD, bytes(4)), sys.byteorder)
        while waiting > 0 and (size := self._read()):
            waiting -= size

    def close(self) -> None:
        """Close both ends; may be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._gathering is not None:
            self._gathering.cancel()
        self._loop.remove_reader(self._out)
        self._loop.remove_writer(self._in)
        os.close(self._out)
        os.close(self._in)

    def _readable(self) -> None:
        now = self._loop.time()
        size = self._read()
        if self._closed:
            return
        self._quick_reads = self._quick_reads + 1 if now - self._last_read < _GATHER_S else 0
        if self._quick_reads > _GATHER_AFTER and size < _CHUNK:
            self._loop.remove_reader(self._out)
            self._gathering = self._loop.call_later(_GATHER_S, self._gathered)
        self._last_read = now

    def _gathered(self) -> None:
        self._gathering = None
        self._last_read = self._loop.time()
        self._read()
        if not self._closed:
            self._loop.add_reader(self._out, self._readable)

    def _read(self) -> int:
        try:
            data = self._take(self._out, _CHUNK)
        except BlockingIOError:
            return 0
        if len(data) >= 1 << 16 and not self._grown:
            self._grown = True
            with contextlib.suppress(OSError):
                fcntl.fcntl(self._out, _F_SETPIPE_SZ, _GROWN_PIPE)
        self._on_data(data)
        return len(data)

    def _writable(self) -> None:
        with contextlib.suppress(BlockingIOError):
            del self._unsent[: os.write(self._in, self._unsent)]
        if not self._unsent:
            self._loop.remove_writer(self._in)
