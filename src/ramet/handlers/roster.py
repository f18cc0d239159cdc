"""The processes that a session has had, on disk, by number and time of birth: the number may be another's by now."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.errors import BrokenError
from ramet.handlers import processes

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "roster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is told of the session's processes as a whole.

    `leader` is the first of them, `zygote` the name of its parent's folder, `inherited` the memory that it was born
    with, and `tidy` says whether it may run its exit handlers when the session is closed.
    """

    leader: int
    zygote: str
    inherited: int
    tidy: bool


class Roster:
    """The roster in `folder`; its first line is the head, each other one a process."""

    def __init__(self, folder: Path, head: Head) -> None:
        self.head = head
        self._path = folder / _FILE
        self._born: dict[int, str] = {}

    @property
    def pids(self) -> tuple[int, ...]:
        """All that were ever entered."""
        return tuple(self._born)

    def begin(self) -> None:
        """Write the head. Raises OSError if that cannot be done."""
        head = {"leader": self.head.leader, "zygote": self.head.zygote, "inherited": self.head.inherited}
        self._path.write_text(json.dumps({**head, "tidy": self.head.tidy}) + "\n", encoding="utf-8")

    def enter(self, pid: int) -> None:
        """Process `pid` is one of the session's."""
        born = processes.birth(pid)
        if not born or self._born.get(pid) == born:
            return
        self._born[pid] = born
        # On a full disk the session goes on, and the next owner will not know this one.
        with contextlib.suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([pid, born]) + "\n")

    def has(self, pid: int) -> bool:
        """Whether process `pid` is the one that was entered, and lives."""
        born = self._born.get(pid)
        return born is not None and born == processes.birth(pid) and processes.alive(pid)

    def leads(self) -> bool:
        """Whether anybody of the session is left to end."""
        return any(self.has(pid) for pid in self._born)

    @classmethod
    def load(cls, folder: Path) -> Roster:
        """The roster that an owner before us has left.

        Raises:
            BrokenError: there is none that can be read.
        """
        try:
            first, *lines = (folder / _FILE).read_text(encoding="utf-8").splitlines()
            roster = cls(folder, Head(**json.loads(first)))
            for line in lines:
                with contextlib.suppress(ValueError):  # its owner was killed while it wrote
                    pid, born = json.loads(line)
                    roster._born[pid] = born
        except (OSError, ValueError, TypeError) as error:
            raise BrokenError(f"nothing is known of the session's processes: {error!r}") from error
        return roster
