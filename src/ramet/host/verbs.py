"""The verbs on a session: each is the method of that name, with the arguments that a call brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ramet.errors import InvalidError
from ramet.host.given import variables
from ramet.model.status import Seen, Started
from ramet.wire import calls

if TYPE_CHECKING:
    from ramet.manager.session import AsyncSession
    from ramet.session.execution import AsyncExecution

_RUNS = (calls.Run, calls.Submit, calls.Wait, calls.Since, calls.Map)
_CHANGES = (calls.Answer, calls.Interrupt, calls.Undo, calls.Redo, calls.Restart)


async def perform(session: AsyncSession, call: calls.Call) -> object:
    """What `session` answers to `call`; errors as for its method of the call's name."""
    if isinstance(call, _RUNS):
        return await _run(session, call)
    return await _change(session, call) if isinstance(call, _CHANGES) else await _look(session, call)


def execution_of(session: AsyncSession, number: int | None) -> AsyncExecution:
    """An execution of `session` by its number; if that is None, the one that was begun last.

    Raises:
        InvalidError: there is none.
    """
    if number is not None:
        return session.execution(number)
    if session.last is None:
        raise InvalidError(f"session {session.name!r} has run no cell yet", hint="run one")
    return session.last


async def _run(session: AsyncSession, call: calls.Call) -> object:
    match call:
        case calls.Run():
            return await session.run(call.code, wait_s=call.wait_s, **_how(call))
        case calls.Submit():
            return Started(execution=(await session.submit(call.code, **_how(call))).number)
        case calls.Wait():
            return await execution_of(session, call.execution).wait(call.wait_s, through_input=call.through_input)
        case calls.Since():
            result, position = await execution_of(session, call.execution).since(call.position)
            return Seen(result=result, position=position)
        case calls.Map():
            cases = [variables(case) for case in call.cases]
            return await session.map(call.code, cases, workers=call.workers, deadline_s=call.deadline_s)
    raise AssertionError(call)


async def _change(session: AsyncSession, call: calls.Call) -> object:
    match call:
        case calls.Answer(text=text):
            await session.answer(text)
            return None
        case calls.Interrupt(force=force, wait_s=wait_s):
            return await session.interrupt(force=force, wait_s=wait_s)
        case calls.Undo(cells=cells, to=to):
            return await session.undo(cells, to=to)
        case calls.Redo():
            return await session.redo()
        case calls.Restart():
            return await session.restart()
    raise AssertionError(call)


async def _look(session: AsyncSession, call: calls.Call) -> object:
    match call:
        case calls.Variables(pattern=pattern, types=types, limit=limit, wait_s=wait_s):
            return await session.variables(pattern, types=types, limit=limit, wait_s=wait_s)
        case calls.Inspect(expression=expression, wait_s=wait_s):
            return await session.inspect(expression, wait_s=wait_s)
        case calls.Complete(code=code, cursor=cursor, wait_s=wait_s):
            return await session.complete(code, cursor, wait_s=wait_s)
        case calls.Cell(handle=handle):
            return await session.cell(handle)
        case calls.History(first=first, last=last, outputs=outputs):
            return await session.history(first, last, outputs=outputs)
        case calls.Lines(handle=handle, first=first, last=last):
            return await session.lines(handle, first, last)
        case calls.Search(pattern=pattern, handle=handle, limit=limit):
            return await session.search(pattern, handle, limit=limit)
        case calls.Brief(limit=limit):
            return await session.brief(limit)
        case calls.Memory():
            return await session.memory()
        case calls.Stack():
            return await session.stack()
    raise AssertionError(call)


def _how(call: calls.Run | calls.Submit) -> dict[str, Any]:
    """What `run` and `submit` are given besides the code."""
    return {
        "given": None if call.given is None else variables(call.given),
        "deadline_s": call.deadline_s,
        "when_busy": call.when_busy,
        "pickled": call.pickled,
        "key": call.key,
    }
