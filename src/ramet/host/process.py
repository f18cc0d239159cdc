"""The life of a host: one for each user, from the lock that it takes to the last session that it ends.

Who starts it passes a descriptor and waits: `ready` comes on it when the socket listens, or why it does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import secrets
import signal
import sys
import time
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from ramet import __version__
from ramet.errors import BrokenError, BusyError, RametError
from ramet.host.app import application, errors_as_json
from ramet.host.desk import Desk
from ramet.host.doors import door, unix_socket
from ramet.host.guard import Bounded
from ramet.host.listening import listening_socket, protected
from ramet.manager.manager import AsyncManager
from ramet.model.status import HostStatus
from ramet.places import Places
from ramet.settings import host_settings

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ramet.host.doors import Door
    from ramet.wire.calls import Listen

#: Where to say that the host is ready; the number of a descriptor.
READY_FD = "RAMET_READY_FD"

#: A host that ends holds the lock for some moments more.
_LOCK_S = 10.0
_LOOK_S = 1.0
_LOG_BYTES = 2_000_000
_LOG_FILES = 3

_log = logging.getLogger("ramet.host")


class Host:
    """A manager, its doors, and when to end."""

    def __init__(self, places: Places, manager: AsyncManager, idle_s: float) -> None:
        self._places = places
        self._idle_s = idle_s
        self._manager = manager
        self._desk = Desk(manager)
        self._app = Bounded(self._counted(application(self, self._desk)))
        self._doors: list[Door] = []
        self._serving: asyncio.TaskGroup | None = None
        self._address = ""
        self._identity = secrets.token_hex(8)
        self._began = self._last_asked = time.monotonic()
        self._asking = 0
        self._ended = asyncio.Event()

    async def serve(self, on_ready: Callable[[], None]) -> None:
        """Take requests until `stop`, a signal, or idleness; then close all sessions."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        listening = unix_socket(self._places.socket)
        _log.info("host %s %s, process %d, at %s", self._identity, __version__, os.getpid(), self._places.socket)
        try:
            async with self._manager, asyncio.TaskGroup() as self._serving:
                self._open(door(errors_as_json(self._app)), listening)
                on_ready()
                await self._until_the_end()
                self._places.socket.unlink(missing_ok=True)  # who comes now starts another host
                for one in self._doors:
                    one.should_exit = True
        finally:
            self._places.socket.unlink(missing_ok=True)
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
            sessions=self._desk.names,
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
        listening, url = listening_socket(call)
        app, certificate = protected(self._app, call, self._places)
        self._open(door(errors_as_json(app), certificate), listening)
        self._address = url
        _log.info("listens at %s", url)
        return self.status()

    async def stop(self, *, end_sessions: bool) -> None:
        """End the host, and its sessions with it.

        Raises:
            BusyError: there are sessions, and `end_sessions` is false.
        """
        names = self._desk.names
        if names and not end_sessions:
            raise BusyError(f"the host has sessions: {', '.join(names)}", hint="close them, or stop with end_sessions")
        self._ended.set()

    def _open(self, new: Door, listening: socket.socket) -> None:
        assert self._serving is not None
        self._doors.append(new)
        self._serving.create_task(new.serve(sockets=[listening]))

    def _counted(self, app: ASGIApp) -> ASGIApp:
        """`app`, with a look at the clock: while a request runs the host is not idle."""

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            self._asking += 1
            try:
                await app(scope, receive, send)
            finally:
                self._asking -= 1
                self._last_asked = time.monotonic()

        return wrapped

    async def _until_the_end(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(_LOOK_S, self._idle_s / 4)):
                    await self._ended.wait()
            idle = not self._asking and not self._desk.names
            if idle and time.monotonic() - self._last_asked > self._idle_s:
                _log.info("idle for %g s", self._idle_s)
                return


def main() -> None:
    """Be the host of this user; return when it has ended."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the terminal that it was started from may go
    places = Places.of_user()
    starter = _Starter()
    starter.leave()
    try:
        places.make()
        settings = host_settings()
        with _only_one(places):
            _log_to_file(places)
            os.chdir("/")  # whatever folder it was started in may go
            asyncio.run(_serve(places, settings.idle_s, starter))
    except RametError as error:
        starter.tell(str(error))
        sys.exit(f"ramet: {error}")


async def _serve(places: Places, idle_s: float, starter: _Starter) -> None:
    manager = AsyncManager()
    await Host(places, manager, idle_s).serve(lambda: starter.tell("ready"))


class _Starter:
    """The process that waits for this one to be ready, if there is one."""

    def __init__(self) -> None:
        number = os.environ.pop(READY_FD, "")
        self._fd: int | None = int(number) if number.isdecimal() else None
        if self._fd is not None:
            os.set_inheritable(self._fd, False)

    def leave(self) -> None:
        """Be no child of it: it may go on for long, and need not wait for this one's end."""
        if self._fd is not None and os.fork():
            os._exit(0)

    def tell(self, what: str) -> None:
        """Say it, once."""
        if self._fd is not None:
            with contextlib.suppress(OSError):  # it is not interested any more
                os.write(self._fd, what.encode())
            os.close(self._fd)
            self._fd = None


@contextlib.contextmanager
def _only_one(places: Places) -> Iterator[None]:
    """Hold the lock of the one host."""
    with places.host_lock.open("a") as lock:
        deadline = time.monotonic() + _LOCK_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise BusyError("another host is running", hint="`ramet status` tells of it") from None
                time.sleep(0.05)
        yield


def _log_to_file(places: Places) -> None:
    try:
        handler = RotatingFileHandler(places.log, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8")
    except OSError as error:
        raise BrokenError(f"{places.log} cannot be written: {error.strerror}", hint="set RAMET_HOME") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
