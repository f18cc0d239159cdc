"""`ramet mcp`: a pipe between an MCP client, on standard input and output, and the host, where the server is.

Each client starts one, waits for it, and keeps it for days: it is small and imports little. It is one loop over three
descriptors, and reads from nobody whose last message has not been taken. Its way in is `POST /v1/mcp`, one exchange of
chunked HTTP with a line for each message: it passes the same checks as every request, also at a URL, and costs no more
than a bare socket.

A host takes a second to start, and there are clients that begin their first turn without a server that takes so long.
While it starts, the pipe answers what it would answer to everybody; see `foreword`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ramet.client.address import address
from ramet.client.foreword import Foreword
from ramet.client.line import connected
from ramet.client.lines import Chunks, Lines, chunk
from ramet.client.relay import Relay
from ramet.errors import BrokenError, RametError

if TYPE_CHECKING:
    import socket

    from ramet.client.address import Address

_CLIENT_IN, _CLIENT_OUT = 0, 1
_CHUNK = 1 << 16
#: So much may wait for a reader; then nothing more is read for it.
_WAITING_MAX = 1 << 20
#: What a pipe that is ready for writing takes without blocking.
_ATOMIC = select.PIPE_BUF
#: The host's own limit for what a request brings.
_MESSAGE_MAX = 64 << 20
_GREETING_S = 30.0
_TRIES = 3


def main(folder: str | None = None) -> None:
    """Serve the client, whose sessions start in `folder`, until it hangs up; it may also send a signal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if os.isatty(_CLIENT_IN):
        sys.stderr.write("ramet: this speaks the Model Context Protocol with a program; see `ramet mcp --help`\n")
    Pipe(folder).run()


class Pipe:
    """One client's way to the host, and to the next one when that is gone."""

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder
        self._relay = Relay()
        self._client = Lines()
        self._for_client = bytearray()
        self._host: _Host | None = None
        self._start: _Start | None = None
        self._starts = 0  # in a row

    def run(self) -> None:
        """Pass on what comes, until the client hangs up."""
        with contextlib.suppress(_HungUpError, BrokenPipeError):
            while self._turn():
                pass

    def _turn(self) -> bool:
        """Wait for something to do, and do it; return whether the client is still there."""
        ready = self._ready()
        if ready.get(_CLIENT_OUT, 0) & (select.POLLERR | select.POLLHUP | select.POLLNVAL):
            return False
        if _CLIENT_OUT in ready:
            written = os.write(_CLIENT_OUT, self._for_client[:_ATOMIC])
            del self._for_client[:written]
        if _CLIENT_IN in ready:
            data = os.read(_CLIENT_IN, _CHUNK)
            if not data:
                return False
            for line in self._client.fed(data):
                self._from_client(line)
        if self._host is not None and self._host.fileno() in ready:
            self._exchange(self._host)
        if self._start is not None and self._start.fileno() in ready:
            self._go_on(self._start)
        return True

    def _ready(self) -> dict[int, int]:
        poll, host = select.poll(), self._host
        poll.register(_CLIENT_OUT, select.POLLOUT if self._for_client else 0)
        poll.register(_CLIENT_IN, select.POLLIN if host is None or len(host.waiting) < _WAITING_MAX else 0)
        if host is not None:
            reading = select.POLLIN if len(self._for_client) < _WAITING_MAX else 0
            poll.register(host.fileno(), reading | (select.POLLOUT if host.waiting else 0))
        if self._start is not None:
            poll.register(self._start.fileno(), select.POLLIN)
        return dict(poll.poll())

    def _from_client(self, line: bytes) -> None:
        if len(line) > _MESSAGE_MAX:
            why = f"a message of {len(line):,} bytes is too large; let the session read it from a file"
            self._tell(self._relay.refused(line, why))
            return
        wanted = self._relay.from_client(line)
        if self._host is not None:
            if wanted:
                self._host.send(line)
        elif self._start is None and self._relay.waiting:
            self._resume()
        if self._start is not None:
            self._tell(self._relay.foretold(line, Foreword.of_this_version()))

    def _exchange(self, host: _Host) -> None:
        """Give and take what the host is ready for."""
        try:
            host.flush()
            lines = host.received()
        except OSError:
            self._lose()
            return
        self._tell([line + b"\n" for line in lines if self._relay.from_host(line)])
        if host.ended:
            self._lose()

    def _lose(self) -> None:
        """The host is gone. The next one is needed when the client waits for something, now or later."""
        assert self._host is not None
        self._host.close()
        self._host = None
        self._tell(self._relay.lost())
        if self._relay.waiting:
            self._resume()

    def _resume(self) -> None:
        """Go on with the host; if there is none, have one started."""
        try:
            self._host = self._found()
            if self._host is None:
                self._start = self._started_again()
                return
        except RametError as error:
            self._tell(self._relay.failed(str(error)))
            return
        self._starts = 0
        for line in self._relay.resumed():
            self._host.send(line)

    def _found(self) -> _Host | None:
        """The host, which takes lines; None if there is none, or it ends just now, and another one can be started."""
        at = address()
        try:
            connection = connected(at, start=False)
        except BrokenError:
            if at.path is None:
                raise
            return None
        try:
            return _Host(connection, at, _hello(self._folder, at))
        except RametError:
            raise
        except TimeoutError as error:
            raise BrokenError("the host does not answer", hint="see `ramet status`") from error
        except OSError as error:
            if at.path is None:
                raise _gone() from error
            return None

    def _started_again(self) -> _Start:
        if self._starts == _TRIES:
            self._starts = 0
            raise _gone()
        self._starts += 1
        return _Start()

    def _go_on(self, start: _Start) -> None:
        """The host was started, or there is a reason why not."""
        self._start = None
        try:
            start.end()
        except RametError as error:
            self._starts = 0
            self._tell(self._relay.failed(str(error)))
        else:
            self._resume()

    def _tell(self, lines: list[bytes]) -> None:
        for line in lines:
            self._for_client += line


class _HungUpError(Exception):
    """The client does not read any more, or will write nothing more."""


class _Start:
    """A host that is being started: in a thread, so that the client can be listened to."""

    def __init__(self) -> None:
        from threading import Thread  # here, because whoever finds a host has no use for it

        self._error: RametError | None = None
        self._ended, self._running = os.pipe()
        Thread(target=self._run, daemon=True).start()

    def fileno(self) -> int:
        """A descriptor that has something to read when it is done."""
        return self._ended

    def end(self) -> None:
        """It is done; raises as `start_host` did."""
        os.close(self._ended)
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            from ramet.client.starting import start_host

            start_host()
        except RametError as error:
            self._error = error
        finally:
            os.close(self._running)


class _Host:
    """A host that listens to lines.

    Raises:
        OSError: it is not there any more.
        RametError: it refuses, and says why.
    """

    def __init__(self, connection: socket.socket, at: Address, hello: bytes) -> None:
        self._socket = connection
        self._body = Chunks()
        self._lines = Lines()
        self.waiting = bytearray()
        headers = [*at.headers(), ("transfer-encoding", "chunked")]
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        try:
            connection.settimeout(_GREETING_S)
            connection.sendall(f"POST /v1/mcp HTTP/1.1\r\n{head}\r\n".encode() + chunk(hello))
            connection.setblocking(False)
            self._body.fed(self._welcomed())
        except BaseException:
            connection.close()
            raise

    @property
    def ended(self) -> bool:
        """Whether it will say nothing more."""
        return self._body.ended

    def fileno(self) -> int:
        """The descriptor of the connection."""
        return self._socket.fileno()

    def send(self, line: bytes) -> None:
        """Say a line, when it can be taken."""
        self.waiting += chunk(line + b"\n")

    def flush(self) -> None:
        """Send as much as can be taken now."""
        if self.waiting:
            with contextlib.suppress(BlockingIOError):
                del self.waiting[: self._socket.send(self.waiting)]

    def received(self) -> list[bytes]:
        """The lines that have come."""
        try:
            return self._lines.fed(self._body.fed(self._some()))
        except BlockingIOError:
            return []

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _welcomed(self) -> bytes:
        """Wait until it has agreed to listen; return what has come behind that."""
        said = b""
        while b"\r\n\r\n" not in said:
            said += self._awaited()
        head, _, rest = said.partition(b"\r\n\r\n")
        status = int(head.split(None, 2)[1])
        if status == 200:
            return rest
        from ramet.client.exchange import answer_of

        size = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        while len(rest) < size:
            rest += self._awaited()
        answer_of(status, rest)
        raise BrokenError(f"the host answered {status}")

    def _awaited(self) -> bytes:
        """What comes next, if the client still wants it then."""
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        poll.register(_CLIENT_IN, 0)
        ready = dict(poll.poll(_GREETING_S * 1000))
        if _CLIENT_IN in ready:
            raise _HungUpError
        if not ready:
            raise TimeoutError
        return self._some()

    def _some(self) -> bytes:
        data = self._socket.recv(_CHUNK)
        if not data:
            raise ConnectionResetError("the host has hung up")
        return data


def _gone() -> BrokenError:
    return BrokenError("the host went away as soon as it was there", hint="see `ramet status`")


def _hello(folder: str | None, at: Address) -> bytes:
    """Who the client is. A host at a URL may be on another machine, where only a folder that was named can be meant."""
    if at.path is None:
        return _line({"folder": folder})
    return _line({"folder": str(Path(folder or "").absolute()), "environ": dict(os.environ)})


def _line(message: dict[str, object]) -> bytes:
    return json.dumps(message).encode() + b"\n"
