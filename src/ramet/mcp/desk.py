"""What one client works with: the sessions of a folder, by name, and how far their cells have been read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from ramet.errors import BusyError, InterpreterError, UnknownSessionError
from ramet.mcp.bookmarks import Bookmarks

if TYPE_CHECKING:
    from ramet.manager.manager import AsyncManager
    from ramet.manager.session import AsyncSession
    from ramet.model.session import ProcessInfo, ShellChoice

#: The session that is there without having been asked for.
MAIN = "main"


class Desk:
    """The sessions of `manager` as seen from `folder`, where they start and whose `.venv` they use."""

    def __init__(self, manager: AsyncManager, folder: Path) -> None:
        self.manager = manager
        self.folder = folder
        self.bookmarks = Bookmarks()
        self._news: dict[str, str] = {}
        self._starting = asyncio.Lock()

    def session(self, name: str) -> AsyncSession:
        """The session called `name`.

        Raises:
            UnknownSessionError: there is none; the hint names those that there are, and how to make one.
        """
        try:
            return self.manager.get(name)
        except UnknownSessionError as error:
            make = "run(code) starts it" if name == MAIN else f'sessions(action="start", session="{name}") makes it'
            raise UnknownSessionError(error.message, hint=f"{error.hint}; {make}") from None

    async def opened(self, name: str) -> AsyncSession:
        """The session called `name`, which is started if it is `main`. Errors as for `session`."""
        async with self._starting:
            if name == MAIN and not self._is_there(name):
                await self.start(MAIN)
        session = self.session(name)
        await session.start()  # which another client may be about to do
        return session

    async def start(
        self,
        name: str,
        *,
        python: str | None = None,
        cwd: str | None = None,
        shell: ShellChoice = "auto",
        limit_bytes: int | None = None,
    ) -> AsyncSession:
        """Start a session; relative paths are relative to the folder, whose `.venv` it uses if no `python` is given.

        Errors as for `AsyncManager.start`.
        """
        self.check_free(name)
        place = self.path(cwd or "")
        found = _environment(place, self.folder) if python is None else self._interpreter(python)
        trouble = ""
        try:
            session = await self.manager.start(name, python=found, cwd=place, shell=shell, limit_bytes=limit_bytes)
        except InterpreterError as error:
            if python is not None or found is None:
                raise
            found, trouble = None, f"; {error.message}, so it is not used"
            session = await self.manager.start(name, cwd=place, shell=shell, limit_bytes=limit_bytes)
        self._news[name] = f"[session {name} started: {about(session.info)}{trouble}]"
        return session

    def check_free(self, name: str) -> None:
        """Raise `BusyError` if there is a session called `name`."""
        if self._is_there(name):
            close = f'sessions(action="close", session="{name}") ends it'
            raise BusyError(f"there is a session {name!r} already", hint=f"{close}, or choose another name")

    def path(self, path: str) -> Path:
        """A path as a client writes it: relative to the folder, `~` being its home."""
        return self.folder / Path(path).expanduser()

    def news(self, name: str) -> str:
        """What is to be told of a session once."""
        return self._news.pop(name, "")

    def _is_there(self, name: str) -> bool:
        return any(session.name == name for session in self.manager.list())

    def _interpreter(self, python: str) -> str:
        """A path, or the bare name of a program as it is."""
        path = self.path(python)
        return str(path) if "/" in python or path.is_dir() else python


def about(info: ProcessInfo) -> str:
    """`IPython 9.1 on Python 3.11.7 (/proj/.venv/bin/python) in /proj`."""
    shell = f"IPython {info.ipython} on Python {info.version}" if info.ipython else f"Python {info.version}"
    return f"{shell} ({info.python}) in {info.cwd}"


def _environment(place: Path, folder: Path) -> Path | None:
    """The virtual environment that belongs to the working folder, or else to the client's."""
    for candidate in (place / ".venv", folder / ".venv"):
        if (candidate / "bin" / "python").exists():
            return candidate
    return None
