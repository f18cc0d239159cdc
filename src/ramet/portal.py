"""One event loop in a thread of this process, for callers that block.

It is started when first used, ends with the process, and is started anew in a fork. An exception such as
KeyboardInterrupt in the waiting thread cancels what it waited for.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, TypeVar

from ramet.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Coroutine, Iterator

T = TypeVar("T")


class Portal:
    """Runs coroutines and functions on the loop's thread and returns what they return."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ramet", daemon=True)
        self._thread.start()

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run `coroutine` to its end.

        Raises:
            InvalidError: called from the loop's own thread, which would wait for itself.
        """
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise InvalidError("the blocking face was used on its own event loop", hint="use the Async classes there")
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise
        finally:
            del future  # it has the exception, whose traceback has this frame, which keeps the caller's objects alive

    def call_sync(self, function: Callable[[], T]) -> T:
        """Run `function` on the loop's thread, where the objects it looks at do not change meanwhile."""

        async def run() -> T:
            return function()

        return self.call(run())

    def iterate(self, items: AsyncIterable[T]) -> Iterator[T]:
        """Yield from an asynchronous iterable."""
        iterator = items.__aiter__()
        try:
            while True:
                try:
                    item = self.call(_next(iterator))
                except StopAsyncIteration:
                    return
                yield item
        finally:
            here = threading.current_thread() is self._thread  # as it may be for what is collected as garbage
            if isinstance(iterator, AsyncGenerator) and not here and not sys.is_finalizing():
                self.call(_close(iterator))


async def _next(iterator: Any) -> Any:
    return await iterator.__anext__()


async def _close(iterator: AsyncGenerator[Any]) -> None:
    """Have it let go of what it holds, also if nobody came to its end."""
    await iterator.aclose()


_portal: Portal | None = None
_lock = threading.Lock()


def portal() -> Portal:
    """The portal of this process."""
    global _portal
    with _lock:
        if _portal is None or _portal.pid != os.getpid():
            _portal = Portal()
        return _portal
