"""What a handler keeps on disk of a process that outlives its owner, so that another one can go on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ramet.handlers.lodging import number
from ramet.handlers.spool import Spool
from ramet.model.report import ReadTo

if TYPE_CHECKING:
    from pathlib import Path

    from ramet.handlers.roster import Roster


class Legacy:
    """Of the process in `folder`: its stream, as far as it was taken out of the pipe, and who belongs to the session.

    Raises:
        OSError: a file cannot be made or read.
    """

    def __init__(self, folder: Path) -> None:
        self.process = number(folder)
        self.spool = Spool(folder)
        #: None until the process has come up.
        self.roster: Roster | None = None
        self._clean = 0

    def resume(self, read: ReadTo) -> None:
        """Another handler has come so far."""
        self._clean = read.clean

    def read_to(self, *, clean: bool) -> ReadTo:
        """All that was taken has been reported; `clean` if nothing is half said."""
        if clean:
            self._clean = self.spool.position
        return ReadTo(process=self.process, position=self.spool.position, clean=self._clean)

    def kept(self, read: ReadTo) -> None:
        """So much is in the journal."""
        if read.process == self.process:
            self.spool.settle(read.clean)

    def enter(self, pid: int) -> None:
        """Process `pid` is one of the session's."""
        if self.roster is not None:
            self.roster.enter(pid)

    def close(self) -> None:
        """Let go of it. May be called twice."""
        self.spool.close()
