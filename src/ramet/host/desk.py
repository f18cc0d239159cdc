"""Calls in, values out: what a host does, whoever asks and however the asking came."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakValueDictionary

from ramet.errors import BusyError, InvalidError
from ramet.host.executions import Executions
from ramet.host.given import variables
from ramet.model.session import SessionState
from ramet.model.status import Seen, SessionStatus, Started
from ramet.wire import calls

if TYPE_CHECKING:
    from ramet.manager.manager import AsyncManager
    from ramet.manager.session import AsyncSession
    from ramet.model.branch import Tree
    from ramet.session.execution import AsyncExecution


class Desk:
    """Answers calls with the sessions of `manager`."""

    def __init__(self, manager: AsyncManager) -> None:
        self._manager = manager
        self._executions: WeakKeyDictionary[AsyncSession, Executions] = WeakKeyDictionary()
        self._starting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all open sessions."""
        return tuple(session.name for session in self._manager.list())

    def sessions(self) -> tuple[SessionStatus, ...]:
        """All open sessions, oldest first."""
        return tuple(self.status(session) for session in self._manager.list())

    def tree(self) -> tuple[Tree, ...]:
        """All open sessions, each below the one that it is a branch of."""
        return self._manager.tree()

    def session(self, name: str) -> AsyncSession:
        """The session called `name`; raises as `AsyncManager.get`."""
        return self._manager.get(name)

    async def start(self, call: calls.Start) -> SessionStatus:
        """Start a session; errors as for `AsyncManager.start`."""
        if call.name is None:
            return self.status(await self._started(call))
        async with self._turn(call.name):
            there = call.or_get and call.name in self.names
            session = self._manager.get(call.name) if there else await self._started(call)
        return self.status(session)

    async def answer(self, name: str, call: calls.Call) -> object:
        """What the session called `name` answers to `call`; errors as for the method of the call's name."""
        async with self._turn(name):  # who comes while the session is being started waits until it is up
            session = self._manager.get(name)
        match call:
            case calls.Run():
                return await self._run(session, call)
            case calls.Submit():
                return Started(execution=(await self._submit(session, call)).number)
            case calls.Wait():
                execution = self.execution(session, call.execution)
                return await execution.wait(call.wait_s, through_input=call.through_input)
            case calls.Since():
                result, position = await self.execution(session, call.execution).since(call.position)
                return Seen(result=result, position=position)
            case calls.Map():
                cases = [variables(case) for case in call.cases]
                return await session.map(call.code, cases, workers=call.workers, deadline_s=call.deadline_s)
            case calls.Branch():
                return self.status(await self._manager.branch(name, call.name, at=call.at))
            case calls.Status():
                return self.status(session)
            case calls.Close():
                await self._manager.close_session(name)
                return None
            case _:
                return await _change(session, call) if isinstance(call, _CHANGES) else await _look(session, call)

    def execution(self, session: AsyncSession, number: int | None) -> AsyncExecution:
        """An execution of `session` by its number; if that is None, the one that was begun last.

        Raises:
            InvalidError: there is none, or it ended long ago.
        """
        last = session.last
        if last is not None and number in (None, last.number):
            return last
        if number is None:
            raise InvalidError(f"session {session.name!r} has run no cell yet", hint="run one")
        return self._of(session).find(number)

    def status(self, session: AsyncSession) -> SessionStatus:
        """`session` at this moment."""
        running, last = session.running, session.last
        return SessionStatus(
            name=session.name,
            state=session.state,
            next_cell=session.next_cell,
            idle_s=session.idle_s,
            options=session.options,
            info=None if session.state is SessionState.STARTING else session.info,
            origin=session.origin,
            names=session.names,
            late=session.late,
            checkpoints=session.checkpoints,
            running=running.number if running is not None else None,
            last=last.number if last is not None else None,
        )

    def _turn(self, name: str) -> asyncio.Lock:
        """Held while a session of that name is being started."""
        return self._starting.setdefault(name, asyncio.Lock())

    async def _started(self, call: calls.Start) -> AsyncSession:
        return await self._manager.start(
            call.name,
            shell=call.shell,
            python=call.python,
            cwd=call.cwd,
            env=_environ(call),
            preload=call.preload,
            checkpoints=call.checkpoints,
            limit_bytes=call.limit_bytes,
            checkpoints_limit_bytes=call.checkpoints_limit_bytes,
            max_processes=call.max_processes,
        )

    async def _run(self, session: AsyncSession, call: calls.Run) -> object:
        if session.state is SessionState.WAITING_INPUT and not self._of(session).knows(call.key):
            raise BusyError(f"a cell of session {session.name!r} waits for input", hint="answer it, or interrupt it")
        return await (await self._submit(session, call)).wait(call.wait_s)

    async def _submit(self, session: AsyncSession, call: calls.Run | calls.Submit) -> AsyncExecution:
        given = None if call.given is None else variables(call.given)
        return await self._of(session).submitted(
            call.key,
            call.code,
            lambda: session.submit(
                call.code, given=given, deadline_s=call.deadline_s, when_busy=call.when_busy, pickled=call.pickled
            ),
        )

    def _of(self, session: AsyncSession) -> Executions:
        return self._executions.setdefault(session, Executions())


_CHANGES = (calls.Answer, calls.Interrupt, calls.Undo, calls.Redo, calls.Restart)


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
        case calls.History(first=first, last=last):
            return await session.history(first, last)
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


def _environ(call: calls.Start) -> dict[str, str | None]:
    """What to change of this process's environment, so that the session has that of who asked."""
    if call.environ is None:
        return dict(call.env)
    return {**{name: None for name in os.environ if name not in call.environ}, **call.environ, **call.env}
