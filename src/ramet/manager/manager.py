"""Named sessions with a limit on their number and on their idleness."""

# ruff: noqa: SLF001 - a manager looks behind its sessions, whose public face is their users'

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ramet.errors import (
    BrokenError,
    BusyError,
    ClosedError,
    InternalError,
    InvalidError,
    RametError,
    UnknownSessionError,
)
from ramet.manager.home import Home
from ramet.manager.session import AsyncSession
from ramet.model.branch import Tree
from ramet.model.session import SessionState
from ramet.session.arguments import check_name
from ramet.session.resumption import NeverMadeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike
    from types import TracebackType

    from ramet.manager.home import Room
    from ramet.model.session import CheckpointPolicy, ShellChoice


class AsyncManager:
    """Keeps sessions by name, and closes all of them at its end unless they have a home.

    Should this process be killed, the kernel and the sessions' parent process end them likewise. In a `home` they live
    on in either case, and the next manager with that home adopts them.

    Args:
        max_sessions: how many there may be at once.
        idle_timeout_s: close a session that has run no cell for so long; never if not given.
        home: a folder in which sessions outlive their owner, made if it is not there; `default_home()` names the usual
            one. One process at a time owns it.

    Raises:
        InvalidError: a limit that is not positive.
    """

    def __init__(
        self,
        *,
        max_sessions: int = 1000,
        idle_timeout_s: float | None = None,
        home: str | PathLike[str] | None = None,
    ) -> None:
        if max_sessions < 1:
            raise InvalidError(f"max_sessions={max_sessions} leaves no room for a session", hint="give 1 or more")
        if idle_timeout_s is not None and not idle_timeout_s > 0:
            raise InvalidError(f"idle_timeout_s={idle_timeout_s} is no time", hint="give seconds, or None for never")
        self._max_sessions = max_sessions
        self._idle_timeout_s = idle_timeout_s
        self._sessions: dict[str, AsyncSession] = {}
        self._leaving: deque[AsyncSession] = deque()
        self._coming: set[str] = set()  # names of branches that are being made
        self._names_given = 0
        self._sweeper: asyncio.Task[None] | None = None
        self._closed = False
        self._home_path = Path(home).expanduser().absolute() if home is not None else None
        self._home: Home | None = None
        self._unadopted: dict[str, RametError] = {}
        self._adopting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        await self.adopt()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def adopt(self) -> tuple[AsyncSession, ...]:
        """Own the home, and go on with all sessions that live there; return them. `with` does this.

        Each stands as it stands now: a cell goes on running, with all that it has printed meanwhile; one that has ended
        has its outcome; a process that has died is replaced as ever. What cannot be gone on with is in `unadopted`.
        Calling it again changes nothing, and without a home there is nothing to do.

        Raises:
            BusyError: another process owns the home.
            InvalidError: the home is not a folder of this user alone.
            BrokenError: it could not be made.
            ClosedError: the manager is closed.
        """
        if self._home_path is None:
            return ()
        async with self._adopting:
            if self._closed:
                raise _closed()
            if self._home is None:
                self._home = Home(self._home_path)
                await self._adopt_all(self._home)
        return self.list()

    def unadopted(self) -> dict[str, RametError]:
        """The sessions of the home that could not be adopted, and why. They were not touched, and keep their names.

        To end one, close it by its name.
        """
        return dict(self._unadopted)

    async def start(
        self,
        name: str | None = None,
        *,
        shell: ShellChoice = "auto",
        python: str | PathLike[str] | None = None,
        cwd: str | PathLike[str] | None = None,
        env: Mapping[str, str | None] | None = None,
        preload: Sequence[str] | None = None,
        checkpoints: CheckpointPolicy = "auto",
        limit_bytes: int | None = None,
        checkpoints_limit_bytes: int | None = None,
        max_processes: int | None = 1000,
    ) -> AsyncSession:
        """Start a session; options as for `Session`. Without a name it gets the next free one of `s1`, `s2`, ...

        Raises:
            InvalidError: the name is not made of letters, digits, `_`, `.` and `-`; or an option cannot work.
            BusyError: the name is taken, or there are `max_sessions` already.
            ClosedError: the manager is closed.
            BrokenError: the operating system refused a process.
        """
        await self.adopt()
        name = self._claimed(name)
        session = AsyncSession(
            shell=shell,
            python=python,
            cwd=cwd,
            env=env,
            preload=preload,
            checkpoints=checkpoints,
            limit_bytes=limit_bytes,
            checkpoints_limit_bytes=checkpoints_limit_bytes,
            max_processes=max_processes,
            name=name,
        )
        self._sessions[name] = session
        try:
            if self._home is not None:
                session._live_in(self._home.room(name))
            await session.start()
        except BaseException:
            self._sessions.pop(name, None)
            await session.close()
            raise
        self._watch_idle()
        return session

    async def branch(self, name: str, branch: str | None = None, *, at: int | None = None) -> AsyncSession:
        """Branch off the session called `name`, as `Session.branch` does; the new one is kept under the name `branch`.

        Raises:
            UnknownSessionError: there is no session `name`.
            InvalidError: `branch` cannot be a name, or there is no checkpoint of that state.
            BusyError: the name is taken, there are `max_sessions` already, or a cell is running.
            ClosedError: the manager is closed.
        """
        parent = self.get(name)
        branch = self._claimed(branch)
        self._coming.add(branch)
        try:
            if self._home is None:
                session = await parent.branch(branch, at=at)
            else:
                session = await parent._branch_into(self._home.room(branch), at=at)
        finally:
            self._coming.remove(branch)
        if self._closed:
            await session.close()
            raise _closed()
        self._sessions[branch] = session
        return session

    def tree(self) -> tuple[Tree, ...]:
        """All open sessions, each below the one that it is a branch of; `print` draws them."""
        open_sessions = self.list()
        names = {session.name for session in open_sessions}
        roots = [item for item in open_sessions if item.origin is None or item.origin.session not in names]
        return tuple(_tree(root, open_sessions) for root in roots)

    def get(self, name: str) -> AsyncSession:
        """The session called `name`.

        Raises:
            UnknownSessionError: there is none.
            BrokenError: there is one that could not be adopted.
        """
        self._forget_closed()
        if name in self._unadopted:
            error = self._unadopted[name]
            raise BrokenError(f"session {name!r} could not be gone on with: {error.message}", hint=error.hint)
        try:
            return self._sessions[name]
        except KeyError:
            there = ", ".join(sorted(self._sessions)) or "none"
            raise UnknownSessionError(f"there is no session {name!r}", hint=f"open sessions: {there}") from None

    def list(self) -> tuple[AsyncSession, ...]:
        """All open sessions, oldest first."""
        self._forget_closed()
        return tuple(self._sessions.values())

    async def close_session(self, name: str) -> None:
        """Close the session called `name` and forget it.

        Raises:
            UnknownSessionError: there is none.
        """
        if name in self._unadopted and self._home is not None:
            self._home.clear(name)
            del self._unadopted[name]
            return
        session = self.get(name)
        del self._sessions[name]
        await session.close()

    async def close(self, *, end_sessions: bool = False) -> None:
        """Close all sessions; those in a home live on there, unless it is said to end them. May be called twice."""
        self._closed = True
        sweeper, self._sweeper = self._sweeper, None
        if sweeper is not None:
            sweeper.cancel()
            await asyncio.wait({sweeper})
        sessions = [*self._sessions.values(), *self._leaving]
        self._sessions.clear()
        stays = self._home is not None and not end_sessions
        async with asyncio.TaskGroup() as group:
            for session in sessions:
                group.create_task(session._detach() if stays else session.close())
        home, self._home = self._home, None
        if home is not None:
            for name in self._unadopted if end_sessions else ():
                home.clear(name)
            home.leave()

    async def _adopt_all(self, home: Home) -> None:
        """Take in the sessions of the home."""
        rooms = home.rooms()
        found = await asyncio.gather(*(self._adopt(room) for room in rooms))
        self._sessions.update((session.name, session) for session in found if session is not None)
        self._watch_idle()

    async def _adopt(self, room: Room) -> AsyncSession | None:
        try:
            return await AsyncSession._adopted(room)
        except NeverMadeError:
            room.clear()
        except RametError as error:
            self._unadopted[room.name] = error
        except Exception as error:  # noqa: BLE001 - a border: one session that is beyond us must not cost the others
            self._unadopted[room.name] = InternalError(f"its adoption failed: {error!r}")
        return None

    def _watch_idle(self) -> None:
        if self._idle_timeout_s is not None and self._sweeper is None and not self._closed:
            self._sweeper = asyncio.get_running_loop().create_task(self._close_idle(self._idle_timeout_s))

    async def _close_idle(self, timeout_s: float) -> None:
        """Look as often as it takes to be late by a tenth at most."""
        while True:
            await asyncio.sleep(timeout_s / 10)
            for name, session in list(self._sessions.items()):
                if session.idle_s > timeout_s and self._sessions.get(name) is session:
                    del self._sessions[name]
                    self._leaving.append(session)  # `close` waits for it, should it end us in the middle
                    await session.close()
                    self._leaving.remove(session)

    def _claimed(self, name: str | None) -> str:
        """`name`, or the next free one, if there may be one session more."""
        if self._closed:
            raise _closed()
        if name is None:
            name = self._free_name()
        check_name(name)
        self._forget_closed()
        if name in self._unadopted:
            error = self._unadopted[name]
            raise BusyError(
                f"there is a session {name!r} already, which could not be gone on with: {error.message}",
                hint=error.hint,
            )
        if name in self._sessions or name in self._coming:
            raise BusyError(f"there is a session {name!r} already", hint="get() it, close it, or choose another name")
        if len(self._sessions) + len(self._coming) >= self._max_sessions:
            raise BusyError(f"all {self._max_sessions} sessions are in use", hint="close one, or raise max_sessions")
        return name

    def _forget_closed(self) -> None:
        """Let go of sessions that their users have closed themselves."""
        for name in [name for name, session in self._sessions.items() if session.state is SessionState.CLOSED]:
            del self._sessions[name]

    def _free_name(self) -> str:
        while True:
            self._names_given += 1
            name = f"s{self._names_given}"
            if name not in self._sessions and name not in self._coming and name not in self._unadopted:
                return name


def _closed() -> ClosedError:
    return ClosedError("the manager is closed", hint="make another one")


def _tree(session: AsyncSession, others: Iterable[AsyncSession]) -> Tree:
    below = [other for other in others if other.origin is not None and other.origin.session == session.name]
    return Tree(
        name=session.name,
        state=session.state,
        next_cell=session.next_cell,
        origin=session.origin,
        branches=tuple(_tree(branch, others) for branch in below),
    )
