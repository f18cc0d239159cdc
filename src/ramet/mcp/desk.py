"""What one client works with: the sessions of a folder, by name, and how far their cells have been read."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING, cast

from ramet.errors import BusyError, InterpreterError, UnknownSessionError
from ramet.mcp.bookmarks import Bookmarks
from ramet.model.options import environment_changes
from ramet.projects import MAIN, main_of
from ramet.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ramet.manager.manager import AsyncManager
    from ramet.manager.session import AsyncSession
    from ramet.model.session import CheckpointPolicy, ProcessInfo, ShellChoice
    from ramet.settings import Settings


class Desk:
    """The sessions of `manager` as seen from `folder`, where they start and whose `.venv` and settings they have.

    `environ` is the environment of the client's process, if that is another one than this.
    """

    def __init__(self, manager: AsyncManager, folder: Path, environ: Mapping[str, str] | None = None) -> None:
        self.manager = manager
        self.folder = folder
        self.bookmarks = Bookmarks()
        self._environ = environ
        self._main: AsyncSession | None = None
        self._news: dict[str, str] = {}
        self._starting = asyncio.Lock()

    def named(self, name: str) -> str:
        """The name of the session that is called `name` here: `main` is the project's own, or the one of its settings.

        Raises:
            InvalidError: the settings cannot be read.
        """
        if name != MAIN:
            return name
        there = self.manager.list()
        if self._main in there:
            return self._main.name
        usual = self._settings(self.folder).session
        return usual if usual != MAIN else main_of(self.folder, {one.name: one.options.cwd for one in there})

    def session(self, name: str) -> AsyncSession:
        """The session called `name`.

        Raises:
            UnknownSessionError: there is none; the hint names those that there are, and how to make one.
        """
        try:
            return self.manager.get(self.named(name))
        except UnknownSessionError as error:
            make = "run(code) starts it" if name == MAIN else f'sessions(action="start", session="{name}") makes it'
            raise UnknownSessionError(error.message, hint=f"{error.hint}; {make}") from None

    async def opened(self, name: str) -> AsyncSession:
        """The session called `name`, which is started if it is `main`. Errors as for `session`."""
        async with self._starting:
            if name == MAIN and not self._is_there(name):
                await self.start(MAIN)
        return await self.ready(name)

    async def ready(self, name: str) -> AsyncSession:
        """The session called `name` once it is up, which another call may be seeing to. Errors as for `session`."""
        session = self.session(name)
        await session.start()
        return session

    async def start(
        self,
        name: str,
        *,
        python: str | None = None,
        cwd: str | None = None,
        shell: ShellChoice | None = None,
        limit_bytes: int | None = None,
    ) -> AsyncSession:
        """Start a session; relative paths are relative to the folder. What is not given is as settings have it.

        Without any `python` it is that of the `.venv` of its own folder's project, or of the client's.
        Errors as for `AsyncManager.start`.
        """
        self.check_free(name)
        real, place = self.named(name), self.path(cwd or "")
        settings = self._settings(place)
        found = settings.python or self._settings(self.folder).python if python is None else self._interpreter(python)
        start = partial(
            self.manager.start,
            real,
            cwd=place,
            shell=shell or cast("ShellChoice", settings.shell),
            env=None if self._environ is None else environment_changes(self._environ),
            preload=settings.preload,
            checkpoints=cast("CheckpointPolicy", settings.checkpoints),
            limit_bytes=limit_bytes or settings.limit_bytes,
            checkpoints_limit_bytes=settings.checkpoints_limit_bytes,
            max_processes=settings.max_processes,
        )
        trouble = ""
        try:
            session = await start(python=found)
        except InterpreterError as error:
            if python is not None or found is None:
                raise
            trouble = f"; {error.message}, so it is not used"
            session = await start()
        if name == MAIN:
            self._main = session
        self._news[real] = f"[session {real} started: {about(session.info)}{trouble}]"
        return session

    def check_free(self, name: str) -> None:
        """Raise `BusyError` if there is a session called `name`."""
        if self._is_there(name):
            close = f'sessions(action="close", session="{name}") ends it'
            raise BusyError(f"there is a session {self.named(name)!r} already", hint=f"{close}, or choose another name")

    def path(self, path: str) -> Path:
        """A path as a client writes it: relative to the folder, `~` being its home."""
        return self.folder / os.path.expanduser(path)  # noqa: PTH111 - Path would raise where there is no home

    def news(self, name: str) -> str:
        """What is to be told of a session once."""
        return self._news.pop(name, "")

    def _is_there(self, name: str) -> bool:
        real = self.named(name)
        return any(session.name == real for session in self.manager.list())

    def _settings(self, folder: Path) -> Settings:
        return settings_of(folder) if self._environ is None else settings_of(folder, self._environ)

    def _interpreter(self, python: str) -> str:
        """A path, or the bare name of a program as it is."""
        path = self.path(python)
        return str(path) if "/" in python or path.is_dir() else python


def about(info: ProcessInfo) -> str:
    """`IPython 9.1 on Python 3.11.7 (/proj/.venv/bin/python) in /proj`."""
    shell = f"IPython {info.ipython} on Python {info.version}" if info.ipython else f"Python {info.version}"
    return f"{shell} ({info.python}) in {info.cwd}"
