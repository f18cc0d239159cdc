"""What is known of one cell, as it grows. The session writes it; executions read it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ramet.model.cell import Result
from ramet.model.event import Ended, Event, InputRequested
from ramet.model.outcome import Outcome, Running
from ramet.session.events import Events

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from ramet.journal.entry import Queued, Submitted
    from ramet.model.output import Text
    from ramet.session.recollection import PastCell


class CellRecord:
    """One cell from its submission on. `request` is its number among the session's submissions.

    `given` is a pickled dict of variables to set first, and `key` a word of the caller's for the submission.
    """

    def __init__(
        self,
        code: str,
        request: int,
        deadline_s: float | None,
        given: bytes | None = None,
        *,
        wants_value: bool = False,
        key: str = "",
    ) -> None:
        self.code = code
        self.key = key
        self.request = request
        self.deadline_s = deadline_s
        self.given, self.wants_value = given, wants_value
        #: Whether there were variables to set, which its former owner has taken along.
        self.robbed = False
        self.pickled: bytes | None = None
        self.cell: int | None = None
        #: What it asks at this moment.
        self.asked: InputRequested | None = None
        #: Why it was sent an interrupt.
        self.interrupted = ""
        #: Whether it has another owner.
        self.left = False
        self.events = Events()
        #: The position in them after which the cell itself begins: late output of the time before stands first.
        self.late = 0
        #: Called after each of them.
        self.on_grown: Callable[[], None] = _nobody_follows
        self._notes: list[str] = []
        self._began: float | None = None
        self._result: Result | None = None
        self._ended = asyncio.Event()
        self._stands_still = asyncio.Event()
        self._watchers: list[asyncio.Future[None]] = []

    @property
    def done(self) -> bool:
        """Whether the cell has ended."""
        return self._result is not None

    @property
    def result(self) -> Result:
        """The cell as it stands now; its outcome is `Running` until it has ended."""
        if self._result is not None:
            return self._result
        running = Running(
            begun=self._began is not None,
            prompt=self.asked.prompt if self.asked else None,
            password=self.asked.password if self.asked else False,
            interrupted=self.interrupted,
        )
        return self._snapshot(running, self._elapsed())

    def since(self, position: int) -> tuple[Result, int]:
        """The cell as it stands now, with what it showed from `position` on, and the position after that."""
        outputs, position = self.events.outputs_after(position)
        return replace(self.result, outputs=outputs), position

    def begin(self, late: Collection[Text], notes: Iterable[str]) -> None:
        """It is handed to the process; `late` and `notes` have gathered since the last cell."""
        self._began = time.perf_counter()
        self._notes += notes
        self.late = sum(len(text.text) for text in late)
        for text in late:
            self.add(text)

    def add(self, event: Event) -> None:
        """Something happened."""
        self.events.append(event)
        self._wake()

    def note(self, text: str) -> None:
        """The reader should know `text`."""
        if text not in self._notes:
            self._notes.append(text)

    def concluded(self, outcome: Outcome, seconds: float | None = None) -> Result:
        """The cell as it is with that outcome, after `seconds` by the process's own clock if that told."""
        return self._snapshot(outcome, self._elapsed() if seconds is None else seconds)

    def end(self, result: Result) -> None:
        """It is over: tell who waits."""
        if self._result is None:
            self._result = result
            self.asked = None
            self._ended.set()
            self._stands_still.set()
            self.add(Ended(result=result))

    def ask(self, asked: InputRequested | None) -> None:
        """It waits for input from here on, or (None) it does not any more."""
        self.asked = asked
        if asked is not None:
            self._stands_still.set()
        elif self._result is None:
            self._stands_still.clear()

    def leave(self) -> None:
        """It goes on with another owner: who waits for it here need not wait any longer."""
        self.left = True
        self._ended.set()
        self._stands_still.set()
        self._wake()

    def back_to_queue(self) -> None:
        """It was handed to a process that died before taking it."""
        self._began = None
        self.interrupted = ""

    async def stand_still(self) -> None:
        """Wait until it has ended or asks for input."""
        await self._stands_still.wait()

    async def ended(self) -> None:
        """Wait for the end."""
        await self._ended.wait()

    async def grown(self) -> None:
        """Wait for the next event."""
        watcher: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watchers.append(watcher)
        await watcher

    def recall(self, past: PastCell) -> None:
        """Be as another owner has left the cell."""
        self.begin((), [*told_of(past.late), *past.notes])
        self._began = time.perf_counter() - max(0.0, time.time() - past.submitted.at)
        self.cell = past.began.cell if past.began is not None else None
        for event in past.events:
            self.add(event)
        finished = past.finished
        if finished is not None:
            self._notes = list(finished.notes)
            self.end(self._snapshot(finished.outcome, finished.seconds))
        elif past.asked is not None:
            self.ask(past.asked.request)

    def _wake(self) -> None:
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)
        self.on_grown()

    def _elapsed(self) -> float:
        return time.perf_counter() - self._began if self._began is not None else 0.0

    def _snapshot(self, outcome: Outcome | Running, seconds: float) -> Result:
        return Result(
            code=self.code,
            cell=self.cell,
            outcome=outcome,
            outputs=self.events.outputs,
            seconds=seconds,
            notes=tuple(self._notes),
            pickled=self.pickled,
        )


def _nobody_follows() -> None:
    """The session's chronicle has not come to it."""


def recorded(entry: Submitted | Queued) -> CellRecord:
    """A cell as it was handed in."""
    record = CellRecord(entry.code, entry.request, entry.deadline_s, wants_value=entry.value, key=entry.key)
    record.robbed = entry.given
    return record


def recalled(past: PastCell) -> CellRecord:
    """A cell that another owner has handed in."""
    record = recorded(past.submitted)
    record.recall(past)
    return record


def told_of(late: Collection[Text]) -> list[str]:
    """The note on output that came before a cell began, if there was any."""
    if not late:
        return []
    lines = max(1, sum(text.text.count("\n") for text in late))
    what = "line" if lines == 1 else f"{lines:,} lines"
    return [f"the first {what} came from background work before this cell began"]
