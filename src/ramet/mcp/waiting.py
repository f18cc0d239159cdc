"""Waiting for a cell on a client's behalf: how long, what is told meanwhile, what to do next."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.errors import InvalidError
from ramet.model.outcome import Running
from ramet.render.stack import place

if TYPE_CHECKING:
    from ramet.manager.session import AsyncSession
    from ramet.session.execution import AsyncExecution

#: Clients give up on a call after a minute, some of them; so no call lasts longer than this.
MOST_S = 55.0

#: How often a client that shows progress is told.
_TOLD_EVERY_S = 2.0

#: So long a cell may take to get its number, however short the patience is.
_BEGUN_S = 1.0

#: Where code is that has only just begun says nothing.
_NEW_S = 0.5

#: Tells a client how many seconds have passed, and what the code does.
Progress = Callable[[float, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a call may take: `until`, by the event loop's clock. `cut` if its client wanted it to take longer."""

    until: float
    cut: bool = False

    @classmethod
    def of(cls, wait_s: float) -> Patience:
        """From now on.

        Raises:
            InvalidError: `wait_s` is negative.
        """
        if wait_s < 0:
            raise InvalidError(f"wait_s={wait_s:g} is no time", hint="give 0 or more")
        return cls(until=asyncio.get_running_loop().time() + min(wait_s, MOST_S), cut=wait_s > MOST_S)


async def wait(session: AsyncSession, execution: AsyncExecution, patience: Patience, progress: Progress | None) -> None:
    """Wait until the cell has ended or asks for input, or patience is at its end. The cell goes on then.

    `progress` is told every two seconds, if it is given.
    """
    clock = asyncio.get_running_loop().time
    while not still(execution) and (left := patience.until - clock()) > 0:
        result = await execution.wait(left if progress is None else min(left, _TOLD_EVERY_S))
        if progress is not None and not still(execution):
            await progress(result.seconds, await whereabouts(session, execution))
    until = clock() + _BEGUN_S
    while execution.cell is None and not execution.done and clock() < until:  # what has no number cannot be asked for
        await execution.wait(0.01)


def still(execution: AsyncExecution) -> bool:
    """Whether nothing will happen in the cell by itself: it has ended, or asks for input."""
    outcome = execution.result.outcome
    return not isinstance(outcome, Running) or outcome.prompt is not None


async def whereabouts(session: AsyncSession, execution: AsyncExecution) -> str:
    """What the cell does at this moment: `cell 3, line 2: fit(x)`; empty if that cannot be told."""
    there = place(await session.stack())
    if there is None:
        return ""
    if there.cell == execution.cell:
        return there.told(execution.code)
    try:
        return there.told((await session.cell(there.cell)).result.code)
    except InvalidError:
        return there.told("")


async def next_step(session: AsyncSession, execution: AsyncExecution, patience: Patience | None = None) -> str:
    """What a reader of an unfinished cell needs besides its reply: where it is, and which calls can follow."""
    name = json.dumps(session.name)
    match execution.result.outcome:
        case Running(prompt=str(prompt)):
            leave = '; "c" goes on, "q" leaves the debugger' if "pdb" in prompt.lower() else ""
            return f'to answer: answer(text="...", session={name}){leave}'
        case Running(begun=True):
            new = execution.result.seconds < _NEW_S
            where = "" if new else await whereabouts(session, execution)
            now = f"now at {where}\n" if where else ""
            most = f"a call waits {MOST_S:g} s at most; " if patience is not None and patience.cut else ""
            return f"{now}{most}to go on waiting: wait(session={name}); to stop it: interrupt(session={name})"
    return ""
