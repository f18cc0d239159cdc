"""The segment that grows: the one file of a journal that is written, by the one process that holds its lock.

A write that fails loses nothing: the bytes wait in memory and are tried again, from where the file ends, so that half a
line is followed by its other half. A file or folder that was removed is made anew; its header is then as long as what
was lost, so that every offset stays what it was.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from ramet.errors import BusyError
from ramet.journal.codec import header
from ramet.journal.segments import segment_path

if TYPE_CHECKING:
    from pathlib import Path

#: How long after a failure, and after a look at whether the file is still there, comes the next.
_RETRY_S = 1.0


class Tail:
    """Segment `number` in `folder`. Nothing but the folder and its lock is made on disk before the first `flush`.

    Raises:
        BusyError: another process writes this journal.
    """

    def __init__(self, folder: Path, number: int = 1) -> None:
        self.number = number
        #: Bytes of the segment, those included that are not in the file yet.
        self.size = _HEADER_BYTES
        #: Why the last attempt to write failed.
        self.trouble: OSError | None = None
        self._folder = folder
        self._written = _HEADER_BYTES
        self._pending: list[bytes] = []
        self._forms: dict[str, bytes] = {}
        self._file: int | None = None
        self._lock: int | None = None
        self._next_look = 0.0
        try:
            self._take_lock()
        except OSError as error:
            self._failed(error)

    @property
    def backlog(self) -> int:
        """Bytes that are not in the file yet."""
        return self.size - self._written + (sum(map(len, self._forms.values())) if self._forms else 0)

    def append(self, line: bytes) -> int:
        """Put `line` at the end; return its offset. It is in the file after the next `flush`."""
        offset = self.size
        self._pending.append(line)
        self.size += len(line)
        return offset

    def add_form(self, name: str, content: bytes) -> None:
        """Make a file of `content` that a line to come will name, before that is written."""
        self._forms[name] = content

    def form(self, name: str) -> bytes | None:
        """The content of such a file that is not on disk yet."""
        return self._forms.get(name)

    def read(self, start: int, end: int) -> bytes:
        """Some bytes of the segment, those included that are not in the file yet."""
        content = b""
        if self._file is not None and start < self._written:
            content = os.pread(self._file, min(end, self._written) - start, start)
        if end <= self._written:
            return content
        waiting = b"".join(self._pending)
        return content + waiting[max(start - self._written, 0) : end - self._written]

    def flush(self) -> None:
        """Write what waits. Never raises: `trouble` says whether it could be done."""
        if not self._pending and not self._forms:
            return
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _RETRY_S
            self.trouble = None
            self._look()
        if self.trouble is None:
            self._attempt()

    def rotate(self) -> None:
        """End this segment and begin the next. Only with nothing left to write."""
        assert not self._pending
        self._close_file()
        self.number += 1
        self.size = self._written = _HEADER_BYTES

    def close(self) -> None:
        """Write what can be written, and let another process write this journal."""
        self._next_look = 0.0
        self.flush()
        self._close_file()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _look(self) -> None:
        """Whether the file is still there; who removes it is not told to those who hold it open."""
        if self._file is not None and not os.fstat(self._file).st_nlink:
            self._close_file()
        if self._lock is not None and not os.fstat(self._lock).st_nlink:
            os.close(self._lock)
            self._lock = None

    def _attempt(self) -> None:
        try:
            for name in [*self._forms]:
                self._write_form(name, self._forms[name])
                del self._forms[name]
            if self._pending:
                self._write_pending()
        except OSError as error:
            self._failed(error)
        except BusyError as error:  # the folder was removed, and another process has made it anew
            self._failed(OSError(str(error)))

    def _write_pending(self) -> None:
        file = self._file if self._file is not None else self._open_file()
        data = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
        while data:
            done = os.write(file, data)
            self._written += done
            data = data[done:]
            self._pending = [data]
        self._pending = []

    def _open_file(self) -> int:
        self._take_lock()
        path = segment_path(self._folder, self.number, self.number)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            head = header(self._written)
            while head:
                head = head[os.write(file, head) :]
        except OSError:
            path.unlink()
            os.close(file)
            raise
        self._file = file
        return file

    def _write_form(self, name: str, content: bytes) -> None:
        self._take_lock()
        forms = self._folder / "forms"
        forms.mkdir(mode=0o700, exist_ok=True)
        (forms / name).write_bytes(content)

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            if isinstance(error, BlockingIOError):
                raise BusyError(f"another process writes the journal in {self._folder}") from None
            raise
        self._lock = lock

    def _failed(self, error: OSError) -> None:
        self.trouble = error
        self._next_look = time.monotonic() + _RETRY_S

    def _close_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None


_HEADER_BYTES = len(header())
