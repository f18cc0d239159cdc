"""Executors of `concurrent.futures`, asyncio's and dask's among them, across a fork.

A copy of the process has none of their threads, but their books say that some are idle: work handed to them would wait
for ever. Their books are put right in the copy, and they start threads anew.
"""

from __future__ import annotations

import sys
import threading
from typing import Any


def renew() -> None:
    """In a fork: have every executor start new threads when it is next used."""
    module: Any = sys.modules.get("concurrent.futures.thread")
    for thread in list(module._threads_queues) if module else ():  # noqa: SLF001 - the one list of them
        executor = _executor_of(thread)
        if executor is not None:
            executor._threads.clear()  # noqa: SLF001
            executor._idle_semaphore = threading.Semaphore(0)  # noqa: SLF001
        module._threads_queues.pop(thread, None)  # noqa: SLF001


def idle(thread: threading.Thread) -> bool:
    """Whether `thread` belongs to an executor and has nothing to do, so that nothing is lost with it."""
    module: Any = sys.modules.get("concurrent.futures.thread")
    if module is None or thread not in module._threads_queues:  # noqa: SLF001
        return False
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 - the one way to ask
    return frame is not None and frame.f_code is module._worker.__code__  # noqa: SLF001


def _executor_of(thread: threading.Thread) -> Any:
    """The executor that `thread` works for, from its first argument, a weak reference."""
    arguments = getattr(thread, "_args", ())
    return arguments[0]() if arguments else None
