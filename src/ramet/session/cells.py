"""The cells of a session: those that wait, the one that runs, and what they left behind.

Pure bookkeeping: reports go in, records grow, and the session's state moves as the table allows. Nothing here waits.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ramet.errors import InternalError
from ramet.journal.entry import Answered, Asking, Finished, NeverRan, Stands
from ramet.model.event import Event, Note, StateChanged
from ramet.model.outcome import Died, Interrupted, NotRun, Outcome, Raised
from ramet.model.output import Clear, Display, Text
from ramet.model.report import Asked, Began, Done, Gone, Report, Traceback, Value
from ramet.model.session import TRANSITIONS, SessionState, Signal
from ramet.session.chronicle import Chronicle
from ramet.session.record import CellRecord, recalled, recorded, told_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet.session.recollection import Recollection
    from ramet.session.scribe import Scribe
    from ramet.session.timeline import Moment

_LOST_VARIABLES = "the owner of the session ended, and with it the variables that were given to the cell"

_UNHEARD = "how it ended is not known, because its owner was killed while nothing could be written down"


class Cells:
    """`on_end` is called whenever the running cell has ended. All that happens is given to `scribe` first."""

    def __init__(self, on_end: Callable[[], None], scribe: Scribe) -> None:
        self._scribe = scribe
        self.state = SessionState.STARTING
        self.running: CellRecord | None = None
        self.next_cell = 1
        #: The input request that waits for its answer.
        self.asked: Asked | None = None
        #: The cell that was begun last.
        self.last: CellRecord | None = None
        self.names: dict[str, int] = {}
        self.late: list[Text] = []
        #: For who follows the session.
        self.chronicle = Chronicle()
        #: Those that another owner has left and that somebody may still ask for.
        self.left: list[CellRecord] = []
        self._on_end = on_end
        self._notes: list[str] = []
        self._waiting: deque[CellRecord] = deque()
        self._traceback: str | None = None
        self._requests = 0

    @property
    def busy(self) -> bool:
        """Whether a cell runs or waits."""
        return self.running is not None or bool(self._waiting)

    @property
    def settled(self) -> bool:
        """Whether nothing is kept in mind that is not written down yet."""
        return self._traceback is None and (self.running is None or self.running.pickled is None)

    def resume(self, past: Recollection) -> None:
        """Be as another owner has left us, in the state that this is."""
        self.names, self.next_cell = dict(past.names), past.next_cell
        self.late, self._notes = list(past.late), list(past.notes)
        if past.last is not None:
            self.last = recalled(past.last)
            if self.last.cell is not None:
                self.chronicle.begin(self.last)
        for event in past.between:
            self.chronicle.add(event)
        self._requests = past.last_request
        self.left = [recorded(queued) for queued in past.waiting.values()]
        for record in self.left:
            if record.robbed:
                self._never_run(record, _LOST_VARIABLES)
            else:
                self._waiting.append(record)
        self.left += [self.last] if self.last is not None else []
        running = past.running
        if running is None:
            return
        self.move(Signal.BEGAN)
        if running.asked is not None:
            self.asked = running.asked
            self.move(Signal.ASKED)
        self.running = self.last  # now, because its events have all that

    def leave(self) -> None:
        """Nobody here will hear of the cells any more, which go on."""
        for record in [self.running, *self._waiting]:
            if record is not None:
                record.leave()
        self.chronicle.close()

    def hand_back(self) -> None:
        """The running cell never reached the process: it is the next one to be run."""
        assert self.running is not None
        if self.running.robbed:
            self.move(Signal.ENDED)
            self.end(NotRun(reason=_LOST_VARIABLES))
            return
        record, self.running = self.running, None
        self.move(Signal.ENDED)
        record.back_to_queue()
        self._waiting.appendleft(record)

    def end_unheard(self) -> None:
        """The running cell has ended, and what its process said of that is lost."""
        self.move(Signal.ENDED)
        self.end(Interrupted(reason=_UNHEARD))

    def move(self, signal: Signal) -> None:
        """Go to the next state and tell whoever follows the running cell."""
        try:
            state = TRANSITIONS[self.state][signal]
        except KeyError:
            raise InternalError(f"{signal.name} cannot happen to a session that is {self.state.name}") from None
        if state is not self.state:
            self.state = state
            self.tell(StateChanged(state=state))

    def add(
        self, code: str, deadline_s: float | None, given: bytes | None = None, *, value: bool = False, key: str = ""
    ) -> CellRecord:
        """Put `code` at the end of the queue; the rest as for `CellRecord`."""
        self._requests = max(self._requests, self._scribe.last_request) + 1
        record = CellRecord(code, self._requests, deadline_s, given, wants_value=value, key=key)
        self._waiting.append(record)
        return record

    def begin_next(self) -> CellRecord | None:
        """Make the next waiting cell the running one, if the session is idle and one waits."""
        if self.state is not SessionState.IDLE or not self._waiting:
            return None
        self.running = self.last = self._waiting.popleft()
        late, self.late = self.late, []
        notes, self._notes = self._notes, []
        notes += told_of(late)
        self.running.begin(late, notes)
        self.move(Signal.BEGAN)
        return self.running

    def tell(self, event: Event) -> None:
        """Whoever follows the running cell shall know of it; if there is none, whoever follows the session."""
        if self.running is not None:
            self.running.add(event)
        else:
            self.chronicle.add(event)

    def interrupted(self, reason: str) -> None:
        """The running cell is being sent an interrupt."""
        if self.running is not None:
            self.running.interrupted = reason

    def note(self, text: str) -> None:
        """Tell the reader of the running cell, or else of the next one."""
        if self.running is not None:
            self.running.note(text)
            note = Note(text=text)
            self._scribe.write(note)
            self.tell(note)
        elif text not in self._notes:
            self._notes.append(text)
            self._scribe.write_lasting(Note(text=text))
            self.tell(Note(text=text))

    def lose(self, gone: Gone) -> None:
        """The process is gone and its variables with it: the running cell died of it."""
        self._died(gone, lost=tuple(sorted(self.names)))
        self.names.clear()

    def restore(self, gone: Gone, moment: Moment) -> None:
        """The process is gone, and the session stands at `moment` again."""
        lost = tuple(sorted(self.names.keys() - moment.names.keys()))
        back_to = moment.checkpoint.cell
        present = self.running.cell if self.running is not None and self.running.cell else self.next_cell
        missing = moment.checkpoint.missing
        self._died(gone, lost=lost, back_to=back_to, undone=tuple(range(back_to, present)), missing=missing)
        self.stand(moment)

    def stand(self, moment: Moment) -> None:
        """The session is what it was at `moment`."""
        self.names = dict(moment.names)
        self.next_cell = moment.checkpoint.cell
        self._scribe.write(Stands(cell=self.next_cell))

    def _died(self, gone: Gone, **fields: Any) -> None:
        died = Died(signal=gone.signal, exit_status=gone.exit_status, reason=gone.reason, stack=gone.stack, **fields)
        self.move(Signal.DIED)
        if self.running is not None and self.running.cell is not None:
            self.end(died)
            return
        if self.running is not None:
            # The process died before it took the cell: no code ran, so it waits for the next process.
            self.running.back_to_queue()
            self._waiting.appendleft(self.running)
            self.running = None
            self._on_end()
        if died.lost or died.undone or died.missing or died.back_to is None:
            self.note(f"before this cell, {died}")

    def end(self, outcome: Outcome, done: Done | None = None) -> None:
        """The running cell is over, as the process has told if it was `done`."""
        record, self.running = self.running, None
        reason = record.interrupted if record is not None else ""
        self.asked = None
        if isinstance(outcome, Interrupted) and reason:
            outcome = replace(outcome, reason=reason)
        elif reason and record is not None and not (isinstance(outcome, Died) and outcome.reason):
            record.note(f"it was sent an interrupt ({reason}) and came to its own end")
        if record is not None:
            record.ask(None)
            self._conclude(record, outcome, done)
            self._on_end()

    def _conclude(self, record: CellRecord, outcome: Outcome, done: Done | None) -> None:
        result = record.concluded(outcome, done.seconds if done is not None else None)
        self._scribe.write(
            Finished(
                request=record.request,
                outcome=outcome,
                seconds=result.seconds,
                at=time.time(),
                notes=result.notes,
                came=done.came if done is not None else (),
                went=done.went if done is not None else (),
            )
        )
        record.end(result)

    def drop_waiting(self, reason: str) -> None:
        """No cell that waits will run."""
        waiting = [*self._waiting]
        self._waiting.clear()
        for record in waiting:
            self._never_run(record, reason)

    def _never_run(self, record: CellRecord, reason: str) -> None:
        never = NeverRan(request=record.request, code=record.code, reason=reason, at=time.time())
        self._scribe.write(never)
        record.end(record.concluded(NotRun(reason=reason)))

    def answered(self, text: str | None) -> int:
        """The waiting input request gets its answer now: return its number. A terminal would have shown both."""
        asked, self.asked = self.asked, None
        assert asked is not None
        self.move(Signal.ANSWERED)
        password = asked.request.password
        self._scribe.write(Answered(text="" if password else text, password=password))
        if self.running is not None:
            self.running.ask(None)
            shown = "" if text is None or password else text
            self._show(Text(text=f"{asked.request.prompt}{shown}\n"))
        return asked.ask

    def take(self, report: Report) -> None:
        """A report of the process that is about cells. Its end, `Gone`, is not: see `lose`."""
        if self._traceback is not None:
            self._settle_traceback(report)
        match report:
            case Text() | Display() | Clear():
                self._show(report)
            case Traceback(text=text):
                self._traceback = text
            case Began(request=request, cell=cell):
                self._scribe.write(report)
                self.next_cell = cell + 1
                if self.running is not None and self.running.request == request:
                    self.running.cell = cell
                    self.chronicle.begin(self.running)
            case Asked():
                self._asked(report)
            case Note(text=text):
                self.note(text)
            case Value():
                self._take_value(report)
            case Done():
                self._done(report)

    def _settle_traceback(self, report: Report) -> None:
        """A traceback that the cell ends with is its outcome's; any other is text."""
        text, self._traceback = self._traceback or "", None
        outcome = report.outcome if isinstance(report, Done) else None
        if not isinstance(outcome, (Raised, Interrupted)) or outcome.traceback != text:
            self._show(Text(text=text if text.endswith("\n") else f"{text}\n"))

    def _show(self, output: Text | Display | Clear) -> None:
        if self.running is not None:
            self._scribe.write(output)
            self.running.add(output)
        elif isinstance(output, Text):
            self._show_late(replace(output, late=True))
        elif isinstance(output, Display) and output.value.text:
            self._show_late(Text(text=f"{output.value.text}\n", late=True))

    def _show_late(self, text: Text) -> None:
        self._scribe.write(text)
        self.late.append(text)
        self.tell(text)

    def _asked(self, asked: Asked) -> None:
        if self.running is None:
            return
        self.asked = asked
        self._scribe.write(asked.request)
        self._scribe.write_lasting(Asking(ask=asked.ask))
        self.running.ask(asked.request)
        self.move(Signal.ASKED)
        self.tell(asked.request)

    def _take_value(self, value: Value) -> None:
        if self.running is not None and self.running.request == value.request:
            self.running.pickled = value.pickled
            if value.problem:
                self.note(f"the value of this cell cannot be pickled: {value.problem}")

    def _done(self, done: Done) -> None:
        if self.running is None or self.running.request != done.request:
            return
        for name in done.went:
            self.names.pop(name, None)
        cell = self.running.cell or 0
        self.names.update((name, cell) for name in done.came)
        if done.note:
            self.note(done.note)
        self.move(Signal.ENDED)
        self.end(done.outcome, done)
