"""Keep the session's own forks out of sight of user code that waits for just any child.

Checkpoints are children of the session's process. Code such as `while True: os.wait()` ends when there is no child
left, and would wait for them for ever.
"""

from __future__ import annotations

import contextlib
import functools
import os
from typing import Any, Callable

_ANY = (-1, 0)


class Children:
    """Our own children by pid, and the waiting functions of `os` that pass them over."""

    def __init__(self) -> None:
        self._pids: set[int] = set()

    def add(self, pid: int) -> None:
        """`pid` is one of ours."""
        self._pids.add(pid)

    def forget(self) -> None:
        """In a fork: they are its siblings now."""
        self._pids.clear()

    def reap(self) -> None:
        """Let go of those that have ended."""
        for pid in list(self._pids):
            with contextlib.suppress(ChildProcessError):
                if not os_waitpid(pid, os.WNOHANG)[0]:
                    continue
            self._pids.discard(pid)

    def hide(self) -> None:
        """Put the functions that pass our children over into `os`."""
        os.wait = functools.wraps(os.wait)(lambda: self._wait(os_waitpid, -1, 0))
        os.waitpid = self._hiding(os_waitpid)
        os.wait4 = self._hiding(os.wait4)
        wait4 = os.wait4
        os.wait3 = functools.wraps(os.wait3)(lambda options: wait4(-1, options))

    def _hiding(self, wait: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(wait)
        def passing_over(pid: int, options: int) -> Any:
            return self._wait(wait, pid, options)

        return passing_over

    def _wait(self, wait: Callable[..., Any], pid: int, options: int) -> Any:
        if pid not in _ANY or not self._pids:
            return wait(pid, options)
        while True:
            self.reap()
            if not self._others():
                raise ChildProcessError(10, "No child processes")
            peek = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | (options & os.WNOHANG))
            if peek is None:
                return wait(_others_pid(self._others()), options)
            if peek.si_pid not in self._pids:
                return wait(peek.si_pid, options)

    def _others(self) -> set[int]:
        found: set[int] = set()
        for task in os.listdir("/proc/self/task"):
            with contextlib.suppress(OSError), open(f"/proc/self/task/{task}/children", encoding="ascii") as file:
                found.update(map(int, file.read().split()))
        return found - self._pids


def _others_pid(pids: set[int]) -> int:
    """Any one of them: waiting for it without blocking says that nothing has ended yet."""
    return next(iter(pids))


os_waitpid = os.waitpid
