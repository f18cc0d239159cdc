"""A folder in which sessions live on when their owner ends, for the next one to adopt.

    lease                a FIFO that the owner holds open, and whose end tells zygotes that it is gone
    zygote-*/            the warm parents of the sessions
    sessions/            what its owner holds a lock on
    sessions/NAME/       record, journal/, and a folder for each process of the session

A session's record is written before its first process is asked for, and is the first to go when it is closed: a folder
without one is what is left of a session that was ended, and is swept away.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, BusyError, InvalidError
from ramet.handlers.forked import ForkedHandler
from ramet.handlers.lodging import Lodging
from ramet.handlers.resumed import ResumedHandler, Since
from ramet.handlers.zygotes import Zygotes
from ramet.journal.cut import cut
from ramet.manager import record
from ramet.places import lock, private_folder
from ramet.session.scribe import JournalPlan
from ramet.wire.report import WIRE_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from ramet.manager.record import SessionRecord
    from ramet.model.options import SessionOptions
    from ramet.session.recollection import Recollection


class Home:
    """The home at `path`, owned by this process until it is left.

    Raises:
        BusyError: another process owns it.
        InvalidError: it is not a folder of this user alone.
        BrokenError: it could not be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = private_folder(path)
        self._sessions = private_folder(path / "sessions")
        in_use = lock(self._sessions)
        if in_use is None:
            raise BusyError(f"another process owns the sessions in {path}", hint="use those through it, or end it")
        self._in_use = in_use
        self._owner = os.getpid()
        try:
            for left in path.glob("session-*"):
                shutil.rmtree(left, ignore_errors=True)  # of sessions that ended with our forerunner
            self.zygotes = Zygotes(path)
        except OSError as error:
            os.close(in_use)
            raise BrokenError(f"sessions cannot live in {path}: {error}", hint="choose another home") from error
        os.register_at_fork(after_in_child=self._forget)

    def room(self, name: str) -> Room:
        """Where the session called `name` is to live. Raises BrokenError if there can be no folder for it."""
        room = Room(self._sessions / name, self.zygotes)
        if not room.taken:
            room.clear()  # of a session of that name, if it could not be removed
        private_folder(room.lodging.folder)
        return room

    def rooms(self) -> tuple[Room, ...]:
        """Where sessions live, the oldest first; what is left of others is swept away."""
        found: list[Room] = []
        for folder in self._sessions.iterdir():
            room = Room(folder, self.zygotes)
            if room.taken:
                found.append(room)
            else:
                room.clear()
        return tuple(sorted(found, key=lambda room: room.taken_at))

    def clear(self, name: str) -> None:
        """End the session that lives there under that name, whatever it is."""
        Room(self._sessions / name, self.zygotes).clear()

    def leave(self) -> None:
        """Own it no longer. May be called twice."""
        if self._in_use >= 0 and self._owner == os.getpid():
            self.zygotes.close()
            os.close(self._in_use)
            self._in_use = -1

    def _forget(self) -> None:
        """In a fork of the owner: let go of the lock, which would outlive the owner."""
        if self._in_use >= 0:
            os.close(self._in_use)
            self._in_use = -1


class Room:
    """The folder of one session."""

    def __init__(self, folder: Path, zygotes: Zygotes) -> None:
        self.name = folder.name
        self.lodging = Lodging(folder)
        self._zygotes = zygotes
        self._record = folder / "record"
        self.journal = folder / "journal"

    @property
    def taken(self) -> bool:
        """Whether a session lives there."""
        return self._record.exists()

    @property
    def taken_at(self) -> int:
        """When it moved in."""
        return self._record.stat().st_mtime_ns

    @property
    def plan(self) -> JournalPlan:
        """Where the session's journal is."""
        return JournalPlan(folder=lambda: self.journal, keep=True, lasting=True)

    def take(self, session: SessionRecord) -> None:
        """Have that session live there. Raises BrokenError if it cannot be written down."""
        record.write(self._record, session)

    def read(self) -> SessionRecord:
        """What session it is.

        Raises:
            InvalidError: its record, or its process, is of a version that we do not know.
        """
        session = record.read(self._record)
        if session.wire != WIRE_VERSION:
            raise InvalidError(
                f"its process speaks version {session.wire} of the wire, and this ramet version {WIRE_VERSION}",
                hint="adopt it with the ramet that made it, or close it",
            )
        return session

    def give_up(self) -> None:
        """The session is being closed: whoever comes next finishes that."""
        self._record.unlink(missing_ok=True)

    def clear(self) -> None:
        """The session is closed: no process and no file of it stays."""
        self.give_up()
        self.lodging.sweep(everything=True)

    def handler(self, options: SessionOptions, first_cell: int) -> ForkedHandler:
        """What makes a process of the session."""
        return ForkedHandler(options, self._zygotes, first_cell, lodging=self.lodging)

    def resumed(self, session: SessionRecord, past: Recollection) -> ResumedHandler:
        """What goes on with the process that is there. Raises BrokenError if there is none."""
        self.lodging.sweep()
        running = past.running
        since = Since(
            read=past.read,
            info=past.info,
            running=running is not None,
            began=running.began if running is not None else None,
            checkpoints=frozenset(checkpoint.pid for checkpoint in past.timeline.checkpoints) | _woken(past),
            over=past.gone is not None or past.waking is not None,
            tidy=session.origin is None,
        )
        return ResumedHandler(session.options, self._zygotes, self.lodging, since)

    def cut_journal(self) -> None:
        """Take away what the former owner could not finish, before the journal is opened.

        Raises:
            InvalidError: a newer version of ramet has written it.
            BrokenError: it cannot be read or changed.
        """
        try:
            cut(self.journal)
        except OSError as error:
            raise BrokenError(f"its journal cannot be gone on with: {error}") from error


def _woken(past: Recollection) -> frozenset[int]:
    return frozenset() if past.waking is None else frozenset({past.waking.checkpoint.pid})
