"""Where the processes of a session that outlives its owner have their files: a folder for each, counted from 1."""

from __future__ import annotations

import contextlib
import shutil
import signal
from typing import TYPE_CHECKING

from ramet.errors import BrokenError
from ramet.handlers import processes
from ramet.handlers.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_PREFIX = "process-"
_COUNT = "count"


class Lodging:
    """The folder of one session. Of its processes the last one counts; what is left of others is swept away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def last(self) -> Path | None:
        """The folder of the last process, None if there is none."""
        numbers = [number(path) for path in self.folder.glob(f"{_PREFIX}*")]
        return self._path(max(numbers)) if numbers else None

    def add(self) -> Path:
        """Make a folder for another process. Raises OSError if that cannot be done."""
        count = self._count() + 1
        partial = self.folder / f"{_COUNT}.partial"
        partial.write_text(str(count), encoding="ascii")
        partial.replace(self.folder / _COUNT)
        folder = self._path(count)
        folder.mkdir(mode=0o700)
        return folder

    def sweep(self, *, everything: bool = False) -> None:
        """End what is left of processes before the last one, or of all of them, and remove their files."""
        last = self.last
        for folder in self.folder.glob(f"{_PREFIX}*"):
            if everything or folder != last:
                with contextlib.suppress(BrokenError):
                    end(Roster.load(folder), folder)
                shutil.rmtree(folder, ignore_errors=True)
        if everything:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _count(self) -> int:
        """How many there have been: the number of one that is gone never comes again."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.folder / _COUNT).read_text(encoding="ascii"))
        return 0

    def _path(self, process: int) -> Path:
        return self.folder / f"{_PREFIX}{process:06}"


def number(folder: Path) -> int:
    """Which process of its session the one in `folder` is."""
    return int(folder.name.removeprefix(_PREFIX))


def end(roster: Roster, folder: Path) -> None:
    """End all processes of the session whose roster is in `folder`, and what they have started."""
    leader = roster.head.leader
    family = [process.pid for process in processes.family(leader)]
    living = [pid for pid in roster.pids if roster.has(pid)]
    # As long as one of its family lives, the number of a leader is nobody else's; if none is known to, look closer.
    known = living or [pid for pid in family if processes.has_open(pid, folder)]
    for pid in [*living, *(family if known else ())]:
        processes.kill(pid, signal.SIGKILL)


def end_others(roster: Roster, kept: Collection[int]) -> None:
    """End those on the roster that live still, but for those in `kept`."""
    for pid in roster.pids:
        if pid not in kept and roster.has(pid):
            processes.kill(pid, signal.SIGKILL)
