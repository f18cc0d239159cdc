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
    from collections.abc import Iterable

    from ramet.model.output import Text


class CellRecord:
    """One cell from its submission on. `request` is its number among the session's submissions.

    `given` is a pickled dict of variables to set first.
    """

    def __init__(
        self,
        code: str,
        request: int,
        deadline_s: float | None,
        given: bytes | None = None,
        *,
        wants_value: bool = False,
    ) -> None:
        self.code = code
        self.request = request
        self.deadline_s = deadline_s
        self.given, self.wants_value = given, wants_value
        self.pickled: bytes | None = None
        self.cell: int | None = None
        #: What it asks at this moment.
        self.asked: InputRequested | None = None
        #: Why it was sent an interrupt.
        self.interrupted = ""
        self.events = Events()
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

    def begin(self, late: Iterable[Text], notes: Iterable[str]) -> None:
        """It is handed to the process; `late` and `notes` have gathered since the last cell."""
        self._began = time.perf_counter()
        self._notes += notes
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

    def _wake(self) -> None:
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)

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
