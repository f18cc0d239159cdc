"""How much memory processes have, from `/proc`; pages that several processes share are what makes it difficult.

A session's process, its children and its checkpoints are forks of one another. The resident size of each counts all
that they share; the proportional size (PSS) splits it among all that share it, sleeping checkpoints too. Neither is
what a group of them has. But the sum of the proportional sizes of a group is never more than that, so that `beyond`
can say how much others have that a process has not: at least so much, often exactly. Limits act on these lower bounds:
nobody is ended for memory that was counted twice.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """The memory of one process, in bytes: all of it, its proportional share, its own pages; then without files."""

    resident: int = 0
    proportional: int = 0
    private: int = 0
    data: int = 0
    data_proportional: int = 0
    data_private: int = 0


def held(pid: int) -> int:
    """What process `pid` has that is no file's, whoever shares it; 0 if it is gone. Cheap."""
    status = _fields(f"/proc/{pid}/status")
    return sum(status.get(name, 0) for name in ("RssAnon", "RssShmem", "VmSwap"))


def peak(pid: int) -> int:
    """The most that process `pid` ever had in memory."""
    return _fields(f"/proc/{pid}/status").get("VmHWM", 0)


def shares(pid: int) -> Shares:
    """The memory of process `pid` to the page; nothing if it is gone. Takes up to 20 ms for each GB."""
    found = _fields(f"/proc/{pid}/smaps_rollup")
    if not found:
        return Shares()
    swapped, swap_share = found.get("Swap", 0), found.get("SwapPss", 0)
    private = found["Private_Clean"] + found["Private_Dirty"]
    # Which of the private pages are a file's is not told; those that are not written are.
    return Shares(
        resident=found["Rss"] + swapped,
        proportional=found["Pss"] + swap_share,
        private=private,
        data=held(pid),
        data_proportional=found.get("Pss_Anon", 0) + found.get("Pss_Shmem", 0) + swap_share,
        data_private=found["Private_Dirty"],
    )


def beyond(own: Shares, others: Iterable[Shares]) -> int:
    """How much `others` have at least that `own` has not, files left out."""
    theirs = list(others)
    shared = own.data - own.data_proportional
    return max(0, sum(one.data_proportional for one in theirs) - shared, sum(one.data_private for one in theirs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The memory of the machine, or of the control group that this process is confined to."""

    total: int
    available: int

    @property
    def scarce(self) -> bool:
        """Whether less than a tenth is left."""
        return self.available * 10 < self.total


def machine() -> Machine:
    """The memory at this moment; where there is no `/proc`, as if all of it were free."""
    found = _fields("/proc/meminfo")
    total = found.get("MemTotal") or os.sysconf("SC_PHYS_PAGES") * _PAGE
    whole = Machine(total=total, available=found.get("MemAvailable", total))
    return min((whole, *_control_groups()), key=lambda one: one.available)


def _control_groups() -> list[Machine]:
    """The bounds that version 2 control groups set, as seen from within a container."""
    folder = Path("/sys/fs/cgroup")
    with contextlib.suppress(OSError, ValueError):
        limit = int((folder / "memory.max").read_text(encoding="ascii"))
        used = int((folder / "memory.current").read_text(encoding="ascii"))
        stat = dict(line.split() for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines())
        return [Machine(total=limit, available=limit - used + int(stat["inactive_file"]))]
    return []


def _fields(path: str) -> dict[str, int]:
    """The lines of `path` that give a size, in bytes."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - many times a second
            lines = file.read(1 << 14).decode("ascii", "replace").splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        if line.endswith(" kB"):
            name, _, size = line[:-3].partition(":")
            found[name] = int(size) << 10
    return found
