"""Keep the session's own forks out of sight of user code that waits for just any child, or is told when one ends.

Checkpoints are children of the session's process. Code such as `while True: os.wait()` ends when there is no child
left, and would wait for them for ever; a handler for SIGCHLD would look for a child that is not there.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import time
from typing import Any, Callable

_ANY = (-1, 0)

#: A signal comes so soon after the end of the child that it tells of.
_LATELY_S = 0.05


class Children:
    """Our own children by pid, and the waiting functions of `os` that pass them over."""

    def __init__(self) -> None:
        self._pids: set[int] = set()
        #: When those of ours ended whose signals are still to come; two that end at once may have one signal.
        self._unheard: list[float] = []

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
                self._unheard.append(time.monotonic())
            self._pids.discard(pid)

    def hide(self) -> None:
        """Put the functions that pass our children over into `os` and `signal`."""
        os.wait = functools.wraps(os.wait)(lambda: self._wait(os_waitpid, -1, 0))
        os.waitpid = self._hiding(os_waitpid)
        os.wait4 = self._hiding(os.wait4)
        wait4 = os.wait4
        os.wait3 = functools.wraps(os.wait3)(lambda options: wait4(-1, options))
        self._hide_signal()

    def _hide_signal(self) -> None:
        set_handler, get_handler = signal.signal, signal.getsignal

        @functools.wraps(set_handler)
        def set_hiding(signalnum: int, handler: Any) -> Any:
            if signalnum == signal.SIGCHLD and callable(handler):
                handler = _Hearing(handler, self)
                self._unheard.clear()
            return _original(set_handler(signalnum, handler))

        signal.signal = set_hiding
        signal.getsignal = functools.wraps(get_handler)(lambda signalnum: _original(get_handler(signalnum)))

    def all_ours(self) -> bool:
        """Whether the signal that has come told of nothing but the end of our own children."""
        self.reap()
        lately = time.monotonic() - _LATELY_S
        self._unheard = [ended for ended in self._unheard if ended > lately]
        if not self._unheard:
            return False
        self._unheard.pop()
        with contextlib.suppress(ChildProcessError):
            return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None
        return True

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
                with contextlib.suppress(ChildProcessError):  # a signal handler may have reaped it: it was ours
                    return wait(peek.si_pid, options)

    def _others(self) -> set[int]:
        found: set[int] = set()
        for task in os.listdir("/proc/self/task"):
            with contextlib.suppress(OSError), open(f"/proc/self/task/{task}/children", encoding="ascii") as file:
                found.update(map(int, file.read().split()))
        return found - self._pids


class _Hearing:
    """A handler of user code for SIGCHLD, called when a child has ended that is not one of `children`."""

    def __init__(self, handler: Callable[..., Any], children: Children) -> None:
        self.handler = handler
        self._children = children

    def __call__(self, signalnum: int, frame: Any) -> Any:
        return None if self._children.all_ours() else self.handler(signalnum, frame)


def _original(handler: Any) -> Any:
    return handler.handler if isinstance(handler, _Hearing) else handler


def _others_pid(pids: set[int]) -> int:
    """Any one of them: waiting for it without blocking says that nothing has ended yet."""
    return next(iter(pids))


os_waitpid = os.waitpid
