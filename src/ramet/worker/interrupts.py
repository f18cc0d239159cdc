"""SIGINT becomes KeyboardInterrupt only while a cell runs, and never inside the worker's own bookkeeping.

The handler raises in whatever code the main thread is executing, with some exceptions. Before the cell's own code is
reached (`code_begins`) the exception waits for that, because shells swallow one that hits their callbacks. While the
worker writes a frame (`hold`) it waits until the frame is whole. What Python itself swallows, in a finaliser or in a
hook of `os.fork`, is raised once more. While a cell awaits and no task is executing, the cell's task is cancelled
instead: an exception raised inside the event loop's `select` would leave that task behind, pending for ever.
"""

from __future__ import annotations

import _signal
import _thread
import asyncio
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .signals import STACK_SIGNAL

if TYPE_CHECKING:
    from collections.abc import Iterator


#: What waits while the worker keeps its books: all but faults and what nobody can catch. Plain numbers, and the C
#: module beneath `signal`: the wrappers make an enum of every signal at every call, a tenth of a millisecond each.
DEFERRED = frozenset(range(1, int(signal.NSIG))) - {
    int(signal.SIGSEGV), int(signal.SIGBUS), int(signal.SIGFPE), int(signal.SIGILL), int(signal.SIGABRT),
    int(signal.SIGKILL), int(signal.SIGSTOP), int(STACK_SIGNAL), 32, 33,  # the last two are the C library's own
}  # fmt: skip
_SOON_S = 0.001
_NOTHING: frozenset[int] = frozenset()
_SIGINT = int(signal.SIGINT)


def defer_signals() -> None:
    """Let signals wait from here on."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, DEFERRED)


def deliver_signals() -> None:
    """Let signals come from here on, those that waited first."""
    _signal.pthread_sigmask(_signal.SIG_SETMASK, _NOTHING)


def _interrupt_soon() -> None:
    time.sleep(_SOON_S)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


class Interrupts:
    """Decides what SIGINT does at this moment; one per process, used by its main thread."""

    def __init__(self) -> None:
        self.armed = False
        self.delivered = False
        self._held = 0
        self._starting = False
        self._pending = False
        self._awaiting: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    def arm(self) -> None:
        """From here on SIGINT stops the cell, and signals are delivered.

        The handler that an earlier cell may have set for SIGINT, and its signal mask, hold no longer.
        """
        self.delivered = self._pending = False
        self._held = 1
        self._starting = True
        _signal.signal(_SIGINT, self._on_signal)
        self.armed = True
        deliver_signals()

    def code_begins(self) -> None:
        """The cell's own code comes next; an interrupt that came before is raised here."""
        if self._starting:
            self._starting = False
            self._release()

    def watch_finalisers(self) -> None:
        """Let no interrupt be lost to code whose exceptions Python can only print."""
        former = sys.unraisablehook

        def hook(unraisable: Any) -> None:
            if self.armed and isinstance(unraisable.exc_value, KeyboardInterrupt):
                _thread.start_new_thread(_interrupt_soon, ())  # not now: what this function raises is swallowed too
            else:
                former(unraisable)

        sys.unraisablehook = hook

    def disarm(self) -> None:
        """From here on no signal is delivered: a handler of user code must not raise in our bookkeeping.

        A handler that was due raises from the mask call; its exception belongs to the cell, if that is not over.
        """
        self.armed = False
        defer_signals()

    @contextmanager
    def delivered_while_idle(self) -> Iterator[None]:
        """Within the block signals are delivered; SIGINT does nothing."""
        try:
            deliver_signals()
            yield
        finally:
            defer_signals()

    def hold(self) -> Interrupts:
        """Within `with interrupts.hold()` a KeyboardInterrupt waits until the end of the block."""
        return self

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._held += 1

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            self._release()

    def _release(self) -> None:
        """One hold less; what waited for the last one is raised."""
        self._held -= 1
        if self._pending and not self._held:
            self._pending = False
            if self.armed:
                raise KeyboardInterrupt

    @contextmanager
    def cancelling(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> Iterator[None]:
        """Within the block an interrupt that finds the loop idle cancels `task`."""
        self._awaiting = (loop, task)
        try:
            yield
        finally:
            self._awaiting = None

    def _on_signal(self, _signum: int, _frame: object) -> None:
        if not self.armed:
            return
        first, self.delivered = not self.delivered, True
        if self._held:
            self._pending = True
            return
        if first and self._awaiting is not None:
            loop, task = self._awaiting
            if asyncio.current_task(loop) is None and not task.done():
                loop.call_soon_threadsafe(task.cancel)
                return
        raise KeyboardInterrupt
