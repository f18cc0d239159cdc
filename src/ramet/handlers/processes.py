"""Which processes belong to a session, found by looking at `/proc` (or at `ps`, where there is none)."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set

_CULL_S = 3.0
_CLOCK_TICK_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One line of the process table. `age_s` is the time since its start; `ended` is set until its parent has asked."""

    pid: int
    parent: int
    group: int
    session: int
    age_s: float
    ended: bool = False


def family(leader: int, among: list[Process] | None = None) -> list[Process]:
    """The processes of the session that `leader` leads and the descendants of it, without `leader` itself.

    They are looked up in `among` if that is given, a table that was read for several.
    """
    members = table() if among is None else among
    found: list[Process] = []
    known = {leader}
    grew = True
    while grew:
        grew = False
        for process in members:
            if process.pid not in known and (process.session == leader or process.parent in known):
                known.add(process.pid)
                found.append(process)
                grew = True
    return found


def kill(pid: int, number: signal.Signals | int) -> bool:
    """Send a signal; return whether there was a process to take it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
        return True
    return False


def alive(pid: int) -> bool:
    """Whether process `pid` runs; one that has ended and whose parent has not noticed does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return kill(pid, 0) if not Path("/proc/self/stat").exists() else False


def birth(pid: int) -> str:
    """What tells process `pid` from any other that ever has its number; empty if there is none.

    It is the time at which it began, in ticks since this start of the machine, and which start that is.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123 - once for each checkpoint
            ticks = file.read(1024).rpartition(b")")[2].split(maxsplit=20)[19].decode("ascii")
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
        command = ["ps", "-o", "lstart=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - a number
    return f"{ticks}@{_this_boot()}"


def has_open(pid: int, folder: Path) -> bool:
    """Whether process `pid` has a file in `folder` open, as far as we may look; one that was removed counts, too."""
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(entry.readlink()).startswith(f"{folder}{os.sep}"):
                    return True
    return False


@functools.cache
def _this_boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to all of a process group at one moment: a fork that races with it does not come about."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def end_family(leader: int, kept: Set[int], since: float, until: float = float("inf")) -> int:
    """End the processes of a session that began after `since`, faster than they multiply; return how many they were.

    Those that began after `until` are left alone; both are times of the monotonic clock. Those in `kept` are spared,
    but stand still until all others are dead.
    """
    doomed: set[int] = set()
    patience = time.monotonic() + _CULL_S
    signal_group(leader, signal.SIGSTOP)
    while time.monotonic() < patience:
        now = time.monotonic()
        youngest, oldest = now - until, now - since + _CLOCK_TICK_S
        family_now = [one for one in family(leader) if youngest <= one.age_s <= oldest]
        found = {one.pid for one in family_now if not one.ended} - kept - doomed
        if not found:
            break
        for pid in found:
            kill(pid, signal.SIGSTOP)  # not all are in the group
        doomed |= found
    for pid in doomed:
        kill(pid, signal.SIGKILL)
    signal_group(leader, signal.SIGCONT)
    return len(doomed)


def table() -> list[Process]:
    """All processes of the machine."""
    if not Path("/proc/self/stat").exists():
        return _table_by_ps()
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME)
    ticks = os.sysconf("SC_CLK_TCK")
    processes = []
    for entry in os.listdir("/proc"):  # noqa: PTH208 - pathlib is ten times slower, and an interrupt waits for it
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb", buffering=0) as file:  # noqa: PTH123
                fields = file.read(1024).rpartition(b")")[2].split(maxsplit=20)
        except OSError:
            continue  # it ended in the meantime
        age = uptime - int(fields[19]) / ticks
        processes.append(
            Process(
                pid=int(entry),
                parent=int(fields[1]),
                group=int(fields[2]),
                session=int(fields[3]),
                age_s=age,
                ended=fields[0] == b"Z",
            )
        )
    return processes


def _table_by_ps() -> list[Process]:
    command = ["ps", "-A", "-o", "pid=,ppid=,pgid=,sess=,etime=,state="]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - fixed words
    processes = []
    for line in listing.splitlines():
        pid, parent, group, session, elapsed, state = line.split()
        sid = int(session) if session.isdigit() else int(group)
        processes.append(
            Process(
                pid=int(pid),
                parent=int(parent),
                group=int(group),
                session=sid,
                age_s=_seconds(elapsed),
                ended=state.startswith("Z"),
            )
        )
    return processes


def _seconds(elapsed: str) -> float:
    """The seconds of `[[days-]hours:]minutes:seconds`."""
    days, _, clock = elapsed.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds + 86400 * int(days or 0)
