"""Ctrl+C for the running cell: for its process and for what the cell started, and for nothing older."""

from __future__ import annotations

import asyncio
import signal
import time

from ramet.handlers import processes
from ramet.handlers.signals import NUDGE_SIGNAL

_TICK_S = 0.02
_NUDGE_S = (0.05, 0.2, 0.8)


class Interrupter:
    """Follows one cell at a time; `leader` leads the process group of the session."""

    def __init__(self, leader: int) -> None:
        self._leader = leader
        self._pid = leader
        self._began: float | None = None
        self._due = False
        self._nudging: asyncio.TimerHandle | None = None
        #: Whether a cell was handed to the process and has not ended.
        self.busy = False

    def submitted(self) -> None:
        """A cell is on its way to the process."""
        self.busy, self._began, self._due = True, None, False

    def began(self, at: float) -> None:
        """The process has taken it, at that time of the machine's monotonic clock."""
        self._began = at
        if self._due:
            self._due = False
            self.interrupt()

    def ended(self) -> None:
        """It is over."""
        self.busy, self._began, self._due = False, None, False
        self._stop_nudging()

    def moved(self, pid: int) -> None:
        """The session's process is another now, without a cell."""
        self.ended()
        self._pid = pid

    def interrupt(self) -> None:
        """Stop the cell; one that has not begun yet is stopped when it does."""
        if not self.busy:
            return
        if self._began is None:
            self._due = True
            return
        since = time.monotonic() - self._began + _TICK_S
        processes.kill(self._pid, signal.SIGINT)
        self._nudge(_NUDGE_S)
        for process in processes.family(self._leader):
            if process.group == self._leader and process.pid != self._pid and process.age_s <= since:
                processes.kill(process.pid, signal.SIGINT)

    def _nudge(self, after_s: tuple[float, ...]) -> None:
        """Wake the interpreter some moments after an interrupt, in case it has missed it.

        It does miss a signal that comes between its last look and a system call that blocks, such as that of
        `time.sleep`: it would handle it, but only when the call returns.
        """
        self._stop_nudging()
        if after_s:
            loop = asyncio.get_running_loop()
            self._nudging = loop.call_later(after_s[0], self._nudge_now, after_s[1:])

    def _nudge_now(self, after_s: tuple[float, ...]) -> None:
        processes.kill(self._pid, NUDGE_SIGNAL)
        self._nudge(after_s)

    def _stop_nudging(self) -> None:
        if self._nudging is not None:
            self._nudging.cancel()
            self._nudging = None
