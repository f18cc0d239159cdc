"""A cell that was submitted: follow it, wait for it, or leave it be."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from ramet.model.event import Ended, Event
from ramet.session.arguments import check_seconds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ramet.model.cell import Result
    from ramet.session.record import CellRecord


class AsyncExecution:
    """One cell, from its submission to its end. Sessions make these; iterate to see events as they happen."""

    def __init__(self, record: CellRecord) -> None:
        self._record = record

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of cell {self.cell}: {self.result.outcome}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AsyncExecution) and other._record is self._record

    def __hash__(self) -> int:
        return hash(self._record)

    @property
    def code(self) -> str:
        """The code as it was given."""
        return self._record.code

    @property
    def number(self) -> int:
        """Its number among the session's submissions, which no other one has."""
        return self._record.request

    @property
    def cell(self) -> int | None:
        """The cell's number, None until it has begun."""
        return self._record.cell

    @property
    def done(self) -> bool:
        """Whether the cell has ended."""
        return self._record.done

    @property
    def result(self) -> Result:
        """The cell as it stands now; its outcome is `Running` until it has ended."""
        return self._record.result

    async def since(self, position: int = 0) -> tuple[Result, int]:
        """The cell as it stands now with only what it showed from `position` on, and the position to go on from.

        0 is the beginning. So a reader who comes again gets nothing twice; of a cell that showed very much, an
        `Omitted` stands for what is not kept any more.
        """
        return self._record.since(position)

    async def wait(self, wait_s: float | None = None, *, through_input: bool = False) -> Result:
        """Wait for the end and return the result.

        The waiting also ends after `wait_s` seconds, and when the code asks for input, for the answer may be yours to
        give; `through_input` waits on, because somebody else answers. It does nothing to the code: the result's outcome
        is then `Running`, and one may wait again.

        Raises:
            InvalidError: `wait_s` is negative.
        """
        check_seconds("wait_s", wait_s)
        if not self._record.done:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await (self._record.ended() if through_input else self._record.stand_still())
        return self._record.result

    async def after(self, position: int) -> tuple[tuple[Event, ...], int]:
        """The next events from `position` (0 is the first) on, one at least, and the position after them.

        After the last one there are none. Who was left behind gets an `Omitted` as iterating tells.
        """
        while True:
            events, end = self._record.events.after(position)
            if events or self._record.done:
                return events, end
            await self._record.grown()

    def __aiter__(self) -> AsyncIterator[Event]:
        """All events from the first one on, whenever one begins to look; the last is `Ended`.

        Of a cell that showed very much, who comes late or falls behind gets the first and the last of it, and between
        them an `Omitted`.
        """
        return self._follow()

    async def _follow(self) -> AsyncIterator[Event]:
        position = 0
        while True:
            events, position = await self.after(position)
            for event in events:
                yield event
                if isinstance(event, Ended):
                    return
            if not events and self._record.left:
                return
            if not events:
                await self._record.grown()
