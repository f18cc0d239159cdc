"""What was taken out of a FIFO, on disk from the moment at which it leaves the pipe.

`splice` moves bytes from a pipe into a file within the kernel, and takes out of the pipe as many as it has put into
the file. A process that is killed in the middle therefore leaves each byte in exactly one of the two, and whoever comes
next finds the rest of the stream: first the file, then the pipe. (`read` and `write` would lose what is between them,
and `tee` would leave it in both.) It costs nothing: the bytes are copied once more, but no large buffer is allocated.

Positions are bytes of the stream. A file goes by the position of its first byte, `stream-0`, and grows until all of it
has been settled: reported and in the journal.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PREFIX = "stream-"
_LONG = 4 << 20


class Spool:
    """The files in `folder`: those that are there, or a first one.

    Raises:
        OSError: a file cannot be made or read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        bases = sorted(int(path.name.removeprefix(_PREFIX)) for path in folder.glob(f"{_PREFIX}*"))
        self._old = bases[:-1]
        self._file = -1
        self._begin(bases[-1] if bases else 0)
        #: How much of the stream has been taken out of the pipe.
        self.position = self._base + os.lseek(self._file, 0, os.SEEK_END)

    def take(self, pipe: int, size: int) -> bytes:
        """Up to `size` of the bytes in `pipe`, which does not block.

        Raises:
            BlockingIOError: there are none.
        """
        if self._file < 0 and not self._mended():
            return self._take_unkept(pipe, size)
        try:
            count = _move(pipe, self._file, size)
        except BlockingIOError:
            raise
        except OSError:  # no room on the disk, say: the session goes on
            self._close_file()
            return self._take_unkept(pipe, size)
        data = os.pread(self._file, count, self.position - self._base)
        self.position += count
        return data

    def read(self, start: int) -> bytes:
        """What was taken from position `start` on, as far as it is still there."""
        found = []
        for base in [*self._old, self._base]:
            with contextlib.suppress(FileNotFoundError):
                content = self._path(base).read_bytes()
                found.append(content[max(0, start - base) :])
        return b"".join(found)

    def settle(self, position: int) -> None:
        """Nobody will ask for what stands before `position` any more."""
        if position >= self._base:
            for base in self._old:
                self._path(base).unlink(missing_ok=True)
            self._old.clear()
        if position == self.position and position - self._base > _LONG and self._file >= 0:
            former = self._base
            self._close_file()
            if self._mended():
                self._old.append(former)

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._close_file()

    def _begin(self, base: int) -> None:
        self._file = os.open(self._path(base), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._base = base

    def _mended(self) -> bool:
        """Begin another file, if there can be one."""
        try:
            self._begin(self.position)
        except OSError:
            return False
        return True

    def _take_unkept(self, pipe: int, size: int) -> bytes:
        data = os.read(pipe, size)
        self.position += len(data)
        return data

    def _close_file(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _path(self, base: int) -> Path:
        return self._folder / f"{_PREFIX}{base}"


def _move(pipe: int, file: int, size: int) -> int:
    """Move up to `size` bytes out of `pipe` to where `file` stands."""
    if hasattr(os, "splice"):
        count = os.splice(pipe, file, size, flags=os.SPLICE_F_NONBLOCK)
        if not count:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return count
    data = os.read(pipe, size)
    done = 0
    while done < len(data):
        done += os.write(file, data[done:])
    return done
