"""A blocking connection to a host, made of little, because the command line waits for each import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from ramet.client.exchange import Exchange, Messages, Request, answer_of
from ramet.errors import BrokenError, RametError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from ramet.client.address import Address

_CHUNK = 1 << 16
_TICK_S = 0.1


class Line:
    """One connection to the host at `address`. If nobody listens at the socket of this user, a host is started."""

    def __init__(self, address: Address, *, start: bool = True) -> None:
        self._exchange = Exchange(address.headers())
        self._socket = connected(address, start=start)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, request: Request) -> dict[str, Any]:
        """The host's answer.

        Raises:
            RametError: what the host told; `BrokenError` if it went away.
        """
        self.send(request)
        return self.answer()

    def send(self, request: Request) -> None:
        """Send `request`; `answer` waits for what comes back."""
        try:
            self._socket.sendall(self._exchange.sent(request))
        except OSError as error:
            raise BrokenError(f"the host went away: {error.strerror}") from error
        self._pieces: list[bytes] = []

    def answer(self, waiting: Callable[[], None] | None = None) -> dict[str, Any]:
        """What the host answers to what was sent; `waiting` is called now and then until it does.

        It may be called again after an exception that something else raised, such as KeyboardInterrupt. Errors as for
        `ask`.
        """
        self._socket.settimeout(_TICK_S if waiting is not None else None)
        while not self._exchange.complete:
            try:
                data = self._received()
            except TimeoutError:
                assert waiting is not None
                waiting()
                continue
            self._pieces += self._exchange.received(data)
        return answer_of(self._exchange.status, b"".join(self._pieces))

    def events(self, request: Request) -> Iterator[tuple[int | None, dict[str, Any]]]:
        """The events of a stream as they come, each with its id."""
        self.send(request)
        messages = Messages()
        while not self._exchange.complete:
            pieces = list(self._exchange.received(self._received()))
            if self._exchange.status >= 400:
                self._pieces += pieces
                continue
            for piece in pieces:
                yield from messages.fed(piece)
        if self._exchange.status >= 400:
            answer_of(self._exchange.status, b"".join(self._pieces))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _received(self) -> bytes:
        try:
            return self._socket.recv(_CHUNK)
        except TimeoutError:
            raise
        except OSError as error:
            raise BrokenError(f"the host went away: {error.strerror}") from error


def connected(address: Address, *, start: bool = True) -> socket.socket:
    """A blocking socket that is connected to a host, which is started if need be and `start` is true.

    Raises:
        BrokenError: there is no host, and none could be started.
    """
    try:
        try:
            return _secured(address)
        except (FileNotFoundError, ConnectionRefusedError):
            if address.path is None or not start:
                raise
        from ramet.client.starting import start_host

        start_host()
        return _secured(address)
    except RametError:
        raise
    except OSError as error:
        raise BrokenError(
            f"there is no host at {address}: {error.strerror or error}", hint="`ramet run` starts one on this machine"
        ) from error


def _secured(address: Address) -> socket.socket:
    plain = address.connected()
    context = address.tls_context()
    return plain if context is None else context.wrap_socket(plain, server_hostname=address.host)
