"""The in stream: one JSON request a line, read only by the process that is the session."""

from __future__ import annotations

import _signal
import builtins
import errno
import getpass
import io
import json
import os
import select
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Callable

from .interrupts import DEFERRED
from .standard_streams import usable
from .stream import is_open, private_fd

if TYPE_CHECKING:
    from .standard_streams import Streams
    from .stream import FrameWriter


class Requests:
    """Reads requests. A line that is no request (torn by an owner that died while writing) is noted and skipped."""

    def __init__(self, on_damage: Callable[[], None]) -> None:
        self._path = ""
        self._on_damage = on_damage
        self._buffer = bytearray()
        self._waiting: deque[dict[str, Any]] = deque()
        self.fd = -1

    def open(self, path: str) -> None:
        """Read from the FIFO at `path` from now on, and from no other."""
        self._path = path
        if self.fd >= 0:
            os.close(self.fd)
        self._reopen()

    def next(self, op: str | None = None) -> dict[str, Any]:
        """Wait for the next request, or for the next one of kind `op`; the others keep their order."""
        for request in self._waiting:
            if op in (None, request["op"]):
                self._waiting.remove(request)
                return request
        while True:
            request = self._read()
            if op in (None, request["op"]):
                return request
            self._waiting.append(request)

    @property
    def at_hand(self) -> bool:
        """Whether a whole request has been read already."""
        return bool(self._waiting) or b"\n" in self._buffer

    def _read(self) -> dict[str, Any]:
        while True:
            end = self._buffer.find(b"\n")
            if end < 0:
                if self.wait():
                    self.fill()
                continue
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            if not line:
                continue
            try:
                request = json.loads(line)
            except ValueError:
                request = None
            if isinstance(request, dict) and isinstance(request.get("op"), str):
                return request
            self._on_damage()

    def wait(self, wait_s: float | None = None) -> bool:
        """Wait for something to read, up to `wait_s`; return whether there is. A signal may end it."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        ready = poll.poll(None if wait_s is None else wait_s * 1000)
        if ready and ready[0][1] & select.POLLNVAL:
            self._reopen()
            return False
        return bool(ready)

    def clear(self) -> None:
        """Forget what was read: it was meant for another process."""
        self._buffer.clear()
        self._waiting.clear()

    def fill(self) -> None:
        """Take what is there; no signal handler comes between taking and keeping."""
        before = _signal.pthread_sigmask(_signal.SIG_BLOCK, DEFERRED)
        try:
            self._buffer += os.read(self.fd, 1 << 16)
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            self._reopen()
        finally:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, before)

    def _reopen(self) -> None:
        """User code may have closed every descriptor it found; the FIFO itself is still there."""
        self.fd = private_fd(os.open(self._path, os.O_RDWR | os.O_NONBLOCK))


class Input:
    """`input()`, `getpass()` and `sys.stdin`: each read becomes an input request, and waits as long as it takes."""

    def __init__(self, frames: FrameWriter, streams: Streams, requests: Requests) -> None:
        self._frames, self._streams, self._requests = frames, streams, requests
        self._pid = os.getpid()
        self._asked = 0
        self._stdin: io.TextIOWrapper | None = None

    def install(self) -> None:
        """Take the place of the standard ways to read from a terminal."""
        builtins.input = self._input
        getpass.getpass = getpass.unix_getpass = self._getpass  # type: ignore[attr-defined]  # the real one's own name
        self.repair()

    def repair(self) -> None:
        """Put back `sys.stdin` and descriptor 0, which child programs read, if user code closed them."""
        if self._stdin is None or not usable(self._stdin):
            raw: Any = _InputRaw(self)
            self._stdin = io.TextIOWrapper(io.BufferedReader(raw), encoding="utf-8", errors="surrogateescape")
            sys.stdin = sys.__stdin__ = self._stdin  # type: ignore[misc]
        if not usable(sys.stdin):
            sys.stdin = self._stdin
        if not is_open(0):
            read_nothing()

    def adopt(self) -> None:
        """This process is the session now."""
        self._pid = os.getpid()

    def ask(self, prompt: str, password: bool = False) -> str | None:
        """Ask and wait for the answer, without its newline; None for end of file."""
        if os.getpid() != self._pid:
            return None
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("input is read by the session's main thread only: ask there and pass the answer on")
        self._asked += 1
        self._streams.flush()
        self._frames.send("input", {"id": self._asked, "prompt": prompt, "password": password})
        while True:
            answer = self._requests.next("answer")
            if answer.get("id") == self._asked:
                return answer.get("text")

    def _input(self, prompt: object = "", /) -> str:
        return self._line(str(prompt), password=False)

    def _getpass(self, prompt: str = "Password: ", stream: object = None, **_options: object) -> str:  # noqa: ARG002 - as in the original
        return self._line(prompt, password=True)

    def _line(self, prompt: str, *, password: bool) -> str:
        answer = self.ask(prompt, password)
        if answer is None:
            raise EOFError("end of input")
        return answer


def read_nothing() -> None:
    """Make descriptor 0, from which child programs read, an empty file."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.set_inheritable(0, True)
    if null:
        os.close(null)


class _InputRaw(io.RawIOBase):
    """A file that reads one answered line at a time; descriptor 0 itself is /dev/null."""

    name = "<stdin>"
    mode = "r"

    def __init__(self, source: Input) -> None:
        super().__init__()
        self._source = source
        self._rest = b""

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 0

    def isatty(self) -> bool:
        return False

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            answer = self._source.ask("")
            if answer is None:
                return 0
            self._rest = (answer + "\n").encode("utf-8", "surrogateescape")
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
