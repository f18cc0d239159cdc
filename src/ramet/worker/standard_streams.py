"""`sys.stdout` and `sys.stderr` of a session, kept usable whatever a cell does to them.

`sys.stdout` is line-buffered over file descriptor 1, so that it interleaves in true order with C code and subprocesses.
A loop that prints faster than about 50,000 lines a second would spend its time in system calls; such a burst is
buffered, and a thread that lives only as long as the burst flushes it every few milliseconds.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .interrupts import Interrupts
    from .stream import FrameWriter

_BURST_WRITES = 256
_BURST_WINDOW_S = 0.005
_BURST_FLUSH_S = 0.002


def c_flush() -> Any:
    """Return a function that flushes C stdio, after making C's stdout line-buffered; a no-op without ctypes."""
    try:
        import ctypes

        libc = ctypes.CDLL(None)
        name = "__stdoutp" if sys.platform == "darwin" else "stdout"
        line_buffered = 1
        libc.setvbuf(ctypes.c_void_p.in_dll(libc, name), None, line_buffered, 0)
    except (ImportError, OSError, ValueError, AttributeError):
        return lambda: None
    return functools.partial(libc.fflush, None)


def usable(stream: Any) -> bool:
    """Whether `stream` is there, open, and not detached from its buffer."""
    try:
        return stream is not None and not getattr(stream, "closed", False)
    except ValueError:
        return False


class _Output(io.FileIO):
    """File descriptor 1, repaired when user code closed it, and counting writes to notice a burst."""

    def __init__(self, frames: FrameWriter) -> None:
        super().__init__(1, "w", closefd=False)
        self._frames = frames
        self._count = 0
        self._window = 0.0
        self._log: list[Any] = []
        self._unreturned = False
        self._put = super().write
        self.written = 0
        self.burst: _Burst | None = None

    def write(self, data: Any) -> int:
        self._count += 1
        if self._count == _BURST_WRITES:
            self._count = 0
            now = time.monotonic()
            if self.burst is not None and now - self._window < _BURST_WINDOW_S:
                self.burst.begin()
            self._window = now
        view = memoryview(data)
        if not self._unreturned:
            self._log = []
        # An interrupt may come between the system call and our return, and the buffer above would hand us the same
        # bytes again: what the log says was written by a call that did not return is not written twice.
        self._unreturned = True
        done: int = sum(self._log)
        while done < len(view):
            self._write_rest(view[done:])
            done = sum(self._log)
        self.written += done
        self._unreturned = False
        return done

    def _write_rest(self, data: memoryview) -> None:
        """One system call and its entry in the log, with no bytecode between them."""
        try:
            self._log.extend(map(self._put, (data,)))
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            self._frames.restore(1)
        if self._log and self._log[-1] is None:  # the descriptor does not block, and the pipe is full
            self._log.pop()
            self._frames.unblock()


class _Burst:
    """Buffers `text` while it is written at a great rate, and flushes it every few milliseconds.

    The buffer is that of the `BufferedWriter`, which has a lock and blocks when the pipe is full. `TextIOWrapper` has a
    buffer too, but loses text there when several threads print (CPython issue 119506), so it is made to pass all on.
    """

    def __init__(self, text: io.TextIOWrapper, raw: _Output, interrupts: Interrupts) -> None:
        self._text, self._raw, self._interrupts = text, raw, interrupts
        self._stop: Any = None
        self._ended = threading.Event()

    def begin(self) -> None:
        """Start buffering, unless it is going on. Called inside a write, so the switch is left to the thread."""
        if self._stop is not None:
            return
        import _thread

        with self._interrupts.hold():  # a burst that has begun without its thread would never end
            self._stop = threading.Lock()
            self._stop.acquire()
            self._ended.clear()
            try:
                _thread.start_new_thread(self._run, ())
            except RuntimeError:  # no thread to be had: stay line-buffered
                self._stop = None

    def end(self) -> None:
        """Stop buffering and wait until everything is written; quick, and safe to call at any time."""
        stop = self._stop
        if stop is None:
            return
        with contextlib.suppress(RuntimeError):
            stop.release()
        self._ended.wait()

    def forget(self) -> None:
        """Called in a forked child, where the thread does not exist."""
        if self._stop is not None:
            self._stop = None
            self._text.reconfigure(line_buffering=True, write_through=False)

    def _run(self) -> None:
        try:
            self._text.reconfigure(line_buffering=False, write_through=True)
            while not self._stop.acquire(timeout=_BURST_FLUSH_S):
                before = self._raw.written
                self._text.buffer.flush()
                if self._raw.written - before < 1024:
                    break
            self._text.reconfigure(line_buffering=True, write_through=False)
            self._text.flush()
        except (ValueError, OSError):
            pass  # the stream was closed by user code; the next cell gets a new one
        finally:
            self._stop = None
            self._ended.set()


class _Error(io.RawIOBase):
    """Marks what it is given as stderr. It pretends to be descriptor 2, which C code uses unmarked."""

    name = "<stderr>"
    mode = "w"

    def __init__(self, frames: FrameWriter, flush_stdout: Any) -> None:
        super().__init__()
        self._frames = frames
        self._flush_stdout = flush_stdout

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._flush_stdout()
        self._frames.write_stderr(piece)
        return len(piece)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2


class Streams:
    """`sys.stdout` and `sys.stderr` of a session, kept usable whatever a cell does to them."""

    def __init__(self, frames: FrameWriter) -> None:
        self._frames = frames
        self._c_flush = c_flush()
        self._noted = 0
        self._left_alone_by = 0
        self._make()
        self._flush_at_exit()
        os.register_at_fork(before=self._before_fork, after_in_child=self._in_child)

    def flush(self) -> None:
        """Bring everything written so far, by Python or C, into the stream."""
        self._burst.end()
        for stream in (self.stdout, self.stderr):
            with contextlib.suppress(ValueError, OSError):
                stream.flush()
        self._c_flush()

    def repair(self) -> str:
        """After a cell: put back what it closed. Returns a note if prints no longer reach the session, else ''."""
        if not (usable(self.stdout) and usable(self.stderr)):
            replaced = {name for name in ("stdout", "stderr") if usable(getattr(sys, name, None))}
            kept = {name: getattr(sys, name) for name in replaced}
            self._make()
            vars(sys).update(kept)
        for name, own in (("stdout", self.stdout), ("stderr", self.stderr)):
            if not usable(getattr(sys, name, None)):
                setattr(sys, name, own)
        self._frames.unblock()
        for fd in (1, 2):
            self._frames.restore(fd)
        return self._frames.elsewhere() or self._replaced()

    def _replaced(self) -> str:
        """A note, once, about a standard stream that the session's code has replaced."""
        current = sys.stdout
        if current is self.stdout or id(current) == self._noted:
            return ""
        self._noted = id(current)
        return (
            f"sys.stdout is now a {type(current).__name__} that the session's code put there, so prints may not show; "
            "`sys.stdout = sys.__stdout__` undoes it"
        )

    def _make(self) -> None:
        raw = _Output(self._frames)
        self.stdout = io.TextIOWrapper(
            io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        error: Any = _Error(self._frames, self._flush_stdout)
        self.stderr = io.TextIOWrapper(error, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        self.stdout.mode = "w"  # type: ignore[misc]  # as on the streams that the interpreter makes
        self._burst = raw.burst = _Burst(self.stdout, raw, self._frames.interrupts)
        sys.stdout = sys.__stdout__ = self.stdout  # type: ignore[misc]  # both are ours by now
        sys.stderr = sys.__stderr__ = self.stderr  # type: ignore[misc]

    def _flush_stdout(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            self.stdout.flush()

    def _flush_at_exit(self) -> None:
        leave = os._exit

        @functools.wraps(leave)
        def flush_and_exit(status: int) -> None:
            self.flush()
            leave(status)

        os._exit = flush_and_exit  # type: ignore[assignment]

    @contextlib.contextmanager
    def left_alone(self) -> Iterator[None]:
        """Within the block a fork by this thread flushes nothing, and the child must not use the streams.

        For a fork at any moment: this thread may be in the middle of a write, with a lock that a burst waits for.
        """
        self._left_alone_by = threading.get_ident()
        try:
            yield
        finally:
            self._left_alone_by = 0

    def _before_fork(self) -> None:
        if self._left_alone_by != threading.get_ident():
            self._burst.end()
            self._flush_stdout()

    def _in_child(self) -> None:
        self._frames.disown()
        if self._left_alone_by != threading.get_ident():
            self._burst.forget()
