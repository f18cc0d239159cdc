"""The session's event loop: it runs while a cell awaits and, so that background tasks go on, while the session waits.

It is never running when a request is handled, so that a fork never happens inside it. Its selector is `poll`, whose
state is the process's own: an epoll descriptor would be shared with every fork, and each would change the other's set.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .interrupts import Interrupts

T = TypeVar("T")


class SessionLoop(asyncio.SelectorEventLoop):
    """A selector loop that knows whether anything was ever put on it."""

    def __init__(self, interrupts: Interrupts) -> None:
        super().__init__(selectors.PollSelector())
        self._interrupts = interrupts
        self.used = False

    def install(self) -> None:
        """Become the current event loop of the main thread."""
        asyncio.set_event_loop(self)
        self.used = False

    def run(self, awaitable: Coroutine[Any, Any, T]) -> T:
        """Run `awaitable` for the cell; an interrupt cancels it."""
        task = self.create_task(awaitable)
        with self._interrupts.cancelling(self, task):
            try:
                return self.run_until_complete(task)
            finally:
                if not task.done():
                    task.cancel()

    def pump_until_readable(self, fd: int) -> None:
        """Let background tasks run until `fd` has something to read."""
        self.add_reader(fd, self.stop)
        try:
            self.run_forever()
        finally:
            self.remove_reader(fd)

    def call_soon(self, *args: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]  # as the base's, whatever that is
        self.used = True
        return super().call_soon(*args, **options)

    def call_at(self, *args: Any, **options: Any) -> asyncio.TimerHandle:  # type: ignore[override]  # as the base's, whatever that is
        self.used = True
        return super().call_at(*args, **options)

    def call_soon_threadsafe(self, *args: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]  # as the base's, whatever that is
        self.used = True
        return super().call_soon_threadsafe(*args, **options)
