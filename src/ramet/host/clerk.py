"""Calls in, values out: what a host does with its sessions, whoever asks and however the asking came."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from ramet.host.verbs import perform
from ramet.model.options import environment_changes
from ramet.model.session import SessionState
from ramet.model.status import SessionStatus, Unadopted
from ramet.projects import MAIN, main_of
from ramet.wire import calls

if TYPE_CHECKING:
    from pathlib import Path

    from ramet.manager.manager import AsyncManager
    from ramet.manager.session import AsyncSession
    from ramet.model.branch import Tree


class Clerk:
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
            case calls.Branch():
                return self.status(await self._manager.branch(name, call.name, at=call.at))
            case calls.Status():
                return self.status(session)
            case calls.Close():
                await self._manager.close_session(name)
                return None
            case _:
                return await perform(session, call)

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


def _environ(call: calls.Start) -> dict[str, str | None]:
    """What to change of this process's environment, so that the session has that of who asked."""
    whole = {} if call.environ is None else environment_changes(call.environ)
    return {**whole, **call.env}
