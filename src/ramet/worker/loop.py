"""The session's event loop: it runs while a cell awaits and, so that background tasks go on, while the session waits.

It is never running when a request is handled, so that a fork never happens inside it. Its selector is `poll`, whose
state is the process's own: an epoll descriptor would be shared with every fork, and each would change the other's set.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
from typing import TYPE_CHECKING, Any, TypeVar

from .stream import is_open

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .interrupts import Interrupts

T = TypeVar("T")

#: How long a task that was left in the middle may take to be cancelled.
_FAREWELL_S = 0.1


class SessionLoop(asyncio.SelectorEventLoop):
    """A selector loop that knows whether anything was ever put on it."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._own_selector = selectors.PollSelector()
        super().__init__(self._own_selector)
        self._interrupts = interrupts
        self.used = False

    def install(self) -> None:
        """Become the current event loop of the main thread, which `asyncio.run` leaves without one."""
        asyncio.set_event_loop(self)

    @property
    def broken(self) -> bool:
        """Whether user code has closed a descriptor that the loop waits for."""
        return not all(is_open(key.fd) for key in self._own_selector.get_map().values())

    def renew(self) -> set[int]:
        """In a branch: make anew what wakes the loop up, which is another's too; return the loop's own descriptors."""
        self._close_self_pipe()  # type: ignore[attr-defined]  # asyncio has no public word for it
        self._make_self_pipe()  # type: ignore[attr-defined]
        return {self._ssock.fileno(), self._csock.fileno()}  # type: ignore[attr-defined]

    def abandon(self) -> None:
        """Let go of a loop that cannot be closed properly: its descriptors may be somebody else's by now."""
        for key in list(self._own_selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.detach()

    def run(self, awaitable: Coroutine[Any, Any, T]) -> T:
        """Run `awaitable` for the cell; an interrupt cancels it."""
        task = self.create_task(awaitable)
        with self._interrupts.cancelling(self, task):
            try:
                return self.run_until_complete(task)
            finally:
                if not task.done():
                    task.cancel()
                    with contextlib.suppress(BaseException):
                        self.run_until_complete(asyncio.wait({task}, timeout=_FAREWELL_S))

    def pump_until_readable(self, fd: int, wait_s: float | None = None) -> bool:
        """Let background tasks run until `fd` has something to read, or for `wait_s`; return whether it has."""
        readable = False

        def stop() -> None:
            nonlocal readable
            readable = True
            self.stop()

        self.add_reader(fd, stop)
        timer = self.call_later(wait_s, self.stop) if wait_s is not None else None
        try:
            self.run_forever()
        finally:
            self.remove_reader(fd)
            if timer is not None:
                timer.cancel()
        return readable

    def call_soon(self, *args: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]  # as the base's, whatever that is
        self.used = True
        return super().call_soon(*args, **options)

    def call_at(self, *args: Any, **options: Any) -> asyncio.TimerHandle:  # type: ignore[override]  # as the base's, whatever that is
        self.used = True
        return super().call_at(*args, **options)

    def call_soon_threadsafe(self, *args: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]  # as the base's, whatever that is
        self.used = True
        return super().call_soon_threadsafe(*args, **options)
