"""The same code on many cases at once, each in a branch of its own."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, ClosedError
from ramet.model.branch import Case
from ramet.model.cell import Result
from ramet.model.outcome import NotRun, Running
from ramet.session.arguments import check_code

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from ramet.session.session import LiveSession

#: Making a branch is tried so often and with such a pause: the checkpoint may just be taking the place of a process
#: that died, and leave a copy behind.
_TRIES = 5
_PAUSE_S = 0.1


async def run_cases(
    code: str,
    cases: Sequence[Mapping[str, object]],
    branch: Callable[[int], Awaitable[LiveSession]],
    *,
    workers: int,
    deadline_s: float | None,
    on_done: Callable[[Case], None] | None,
) -> tuple[Case, ...]:
    """Run `code` on each case in the session that `branch(number)` makes for it, `workers` at a time.

    The cases come back in their order. One that fails, or whose branch cannot be made, does not stop the others; what
    `on_done` raises does.
    """
    check_code(code)
    done: dict[int, Case] = {}
    waiting = iter(enumerate(cases))

    async def work() -> None:
        for number, variables in waiting:
            result = await _run(code, variables, partial(branch, number), deadline_s)
            done[number] = Case(variables=variables, result=result)
            if on_done is not None:
                on_done(done[number])

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(workers, len(cases))):
                group.create_task(work())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return tuple(done[number] for number in range(len(cases)))


async def _run(
    code: str,
    variables: Mapping[str, object],
    branch: Callable[[], Awaitable[LiveSession]],
    deadline_s: float | None,
) -> Result:
    try:
        session = await _branched(branch)
    except (BrokenError, ClosedError) as error:
        return Result(code=code, outcome=NotRun(reason=f"no branch could be made: {error}"))
    try:
        execution = await session.submit(code, given=variables, deadline_s=deadline_s, pickled=True)
        result = await execution.wait()
        while isinstance(result.outcome, Running):
            await session.answer(None)  # nobody is there to answer: end of file
            result = await execution.wait()
        return result
    finally:
        await session.close()


async def _branched(branch: Callable[[], Awaitable[LiveSession]]) -> LiveSession:
    for _ in range(_TRIES - 1):
        try:
            return await branch()
        except BrokenError:
            await asyncio.sleep(_PAUSE_S)
    return await branch()
