"""Looks after the sessions in which a cell runs, twenty times a second: one for each event loop, not for each session.

A look is cheap, because most of them read one line: the kernel says how many processes were ever made, and while that
has not grown by more than a session may have, no process table needs to be read.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import weakref
from typing import TYPE_CHECKING

from ramet.handlers import memory, processes

if TYPE_CHECKING:
    from ramet.handlers.ward import Ward

_TICK_S = 0.05

#: So long after a cell has ended its session is looked after still: what it started may multiply without it.
_LINGER_S = 2.0

#: With more processes than this waiting for a processor, reading the process table may take seconds.
_CROWD = 50


class Census:
    """The processes of the machine: how many were made, and who they are at this look."""

    def __init__(self) -> None:
        self.made = 0  #: since the first look
        self.crowded = False
        self._newest = 0
        self._pids = _pids()
        self._table: list[processes.Process] | None = None

    def renew(self) -> None:
        """Begin another look."""
        self._table = None
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open("/proc/loadavg", "rb", buffering=0) as file:  # noqa: PTH123 - many times a second
                fields = file.read(128).split()
            newest = int(fields[4])
            self.made += (newest - self._newest) % self._pids
            self._newest = newest
            self.crowded = int(fields[3].partition(b"/")[0]) > _CROWD

    @property
    def table(self) -> list[processes.Process]:
        """All of them, read once in each look."""
        if self._table is None:
            self._table = processes.table()
        return self._table


class Watchdog:
    """Runs while there is somebody to look after."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._census = Census()
        self._wards: set[Ward] = set()
        self._ticking = False
        self._looks = 0

    def watch(self, ward: Ward) -> None:
        """Look after `ward` until some time after its cell has ended."""
        self._wards.add(ward)
        loop = self._loop()
        if not self._ticking and loop is not None:
            self._ticking = True
            loop.call_later(_TICK_S, self._look)

    def forget(self, ward: Ward) -> None:
        """Its process is gone."""
        self._wards.discard(ward)

    def _look(self) -> None:
        loop = self._loop()
        now = time.monotonic()
        for ward in [ward for ward in self._wards if ward.idle_since < now - _LINGER_S]:
            self._wards.discard(ward)
        self._ticking = bool(self._wards) and loop is not None
        if loop is None or not self._ticking:
            return
        loop.call_later(_TICK_S, self._look)
        self._census.renew()
        self._looks += 1
        machine = memory.machine() if self._looks % 4 == 0 else None
        for ward in list(self._wards):
            ward.look(self._census)
            if machine is not None and machine.scarce:
                ward.scarce(machine)


_watchdogs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Watchdog] = weakref.WeakKeyDictionary()


def watchdog() -> Watchdog:
    """The one of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _watchdogs.get(loop)
    if found is None:
        found = _watchdogs[loop] = Watchdog(loop)
    return found


def _pids() -> int:
    """How many process numbers there are before they begin anew."""
    try:
        with open("/proc/sys/kernel/pid_max", encoding="ascii") as file:  # noqa: PTH123 - one line
            return int(file.read())
    except (OSError, ValueError):
        return 1 << 22
