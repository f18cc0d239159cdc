"""SIGINT becomes KeyboardInterrupt only while a cell runs, and never inside the worker's own bookkeeping.

The handler raises in whatever code the main thread is executing, with two exceptions. While the worker writes a frame
(`hold`) the exception waits until the frame is whole. While a cell awaits and no task is executing, the cell's task is
cancelled instead: an exception raised inside the event loop's `select` would leave that task behind, pending for ever.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Interrupts:
    """Decides what SIGINT does at this moment; one per process, used by its main thread."""

    def __init__(self) -> None:
        self.armed = False
        self.delivered = False
        self._held = 0
        self._pending = False
        self._awaiting: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        #: Called from the handler whenever it stops a cell.
        self.on_seen: Callable[[], None] = lambda: None

    def arm(self) -> None:
        """From here on SIGINT stops the cell; the handler that an earlier cell may have set holds no longer."""
        signal.signal(signal.SIGINT, self._on_signal)
        self.delivered = self._pending = False
        self._held = 0
        self.armed = True

    def disarm(self) -> None:
        """From here on SIGINT does nothing."""
        self.armed = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Put a KeyboardInterrupt off until the end of the block."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._held += 1
        try:
            yield
        finally:
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
        self.on_seen()
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
