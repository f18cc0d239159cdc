"""The life of a host: one for each home, from the lock that it takes to the sessions that it leaves there.

Who starts it passes a descriptor and waits: `ready` comes on it when the socket listens, or why it does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import select
import signal
import sys
import time
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from ramet import __version__
from ramet.errors import BrokenError, BusyError, RametError
from ramet.host.agents import Agents
from ramet.host.app import application, errors_as_json
from ramet.host.clerk import Clerk
from ramet.host.doors import door, unix_socket
from ramet.host.guard import Bounded
from ramet.host.listening import listening_socket, protected
from ramet.host.premises import premises
from ramet.manager.manager import AsyncManager
from ramet.model.status import HostStatus, Stopped
from ramet.places import Places
from ramet.settings import host_settings

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ramet.host.doors import Door
    from ramet.host.premises import Premises
    from ramet.wire.calls import Listen

#: Where to say that the host is ready; the number of a descriptor.
READY_FD = "RAMET_READY_FD"

_LOOK_S = 1.0
_FAREWELL_S = 0.2
_LOG_BYTES = 2_000_000
_LOG_FILES = 3

_log = logging.getLogger("ramet.host")


class Host:
    """A manager, its doors, and when to end."""

    def __init__(self, premises: Premises, manager: AsyncManager, idle_s: float) -> None:
        self._premises = premises
        self._places = premises.places
        self._idle_s = idle_s
        self._manager = manager
        self._clerk = Clerk(manager)
        self._agents = Agents(manager)
        self._app = self._agents.beside(Bounded(self._counted(application(self, self._clerk, self._agents))))
        self._doors: list[Door] = []
        self._serving: asyncio.TaskGroup | None = None
        self._address = ""
        self._identity = secrets.token_hex(8)
        self._began = self._last_asked = time.monotonic()
        self._asking = 0
        self._quiet = asyncio.Event()
        self._ended = asyncio.Event()
        self._end_sessions = False

    async def serve(self, on_ready: Callable[[], object]) -> None:
        """Adopt what lives in the home, and take requests until `stop`, a signal, or idleness. The sessions stay."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        _log.info("host %s %s, process %d, at %s", self._identity, __version__, os.getpid(), self._places.socket)
        listening = unix_socket(self._places.socket)  # who comes from now on waits until the sessions are here
        try:
            async with self._manager:
                self._tell_of_sessions()
                async with asyncio.TaskGroup() as self._serving:
                    self._agents.open(self._serving)
                    self._open_front_door(listening)
                    on_ready()
                    await self._until_the_end()
                    self._leave_place()
                    self._agents.close()
                    await self._hang_up()
                await self._manager.close(end_sessions=self._end_sessions)
        finally:
            self._leave_place()
        _log.info("host %s has ended", self._identity)

    def status(self) -> HostStatus:
        """The host at this moment."""
        return HostStatus(
            host=self._identity,
            version=__version__,
            pid=os.getpid(),
            uptime_s=time.monotonic() - self._began,
            socket=str(self._places.socket),
            log=str(self._places.log),
            home=str(self._places.home),
            sessions=self._clerk.names,
            unadopted=self._clerk.unadopted(),
            connections=sum(one.connections for one in self._doors),
            idle_s=self._idle_s,
            address=self._address,
        )

    async def listen(self, call: Listen) -> HostStatus:
        """Open a door at a TCP address.

        Raises:
            InvalidError: the address is none, or open to other machines without a token.
            BusyError: there is such a door already.
            BrokenError: the system refuses the address.
        """
        if self._address:
            raise BusyError(f"the host listens at {self._address} already", hint="`ramet stop` ends it")
        app, certificate = protected(self._app, call, self._places)
        listening, url = listening_socket(call)
        self._open(door(errors_as_json(app), certificate), listening)
        self._address = url
        _log.info("listens at %s", url)
        return self.status()

    async def stop(self, *, end_sessions: bool) -> Stopped:
        """End the host, and with `end_sessions` its sessions, those included that it could not go on with."""
        self._end_sessions = end_sessions
        self._ended.set()
        unadopted = [one.name for one in self._clerk.unadopted()]
        return Stopped(pid=os.getpid(), sessions=(*self._clerk.names, *unadopted), ended=end_sessions)

    def _tell_of_sessions(self) -> None:
        if self._clerk.names:
            _log.info("has adopted: %s", ", ".join(self._clerk.names))
        for one in self._clerk.unadopted():
            _log.warning("could not go on with session %s: %s", one.name, one.reason)

    def _open_front_door(self, listening: socket.socket) -> None:
        self._open(door(errors_as_json(self._app)), listening)

    def _leave_place(self) -> None:
        """Who comes now starts another host."""
        if self._premises.ours:
            self._places.socket.unlink(missing_ok=True)

    async def _hang_up(self) -> None:
        """Let quick answers go out, and end all connections: who waits for more asks the next host for it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                await self._quiet.wait()
        for one in self._doors:
            one.hang_up()

    def _open(self, new: Door, listening: socket.socket) -> None:
        assert self._serving is not None
        self._doors.append(new)
        self._serving.create_task(new.serve(sockets=[listening]))

    def _counted(self, app: ASGIApp) -> ASGIApp:
        """`app`, with a look at the clock: while a request runs the host is not idle."""

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            self._asking += 1
            self._quiet.clear()
            try:
                await app(scope, receive, send)
            finally:
                self._asking -= 1
                if not self._asking:
                    self._quiet.set()
                self._last_asked = time.monotonic()

        return wrapped

    async def _until_the_end(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(_LOOK_S, self._idle_s / 4)):
                    await self._ended.wait()
            if not self._premises.ours:
                self._lose_place()
                return
            if not self._places.socket.exists():  # somebody has tidied up
                _log.warning("the socket was removed, and is made anew")
                self._open_front_door(unix_socket(self._places.socket))
            idle = not self._asking and not self._clerk.names
            if idle and time.monotonic() - self._last_asked > self._idle_s:
                _log.info("idle for %g s", self._idle_s)
                return

    def _lose_place(self) -> None:
        """Nobody can find us any more; and if they lost their folder, nobody will ever find the sessions."""
        self._end_sessions = self._premises.removed
        _log.warning("the home was %s", "removed: its sessions end" if self._end_sessions else "moved")


def main() -> None:
    """Be the host of this user; return when it has ended."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal that it was started from may go
    places = Places.of_user()
    starter = _Starter()
    starter.leave()
    try:
        places.make()
        settings = host_settings()
        with premises(places) as taken:
            if starter.gone:
                return
            _log_to_file(places)
            os.chdir("/")  # whatever folder it was started in may go
            asyncio.run(_serve(taken, settings.idle_s, starter))
    except RametError as error:
        sys.exit(1 if starter.tell(str(error)) else f"ramet: {error}")


async def _serve(taken: Premises, idle_s: float, starter: _Starter) -> None:
    manager = AsyncManager(home=taken.places.home)
    await Host(taken, manager, idle_s).serve(lambda: starter.tell("ready"))


class _Starter:
    """The process that waits for this one to be ready, if there is one."""

    def __init__(self) -> None:
        number = os.environ.pop(READY_FD, "")
        self._fd: int | None = int(number) if number.isdecimal() else None
        if self._fd is not None:
            os.set_inheritable(self._fd, False)

    @property
    def gone(self) -> bool:
        """Whether it waits no longer, so that the host it wanted is wanted by nobody."""
        if self._fd is None:
            return False
        poll = select.poll()
        poll.register(self._fd, 0)
        return bool(poll.poll(0))

    def leave(self) -> None:
        """Be no child of it: it may go on for long, and need not wait for this one's end."""
        if self._fd is not None and os.fork():
            os._exit(0)

    def tell(self, what: str) -> bool:
        """Say it, once; return whether there was somebody to be told."""
        if self._fd is None:
            return False
        with contextlib.suppress(OSError):  # it is not interested any more
            os.write(self._fd, what.encode())
        os.close(self._fd)
        self._fd = None
        return True


def _log_to_file(places: Places) -> None:
    try:
        handler = RotatingFileHandler(places.log, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8")
    except OSError as error:
        raise BrokenError(f"{places.log} cannot be written: {error.strerror}", hint="set RAMET_HOME") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
