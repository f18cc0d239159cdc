"""A blocking connection to a host, made of little, because the command line waits for each import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from ramet.client.exchange import Exchange, Messages, Request, answer_of
from ramet.client.persistence import Persistence
from ramet.errors import BrokenError, RametError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from ramet.client.address import Address

_CHUNK = 1 << 16
_TICK_S = 0.1
#: A host that was started may go away before it can be asked.
_STARTS = 5


class Line:
    """One connection to the host at `address`. If nobody listens at the socket of this user, a host is started.

    Should the host go away, what may be asked twice is asked of the next one.
    """

    def __init__(self, address: Address, *, start: bool = True) -> None:
        self._address, self._start = address, start
        self._lost: ConnectionError | None = None
        self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def version(self) -> str:
        """The version of ramet that the host runs, as it told with its last answer; empty before that."""
        return self._exchange.version

    def ask(self, request: Request) -> dict[str, Any]:
        """The host's answer.

        Raises:
            RametError: what the host told; `BrokenError` if it went away.
        """
        self.send(request)
        return self.answer()

    def send(self, request: Request) -> None:
        """Send `request`; `answer` waits for what comes back."""
        self._asking = Persistence(request)
        try:
            self._send(request)
        except ConnectionError as error:
            self._lost = error
            self._send_again()

    def answer(self, waiting: Callable[[], None] | None = None) -> dict[str, Any]:
        """What the host answers to what was sent; `waiting` is called now and then until it does.

        It may be called again after an exception that something else raised, such as KeyboardInterrupt. Errors as for
        `ask`.
        """
        while True:
            self._send_again()
            try:
                return self._answer(waiting)
            except ConnectionError as error:
                self._lost = error

    def events(self, request: Request) -> Iterator[tuple[str | None, dict[str, Any]]]:
        """The events of a stream as they come, each with its id."""
        last = ""
        self.send(request)
        while True:
            self._send_again(last)
            try:
                for number, event in self._events():
                    last = number or last
                    self._asking.progressed()
                    yield number, event
            except ConnectionError as error:
                self._lost = error
            else:
                return

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _connect(self) -> None:
        self._exchange = Exchange(self._address.headers())
        self._socket = connected(self._address, start=self._start)

    def _send(self, request: Request) -> None:
        self._socket.settimeout(None)
        self._socket.sendall(self._exchange.sent(request))
        self._pieces: list[bytes] = []

    def _send_again(self, last_event: str = "") -> None:
        """If the host went away: to the next one, and the one after that, as long as it may be asked for again."""
        while self._lost is not None:
            self._asking.lost(self._lost)
            self._socket.close()
            self._connect()
            try:
                self._send(self._asking.request.since(last_event))
            except ConnectionError as error:
                self._lost = error
            else:
                self._lost = None

    def _answer(self, waiting: Callable[[], None] | None) -> dict[str, Any]:
        self._socket.settimeout(_TICK_S if waiting is not None else None)
        while not self._exchange.complete:
            try:
                data = self._socket.recv(_CHUNK)
            except TimeoutError:
                assert waiting is not None
                waiting()
                continue
            self._pieces += self._exchange.received(data)
        return answer_of(self._exchange.status, b"".join(self._pieces))

    def _events(self) -> Iterator[tuple[str | None, dict[str, Any]]]:
        messages = Messages(self._exchange)
        while not self._exchange.complete:
            yield from messages.received(self._socket.recv(_CHUNK))
        messages.check()


def connected(address: Address, *, start: bool = True) -> socket.socket:
    """A blocking socket that is connected to a host, which is started if need be and `start` is true.

    Raises:
        BrokenError: there is no host, and none could be started.
    """
    try:
        for _ in range(_STARTS if start and address.path is not None else 0):
            try:
                return _secured(address)
            except (FileNotFoundError, NotADirectoryError, PermissionError, ConnectionRefusedError):
                from ramet.client.starting import start_host

                start_host()
        return _secured(address)
    except RametError:
        raise
    except OSError as error:
        hint = "`ramet run` starts one" if address.path is not None else "`ramet serve` there lets it take requests"
        raise BrokenError(f"there is no host at {address}: {error.strerror or error}", hint=hint) from error


def _secured(address: Address) -> socket.socket:
    plain = address.connected()
    context = address.tls_context()
    return plain if context is None else context.wrap_socket(plain, server_hostname=address.host)
