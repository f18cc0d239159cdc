"""Writes down what a session says before anyone is told.

What happens within one turn of the event loop is written with one system call at its end, and who waits for it is woken
after that, because callbacks run in the order in which they were asked for.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.errors import ClosedError
from ramet.journal.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ramet.journal.entry import Entry
    from ramet.model.report import ReadTo


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalPlan:
    """Where the journal of a session will be, once it starts, and whether to `keep` it when the session is closed.

    `lasting` says that the session may outlive its owner, and that the next one will go by the journal.
    """

    folder: Callable[[], Path]
    keep: bool
    lasting: bool = False


class Scribe:
    """Keeps the journal of one session, from `open` to `close`; before and after that it writes nothing."""

    def __init__(self) -> None:
        #: Whether what only a next owner needs is written, too.
        self.lasting = False
        #: How far the reports go that were written so far, and whom to tell that they are on disk.
        self.read_to: Callable[[], ReadTo | None] = _nothing_read
        self.on_kept: Callable[[ReadTo], None] = _tell_nobody
        self._journal: Journal | None = None
        self._remove: Path | None = None
        self._flush_due = False

    @property
    def journal(self) -> Journal:
        """The open journal.

        Raises:
            ClosedError: there is none, because the session is not open.
        """
        if self._journal is None:
            raise ClosedError("the session is not open, and so its journal is not", hint="read it while it is open")
        return self._journal

    @property
    def writing(self) -> bool:
        """Whether there is an open journal."""
        return self._journal is not None

    @property
    def last_request(self) -> int:
        """The number of the last request in the journal."""
        return self._journal.last_request if self._journal is not None else 0

    def open(self, plan: JournalPlan, on_note: Callable[[str], None]) -> None:
        """Go on with the journal where `plan` says, or begin one. Raises as `Journal` does."""
        folder = plan.folder()
        self._journal = Journal(folder, on_note=on_note)
        self._remove = None if plan.keep else folder
        self.lasting = plan.lasting

    def write_lasting(self, entry: Entry) -> None:
        """Something happened that only a next owner needs to know."""
        if self.lasting:
            self.write(entry)

    def write_ahead(self, entry: Entry) -> None:
        """Something will happen next that a next owner must know of: it is on disk when this returns."""
        if self.lasting:
            self.write(entry)
            self.flush()

    def write(self, entry: Entry) -> None:
        """Something happened."""
        if self._journal is None:
            return
        self._journal.append(entry)
        if not self._flush_due:
            self._flush_due = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """All that was written is on disk now."""
        self._flush_due = False
        journal = self._journal
        if journal is None:
            return
        read = self.read_to() if self.lasting else None
        if read is None:
            journal.flush()
            return
        journal.append(read)
        journal.flush()
        if journal.trouble is None:
            self.on_kept(read)

    def leave(self) -> None:
        """Write the rest, and leave all to the next owner. May be called twice."""
        self.flush()
        self._remove = None
        self.close()

    def close(self) -> None:
        """Write the rest. May be called twice."""
        journal, self._journal = self._journal, None
        if journal is None:
            return
        journal.close()
        if self._remove is not None:
            shutil.rmtree(self._remove, ignore_errors=True)
            self._remove = None


def _nothing_read() -> None:
    """There is no stream that a next owner would go on with."""


def _tell_nobody(_read: ReadTo) -> None:
    """Nobody waits for it."""
