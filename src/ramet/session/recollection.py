"""What a session was when its owner ended, from its journal: entries go in, in their order, and the present grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ramet.journal.entry import (
    Answered,
    Asking,
    Branched,
    Finished,
    NeverRan,
    Queued,
    Shown,
    Stands,
    Submitted,
    Waking,
)
from ramet.model.checkpoint import Checkpoint, Moved
from ramet.model.event import InputRequested, Note, StateChanged
from ramet.model.outcome import Died, Outcome
from ramet.model.output import Text
from ramet.model.report import Asked, Began, Checkpointed, Gone, ReadTo, Up
from ramet.model.session import SessionState
from ramet.session.timeline import Moment, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ramet.journal.entry import Entry
    from ramet.model.event import Event
    from ramet.model.session import ProcessInfo


class PastCell:
    """A cell that was handed to the process: what was said of it, and what had come late before it began."""

    def __init__(self, submitted: Submitted, late: list[Text], notes: list[str]) -> None:
        self.submitted = submitted
        self.late, self.notes = late, notes
        self.began: Began | None = None
        #: What happened in it, each event where it was for those who followed.
        self.events: list[Event] = [*late, StateChanged(state=SessionState.BUSY)]
        self.asked: Asked | None = None
        self.finished: Finished | None = None


class Recollection:
    """The session as the last of `entries` leaves it."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.info: ProcessInfo | None = None
        self.timeline = Timeline()
        self.names: dict[str, int] = {}
        self.next_cell = 1
        #: The cell that was begun last, which runs unless it is finished.
        self.last: PastCell | None = None
        self.waiting: dict[int, Queued] = {}
        #: What was handed in under each key.
        self.keys: dict[str, Submitted | Queued] = {}
        #: The highest number of a request.
        self.last_request = 0
        self.late: list[Text] = []
        self.notes: list[str] = []
        #: What happened since the last cell ended, each event where it was for those who followed.
        self.between: list[Event] = []
        self._state = SessionState.STARTING
        #: How the process ended, and the checkpoint that was to take its place, if there was none again by then.
        self.gone: Gone | None = None
        self.waking: Moment | None = None
        #: How far the stream of a process was read.
        self.read: ReadTo | None = None
        for entry in entries:
            self._take(entry)

    @property
    def running(self) -> PastCell | None:
        """The cell that has not ended."""
        return self.last if self.last is not None and self.last.finished is None else None

    def _take(self, entry: Entry) -> None:
        match entry:
            case Text() | Note() if self.running is None:
                self._take_late(entry)
            case InputRequested() if self.running is not None:
                if self.running.asked is None:
                    self.running.events.append(StateChanged(state=SessionState.WAITING_INPUT))
                self.running.events.append(entry)
                self.running.asked = Asked(ask=0, request=entry)
            case Asking(ask=ask) if self.running is not None and self.running.asked is not None:
                self.running.asked = Asked(ask=ask, request=self.running.asked.request)
            case Answered() if self.running is not None:
                self.running.asked = None
                self.running.events.append(StateChanged(state=SessionState.BUSY))
            case Note(text=text) if self.running is not None:
                self.running.events.append(entry)
                self.running.notes.append(text)
            case Queued() | NeverRan() | Submitted() | Began() | Finished():
                self._take_cell(entry)
            case ReadTo():
                self.read = entry
            case Up() | Gone() | Waking() | Checkpointed() | Stands() | Branched():
                self._take_process(entry)
            case _ if isinstance(entry, Shown) and self.running is not None:
                self.running.events.append(entry)

    def _take_late(self, entry: Text | Note) -> None:
        self.between.append(entry)
        if isinstance(entry, Text):
            self.late.append(entry)
        else:
            self.notes.append(entry.text)

    def _take_cell(self, entry: Queued | NeverRan | Submitted | Began | Finished) -> None:
        self.last_request = max(self.last_request, entry.request)
        if isinstance(entry, (Queued, Submitted)) and entry.key:
            self.keys[entry.key] = entry
        match entry:
            case Queued(request=request):
                self.waiting[request] = entry
            case NeverRan(request=request):
                never = self.waiting.pop(request, None)
                if never is not None:
                    self.keys.pop(never.key, None)  # who asks for it again may yet have it run
            case Submitted(request=request) if self.running is not None and self.running.submitted.request == request:
                self.running.began = None  # handed over once more, because a process died before taking it
            case Submitted(request=request):
                self.waiting.pop(request, None)
                self.last = PastCell(entry, self.late, self.notes)
                self.late, self.notes, self.between = [], [], []
            case Began(cell=cell):
                self.next_cell = cell + 1
                self.timeline.forget_after(cell)
                if self.running is not None:
                    self.running.began = entry
            case Finished():
                self._finish(entry)

    def _finish(self, finished: Finished) -> None:
        if self.running is None:
            return
        self._state = _after(finished.outcome)
        self.running.events.append(StateChanged(state=self._state))
        cell = self.running.began.cell if self.running.began is not None else 0
        self.running.finished = finished
        for name in finished.went:
            self.names.pop(name, None)
        self.names.update((name, cell) for name in finished.came)
        if isinstance(finished.outcome, Died) and finished.outcome.back_to is None:
            self.names.clear()

    def _take_process(self, entry: Up | Gone | Waking | Checkpointed | Stands | Branched) -> None:
        match entry:
            case Up(info=info):
                self._stand_on(info)
            case Gone():
                self.gone = entry
                self._enter(SessionState.STARTING)
            case Waking(pid=pid):
                moment = self.timeline.of(pid)
                self.waking = moment
                self._enter(SessionState.STARTING)
                if moment is not None:
                    self.timeline.wake(moment)
            case Checkpointed(cell=cell):
                woken = self.waking if self.waking is not None and self.waking.checkpoint.cell == cell else None
                names = self.names if woken is None else woken.names
                checkpoint = Checkpoint(cell=cell, pid=entry.pid, seconds=entry.seconds, missing=entry.missing)
                self.timeline.add(Moment(checkpoint, dict(names)))
            case Stands(cell=cell):
                if self.gone is None and self.waking is not None:
                    self._move(self.waking.checkpoint)
                self.next_cell = cell
                if self.waking is not None:
                    self.names = dict(self.waking.names)
            case Branched():
                self.info = self.gone = self.waking = self.read = None
                self.between, self._state = [], SessionState.STARTING
                self.timeline = Timeline()
                self.waiting, self.keys = {}, {}  # they are its parent's

    def _stand_on(self, info: ProcessInfo) -> None:
        """There is a process: the one that was woken, or a new and empty one."""
        woken = self.waking is not None and self.waking.checkpoint.pid == info.pid
        if self.info is not None and not woken:
            self.timeline = Timeline()
            self.names = {}
            self._enter(SessionState.STARTING)  # a restart is told by nothing else
        if self.info is None:
            self._state = SessionState.IDLE  # whoever resumes the session tells that
        self._enter(SessionState.IDLE)
        self.info, self.gone, self.waking = info, None, None

    def _enter(self, state: SessionState) -> None:
        """The session got into that state while no cell ran; what a cell's end brought is an event of the cell."""
        if self.running is None and state is not self._state:
            self._state = state
            self.between.append(StateChanged(state=state))

    def _move(self, checkpoint: Checkpoint) -> None:
        """It was taken to that checkpoint on request."""
        first, last = sorted((self.next_cell, checkpoint.cell))
        moved = Moved(cell=checkpoint.cell, cells=tuple(range(first, last)), missing=checkpoint.missing)
        self.between.append(moved)


def _after(outcome: Outcome) -> SessionState:
    """Where the end of a cell has brought its session."""
    if isinstance(outcome, Died):
        return SessionState.CLOSED if outcome.closed else SessionState.STARTING
    return SessionState.IDLE
