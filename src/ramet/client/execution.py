"""A cell that was submitted to a host."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from ramet.client.exchange import Request
from ramet.model.event import Ended
from ramet.model.outcome import Running
from ramet.wire.calls import Since, Wait
from ramet.wire.values import decoded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ramet.client.session import AsyncRemoteSession
    from ramet.model.cell import Result
    from ramet.model.event import Event
    from ramet.model.status import Seen


class AsyncRemoteExecution:
    """One cell of a host's session, from its submission to its end; iterate to see events as they happen.

    `cell`, `done` and `result` are as of the last `wait`.
    """

    def __init__(self, session: AsyncRemoteSession, number: int, result: Result) -> None:
        self._session = session
        self._number = number
        self._result = result

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of cell {self.cell}: {self.result.outcome}>"

    @property
    def code(self) -> str:
        """The code as it was given."""
        return self._result.code

    @property
    def number(self) -> int:
        """Its number among the session's submissions, which no other one has."""
        return self._number

    @property
    def cell(self) -> int | None:
        """The cell's number, None until it has begun."""
        return self._result.cell

    @property
    def done(self) -> bool:
        """Whether the cell has ended."""
        return not isinstance(self._result.outcome, Running)

    @property
    def result(self) -> Result:
        """The cell as it stands now; its outcome is `Running` until it has ended."""
        return self._result

    async def refresh(self) -> None:
        """Ask how the cell stands now."""
        if not self.done:
            await self.wait(0)

    async def since(self, position: int = 0) -> tuple[Result, int]:
        """The cell as it stands now with only what it showed from `position` on, and the position to go on from.

        0 is the beginning. So a reader who comes again gets nothing twice; of a cell that showed very much, an
        `Omitted` stands for what is not kept any more.

        Raises:
            InvalidError: there is nothing of that execution.
        """
        call = Since(execution=self._number, position=position)
        seen = cast("Seen", await self._session.ask(call))
        return seen.result, seen.position

    async def wait(self, wait_s: float | None = None, *, through_input: bool = False) -> Result:
        """Wait for the end and return the result.

        The waiting also ends after `wait_s` seconds, and when the code asks for input, for the answer may be yours to
        give; `through_input` waits on, because somebody else answers. It does nothing to the code: the result's outcome
        is then `Running`, and one may wait again.

        Raises:
            InvalidError: `wait_s` is negative; or there is nothing of that execution.
        """
        if not self.done:
            call = Wait(execution=self._number, wait_s=wait_s, through_input=through_input)
            self._result = cast("Result", await self._session.ask(call))
        return self._result

    def __aiter__(self) -> AsyncIterator[Event]:
        """All events from the first one on, whenever one begins to look; the last is `Ended`.

        Of a cell that showed very much, who comes late or falls behind gets the first and the last of it, and between
        them an `Omitted`. If the host goes away, the next one goes on with what comes after.
        """
        return self._follow()

    async def _follow(self) -> AsyncIterator[Event]:
        path = f"{self._session.path}/executions/{self._number}/events"
        request = Request(method="GET", path=path, repeatable=True)
        async with aclosing(self._session.channel.events(request)) as stream:
            async for _number, data in stream:
                event = self._event(data)
                yield event
                if isinstance(event, Ended):
                    return

    def _event(self, data: dict[str, Any]) -> Event:
        event = cast("Event", decoded(data))
        if isinstance(event, Ended):
            self._result = event.result
        return event
