"""Calls in, values out: what a host does, whoever asks and however the asking came."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from ramet.errors import InvalidError
from ramet.host.given import variables
from ramet.model.options import environment_changes
from ramet.model.session import SessionState
from ramet.model.status import Seen, SessionStatus, Started, Unadopted
from ramet.projects import MAIN, main_of
from ramet.wire import calls

if TYPE_CHECKING:
    from pathlib import Path

    from ramet.manager.manager import AsyncManager
    from ramet.manager.session import AsyncSession
    from ramet.model.branch import Tree
    from ramet.session.execution import AsyncExecution


class Desk:
    """Answers calls with the sessions of `manager`."""

    def __init__(self, manager: AsyncManager) -> None:
        self._manager = manager
        self._starting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all open sessions."""
        return tuple(session.name for session in self._manager.list())

    def sessions(self) -> tuple[SessionStatus, ...]:
        """All open sessions, oldest first."""
        return tuple(self.status(session) for session in self._manager.list())

    def unadopted(self) -> tuple[Unadopted, ...]:
        """The sessions that could not be gone on with."""
        return tuple(
            Unadopted(name=name, code=error.code, reason=error.message, hint=error.hint)
            for name, error in self._manager.unadopted().items()
        )

    async def close(self, name: str) -> None:
        """End the session called `name`, also one that could not be gone on with; raises `UnknownSessionError`."""
        async with self._turn(name):
            await self._manager.close_session(name)

    def tree(self) -> tuple[Tree, ...]:
        """All open sessions, each below the one that it is a branch of."""
        return self._manager.tree()

    def session(self, name: str) -> AsyncSession:
        """The session called `name`; raises as `AsyncManager.get`."""
        return self._manager.get(name)

    def named(self, name: str, folder: Path | None) -> str:
        """The name of the session that is called `name` in `folder`: each project has a `main` of its own."""
        if name != MAIN or folder is None:
            return name
        return main_of(folder, {session.name: session.options.cwd for session in self._manager.list()})

    async def start(self, call: calls.Start, folder: Path | None = None) -> SessionStatus:
        """Start a session for who asks from `folder`; errors as for `AsyncManager.start`."""
        if call.name is None:
            return self.status(await self._started(call))
        name = self.named(call.name, folder)
        async with self._turn(name):
            if name == self.named(call.name, folder):
                there = call.or_get and name in self.names
                session = self._manager.get(name) if there else await self._started(replace(call, name=name))
                return self.status(session)
        return await self.start(call, folder)  # meanwhile another project took the name

    async def answer(self, name: str, call: calls.Call) -> object:
        """What the session called `name` answers to `call`; errors as for the method of the call's name."""
        async with self._turn(name):  # who comes while the session is being started waits until it is up
            session = self._manager.get(name)
        match call:
            case calls.Run():
                return await session.run(call.code, wait_s=call.wait_s, **_how(call))
            case calls.Submit():
                return Started(execution=(await session.submit(call.code, **_how(call))).number)
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
            InvalidError: there is none.
        """
        if number is not None:
            return session.execution(number)
        if session.last is None:
            raise InvalidError(f"session {session.name!r} has run no cell yet", hint="run one")
        return session.last

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


def _environ(call: calls.Start) -> dict[str, str | None]:
    """What to change of this process's environment, so that the session has that of who asked."""
    whole = {} if call.environ is None else environment_changes(call.environ)
    return {**whole, **call.env}
