"""Calls into code that nobody asked to run, such as the `__repr__` of a local variable: they end soon and silently.

The call is made on this thread; another thread, which lives only as long as the call, signals this one when the time is
up, and the signal's handler raises. That ends Python code and system calls that block. The other ways were worse: the
interval timers belong to user code, tracing does not see a `sleep`, a fork costs milliseconds in a large process and
hangs next to some libraries. C code that computes without looking for signals cannot be ended from within the process.
"""

from __future__ import annotations

import _signal
import _thread
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from ..signals import PATIENCE_SIGNAL

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

_SIGNAL = int(PATIENCE_SIGNAL)
_SIGINT = int(signal.SIGINT)
_AGAIN_S = 0.01


class TooSlow(BaseException):
    """The time of a call is up. Not an `Exception`, so that little code catches it on its way."""


def within(deadline_s: float, function: Callable[..., T], *args: Any) -> T:
    """Return `function(*args)`, or raise TooSlow when that takes longer; drop what it prints on this thread.

    Python lets only the main thread be signalled, so that on any other the time is up at once.
    """
    if deadline_s <= 0 or threading.current_thread() is not threading.main_thread():
        raise TooSlow
    alarm = _Alarm(deadline_s)
    with _silence():
        try:
            alarm.set()
            try:
                return function(*args)
            finally:
                alarm.active = False  # not a method: the signal may come at any call
        except TooSlow:
            alarm.active = False  # it came just before the assignment above
            raise
        finally:
            alarm.clear()


def interruptible() -> bool:
    """Whether a KeyboardInterrupt may be a true one; where SIGINT is deferred, somebody has raised it for fun."""
    return _SIGINT not in _signal.pthread_sigmask(_signal.SIG_BLOCK, ())


class _Alarm:
    """Raises TooSlow in the main thread after a while, and again, until it is cleared."""

    def __init__(self, deadline_s: float) -> None:
        self.active = True
        self._deadline_s = deadline_s
        self._main = threading.get_ident()
        self._rings = 0
        self._stop, self._stopped = _thread.allocate_lock(), _thread.allocate_lock()

    def set(self) -> None:
        self._tracing = sys.gettrace()
        self._stop.acquire()
        self._stopped.acquire()
        self._handler = _signal.signal(_SIGNAL, self._ring)
        self._mask = _signal.pthread_sigmask(_signal.SIG_UNBLOCK, {_SIGNAL})
        try:
            _thread.start_new_thread(self._wait, ())
        except RuntimeError:  # no thread to be had, so nothing would end the call
            self._stopped.release()
            raise TooSlow from None

    def clear(self) -> None:
        self._stop.release()
        self._stopped.acquire()
        _signal.pthread_sigmask(_signal.SIG_SETMASK, self._mask)
        _signal.signal(_SIGNAL, self._handler)
        if sys.gettrace() is not self._tracing:
            sys.settrace(self._tracing)

    def _wait(self) -> None:
        patience_s = self._deadline_s
        while not self._stop.acquire(timeout=patience_s):
            _signal.pthread_kill(self._main, _SIGNAL)
            patience_s = _AGAIN_S
        self._stopped.release()

    def _ring(self, _signum: int, frame: Any) -> None:
        if not self.active:
            return
        self._rings += 1
        if self._rings > 1:
            self._follow(frame)
        raise TooSlow

    def _follow(self, frame: Any) -> None:
        """The call swallows what we raise: raise once more at its next line, which is that of its `except`."""

        def trace(_frame: Any, event: str, _argument: Any) -> Any:
            if self.active and event == "line":
                raise TooSlow
            return trace

        while frame is not None and frame.f_code is not within.__code__:
            frame.f_trace = trace
            frame = frame.f_back
        sys.settrace(trace)


@contextmanager
def _silence() -> Iterator[None]:
    """Within the block nothing that this thread prints is shown; other threads print as ever."""
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_Muffled(stream) for stream in kept)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = kept


class _Muffled:
    """A text stream that swallows what the thread that made it writes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._thread = threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() == self._thread:
            return len(text)
        written: int = self._stream.write(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
