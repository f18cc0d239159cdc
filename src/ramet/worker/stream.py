r"""The out stream: what a terminal would get, with events riding inside as OSC escape sequences.

A frame is `ESC ] 7771 ; nonce ; pid ; seq ; kind ; part ; payload ESC \`. The payload is JSON in printable ASCII. A
frame is one `write` of at most PIPE_BUF bytes, which POSIX keeps whole among other writers of the same pipe; a longer
payload goes out in parts `<id>+`, the last one `<id>.`. `seq` counts the frames of one process, so that a reader can
tell when some are missing; frames of stray children (a fork made by user code) carry none.

"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import resource
import select
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .interrupts import Interrupts

OSC = b"\x1b]7771;"
ST = b"\x1b\\"

#: Descriptors of our own start here, out of the way of code that counts descriptors or closes the low ones.
OWN_FD_MIN = 512

_HEADER_ROOM = 128


def private_fd(fd: int) -> int:
    """Move `fd` to a high number that no child program inherits."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    least = OWN_FD_MIN if soft > OWN_FD_MIN + 64 else min(32, soft // 2)
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, least)
    os.close(fd)
    return moved


def as_json(payload: dict[str, Any]) -> str:
    """`payload` as printable ASCII; what JSON cannot say is said by `repr`."""
    try:
        return json.dumps(payload, separators=(",", ":"), default=repr)
    except (TypeError, ValueError, RecursionError):
        return json.dumps(_plain(payload), separators=(",", ":"), default=repr)


def _plain(value: Any, depth: int = 0) -> Any:
    """`value` with non-string keys named and deep or circular parts cut, for `json`."""
    if depth > 20:
        return repr(type(value))
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    return value


class FrameWriter:
    """Writes frames to the out stream, from any thread of the process that owns it or of a fork of that process."""

    def __init__(self, interrupts: Interrupts) -> None:
        self.interrupts = interrupts
        self._path = ""
        self._fd = -1
        self._prefix = b""
        self._nonce = ""
        self._seq: int | None = 0
        self._message = 0
        self._lock = threading.RLock()

    def open(self, path: str, nonce: str) -> None:
        """Take over the stream at `path` as this process's own, descriptors 1 and 2 included."""
        self._path = path
        if self._fd >= 0:
            os.close(self._fd)  # first, so that a branch has the numbers of its parent, each for the same
        self._fd = private_fd(os.open(path, os.O_RDWR))
        os.dup2(self._fd, 1)
        os.dup2(self._fd, 2)
        self._nonce = nonce
        self._seq = 0
        self._renew()

    def disown(self) -> None:
        """Called in a fork made by user code: go on writing, but without a place in the sequence."""
        self._seq = None
        self._renew()

    def own(self) -> None:
        """This process is the session now: its frames are counted from here on."""
        self._seq = 0
        self._renew()

    def send(self, kind: str, payload: dict[str, Any]) -> None:
        """Write one event. Standard streams are not flushed here; `Streams.flush` comes first where order matters."""
        body = as_json(payload).encode("ascii")
        room = select.PIPE_BUF - _HEADER_ROOM
        with self.interrupts.hold(), self._lock:
            if len(body) <= room:
                self._write(self._frame(kind, b"", body))
                return
            self._message += 1
            for start in range(0, len(body), room):
                last = start + room >= len(body)
                part = b"%d%s" % (self._message, b"." if last else b"+")
                self._write(self._frame(kind, part, body[start : start + room]))

    def send_aside(self, kind: str, payload: dict[str, Any]) -> None:
        """Write one short event out of sequence: also from a signal handler in the middle of `send`."""
        os.write(self._fd, lone_frame(self._nonce, kind, payload))

    def write_stderr(self, data: bytes) -> None:
        """Write text that is known to be stderr, each piece and its two marks in a single write."""
        room = select.PIPE_BUF - 2 * _HEADER_ROOM
        with self.interrupts.hold(), self._lock:
            for start in range(0, len(data), room):
                opening = self._frame("err", b"", b"")
                piece = data[start : start + room]
                closing = self._frame("out", b"", b"", ahead=1)
                self._write(opening + piece + closing, frames=2)

    def restore(self, fd: int) -> None:
        """Point standard descriptor `fd` at the stream again, if user code closed it."""
        if not is_open(self._fd):
            self._fd = private_fd(os.open(self._path, os.O_RDWR))
        if not is_open(fd):
            os.dup2(self._fd, fd)

    def elsewhere(self) -> str:
        """A note if a standard descriptor leads to something else than the stream, else ''."""
        own = os.fstat(self._fd)
        lost = [fd for fd in (1, 2) if not os.path.samestat(own, os.fstat(fd))]
        if not lost:
            return ""
        which = " and ".join(map(str, lost))
        return (
            f"file descriptor {which} of the session now leads elsewhere, so what is written there does not show; "
            f"`os.dup2({self._fd}, {lost[0]})` undoes it"
        )

    def unblock(self) -> None:
        """Undo O_NONBLOCK, which a child program may have set on the description that we share with it."""
        with contextlib.suppress(OSError):
            if not os.get_blocking(self._fd):
                os.set_blocking(self._fd, True)

    def _renew(self) -> None:
        self._lock = threading.RLock()
        self._prefix = OSC + b"%s;%d;" % (self._nonce.encode("ascii"), os.getpid())

    def _frame(self, kind: str, part: bytes, body: bytes, ahead: int = 0) -> bytes:
        seq = b"" if self._seq is None else b"%d" % (self._seq + ahead)
        return b"%s%s;%s;%s;%s%s" % (self._prefix, seq, kind.encode("ascii"), part, body, ST)

    def _write(self, data: bytes, frames: int = 1) -> None:
        try:
            os.write(self._fd, data)
        except BlockingIOError:
            self.unblock()
            os.write(self._fd, data)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            # User code closed every descriptor it found; the FIFO itself is still there.
            self._fd = private_fd(os.open(self._path, os.O_RDWR))
            os.write(self._fd, data)
        if self._seq is not None:
            self._seq += frames


def lone_frame(nonce: str, kind: str, payload: dict[str, Any]) -> bytes:
    """A frame outside of any process's sequence, for a stream that is not the writer's own."""
    return f"\x1b]7771;{nonce};{os.getpid()};;{kind};;{as_json(payload)}\x1b\\".encode("ascii")


def is_open(fd: int) -> bool:
    """Whether `fd` is an open descriptor."""
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
