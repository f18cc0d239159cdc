"""One request over HTTP and what comes back, without the sending: bytes in, bytes out."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import h11

from ramet.errors import BrokenError, error_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


#: Verbs on a session that change nothing, or nothing more when they are done twice.
_REPEATABLE = frozenset(
    [
        *("wait", "since", "status", "variables", "inspect", "complete", "memory", "stack"),
        *("cell", "history", "lines", "search", "brief", "close"),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to a host; `body` is what JSON says, None for none. `repeatable` if doing it twice is doing it once."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    repeatable: bool = False

    def again(self, waited_s: float) -> Request:
        """The same once more, when it has waited for so long already."""
        body = self.body or {}
        if body.get("wait_s") is None:
            return self
        return replace(self, body={**body, "wait_s": max(0.0, body["wait_s"] - waited_s)})

    def since(self, event: str) -> Request:
        """The request for those events of a stream that come after the one with the id `event`."""
        return replace(self, headers=(*self.headers, ("last-event-id", event))) if event else self


def verb_request(session: str, verb: str, arguments: Mapping[str, Any], query: str = "") -> Request:
    """The request that has the session at the path `session` do `verb`."""
    repeatable = verb in _REPEATABLE or bool(arguments.get("key"))
    return Request(method="POST", path=f"{session}/{verb}{query}", body=arguments, repeatable=repeatable)


class Exchange:
    """The exchanges of one connection, one after the other: `sent`, then `received` until `complete`."""

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        self._headers = headers
        self._http = h11.Connection(h11.CLIENT)
        self.status = 0
        #: What version of ramet the host runs.
        self.version = ""
        self.complete = False

    def sent(self, request: Request) -> bytes:
        """What to send for `request`."""
        if self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
        self.status, self.complete = 0, False
        body = b"" if request.body is None else _json(request.body)
        headers = [*self._headers, *request.headers, ("content-length", str(len(body)))]
        head = self._http.send(h11.Request(method=request.method, target=request.path, headers=headers)) or b""
        data = (self._http.send(h11.Data(data=body)) or b"") if body else b""
        return head + data + (self._http.send(h11.EndOfMessage()) or b"")

    def received(self, data: bytes) -> Iterator[bytes]:
        """The pieces of the body that came with `data`; none at all is the end of the connection.

        Raises:
            ConnectionError: what came is no HTTP, or it ended in the middle.
        """
        try:
            self._http.receive_data(data)
            while True:
                event = self._http.next_event()
                match event:
                    case h11.Response():
                        self.status = event.status_code
                        self.version = dict(event.headers).get(b"ramet-version", b"").decode()
                    case h11.Data():
                        yield bytes(event.data)
                    case h11.EndOfMessage():
                        self.complete = True
                        return
                    case h11.NEED_DATA | h11.PAUSED:
                        return
                    case h11.ConnectionClosed():
                        raise _gone()
        except h11.RemoteProtocolError as error:
            raise _gone() from error

    @property
    def reusable(self) -> bool:
        """Whether the connection can take another request."""
        return self.complete and self._http.our_state is h11.DONE and self._http.their_state is h11.DONE


def answer_of(status: int, body: bytes) -> dict[str, Any]:
    """The parsed answer.

    Raises:
        RametError: what the host told.
        BrokenError: what came is no answer of a host.
    """
    try:
        answer: dict[str, Any] = json.loads(body)
        if status < 400:
            return answer
        told = answer["error"]
        error = error_of(told["code"], told["message"], told["hint"])
    except (ValueError, KeyError, TypeError):
        text = body[:200].decode("utf-8", "replace").strip()
        hint = "it has too many connections: try again" if status == 503 else "is it a host of ramet?"
        raise BrokenError(f"the host answered {status}: {text}", hint=hint) from None
    raise error


def _gone() -> ConnectionError:
    return ConnectionResetError("the host went away before it answered")


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


class Messages:
    """The server-sent events that are the answer to what was sent in `exchange`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._rest = b""
        self._refusal: list[bytes] = []

    def received(self, data: bytes) -> Iterator[tuple[str | None, dict[str, Any]]]:
        """The events that are whole with `data`, each with its id. Errors as for `Exchange.received`."""
        for piece in self._exchange.received(data):
            if self._exchange.status < 400:
                yield from self._whole(piece)
            else:
                self._refusal.append(piece)

    def check(self) -> None:
        """At the end: raise as `answer_of` if there was an error in place of events."""
        if self._exchange.status >= 400:
            answer_of(self._exchange.status, b"".join(self._refusal))

    def _whole(self, piece: bytes) -> Iterator[tuple[str | None, dict[str, Any]]]:
        *whole, self._rest = (self._rest + piece).split(b"\n\n")
        for message in whole:
            fields = dict(line.split(b": ", 1) for line in message.split(b"\n") if b": " in line)
            if b"data" in fields:
                yield fields[b"id"].decode() if b"id" in fields else None, json.loads(fields[b"data"])
