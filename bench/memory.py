"""What a process costs in memory, and whose child it is, from `/proc` (Linux)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def cost_mb(pids: Iterable[int]) -> float:
    """What these processes take together, in MB of 2**20 bytes: pages, and the tables that map them.

    What they share with one another counts once.
    """
    return sum(pss_mb(pid) + _kilobytes(f"/proc/{pid}/status", "VmPTE:") / 1024 for pid in pids)


def pss_mb(pid: int) -> float:
    """The proportional set size in MB of 2**20 bytes: private pages, and a share of each page that others map too."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss:") / 1024


def parent(pid: int) -> int:
    """The process that `pid` is a child of."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _kilobytes(path: str, field: str) -> int:
    for line in Path(path).read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise LookupError(f"{path} has no {field}")
