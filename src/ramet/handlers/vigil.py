"""One process, watched until its end and until it is known how it ended.

That a process is dead tells its pidfd. How it died tells its zygote, on the session's own stream; that may take some
moments, and a zygote that is gone never tells.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

from ramet.model.report import ExitStatus, Gone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ramet.handlers.zygote import Zygote

_CHECK_S = 0.05
_STATUS_MAX_S = 60.0  # a zygote may be busy with an import


class Vigil:
    """Watches process `pid`, whose end `zygote` is to tell on the stream in `folder`; `gone` if it has ended."""

    def __init__(self, pid: int, zygote: Zygote, folder: Path, *, gone: bool = False) -> None:
        self.pid = pid
        self.dead = asyncio.Event()
        self.status: ExitStatus | None = None
        self._zygote, self._folder = zygote, folder
        self._on_end: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._pidfd = -1
        if gone:
            self.dead.set()
        elif hasattr(os, "pidfd_open"):
            try:
                self._pidfd = os.pidfd_open(pid)
            except ProcessLookupError:
                self.dead.set()
            else:
                asyncio.get_running_loop().add_reader(self._pidfd, self._died)

    async def answers(self, answer: asyncio.Future[Any], timeout_s: float | None = None) -> bool:
        """Wait for what the process is to tell, as long as it lives; return whether `answer` has come."""
        death = asyncio.create_task(self.dead.wait())
        try:
            await asyncio.wait((answer, death), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            death.cancel()
        return answer.done()

    def announce(self, on_end: Callable[[], None]) -> None:
        """Call `on_end`, once and not from within, when the process is dead and it is known how, or cannot be."""
        self._on_end = on_end
        if self.dead.is_set():
            self._set_timer(0, self._await_status, time.monotonic() + _STATUS_MAX_S)

    def learn(self, status: ExitStatus) -> None:
        """The zygote's word on a process, which may be another than this."""
        if status.pid != self.pid:
            return
        self.status = status
        if self._pidfd < 0:
            self.dead.set()
        if self.dead.is_set():
            self._set_timer(0, self._end)  # not from within the reading of the stream: there may be last words

    def obituary(self, stack: Callable[[], str], reason: str = "") -> Gone:
        """How it ended; `stack` tells where a fatal signal struck, `reason` why we have sent one."""
        if self.status is None:
            why = "does not answer" if self._zygote.alive else "is gone too"
            return Gone(reason=f"nobody can tell how: its parent process {why}")
        code = os.waitstatus_to_exitcode(self.status.status)
        return Gone(signal=-code, reason=reason, stack=stack()) if code < 0 else Gone(exit_status=code)

    def close(self) -> None:
        """Watch no longer, and announce nothing."""
        self._on_end = None
        self._unwatch()
        if self._timer is not None:
            self._timer.cancel()

    def _died(self) -> None:
        self._unwatch()
        self.dead.set()
        if self._on_end is not None:
            self._await_status(time.monotonic() + _STATUS_MAX_S)

    def _await_status(self, deadline: float) -> None:
        can_tell = self._zygote.alive and self._folder.exists()
        if self.status is None and can_tell and time.monotonic() < deadline:
            self._set_timer(_CHECK_S, self._await_status, deadline)
        else:
            self._end()

    def _end(self) -> None:
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end()

    def _set_timer(self, after_s: float, callback: Callable[..., None], *args: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(after_s, callback, *args)

    def _unwatch(self) -> None:
        if self._pidfd >= 0:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1
