"""What a process costs in memory, and whose child it is, from `/proc` (Linux)."""

from __future__ import annotations

from pathlib import Path


def pss_mb(pid: int) -> float:
    """The proportional set size in MB of 2**20 bytes: private pages, and a share of each page that others map too."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise LookupError(f"no Pss for process {pid}")


def parent(pid: int) -> int:
    """The process that `pid` is a child of."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
