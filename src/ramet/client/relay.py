"""What an MCP client waits for, kept by the pipe between it and its host: lines in, lines out, no I/O.

The host may die, and another one take its place. The client must not notice more than it has to: it has greeted once,
each of its requests gets one answer, and an answer that it gives to a dead host's question goes nowhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from ramet.client.foreword import Foreword

T = TypeVar("T")

#: `_meta` of a request has this key in the protocol without greetings, in which a result says that it is whole.
_MODERN = "io.modelcontextprotocol/protocolVersion"

#: A request that two hosts have died of is not given to a third.
_TRIES = 2

_INTERNAL_ERROR = -32603

_LOST = (
    "the host of the sessions went away before it answered; unless it was told to end them, they live on in the next "
    "one, and code that was running runs on"
)


class _Request:
    """A request that the client waits for."""

    def __init__(self, line: bytes, number: object, method: object, params: object) -> None:
        self.line = line
        self.id = number
        self.tries = 1
        self.is_call = method == "tools/call"
        self._modern = _MODERN in _item(params, "_meta", {})
        self._tool = _item(params, "name", "")
        self._session = _item(_item(params, "arguments", {}), "session", "") or "main"

    def failed(self, why: str) -> bytes:
        """The answer that it could not be done: a tool's result if it called one, which a model gets to read."""
        if not self.is_call:
            return _line({"id": self.id, "error": {"code": _INTERNAL_ERROR, "message": why}})
        result = {"content": [{"type": "text", "text": why}], "isError": True}
        return _line({"id": self.id, "result": result | ({"resultType": "complete"} if self._modern else {})})

    def lost(self) -> bytes:
        """The answer that its host is gone, with the call to make next."""
        session = json.dumps(self._session, ensure_ascii=False)
        if self._tool in ("run", "answer"):
            what = "code" if self._tool == "run" else "text"
            step = f"if this {what} arrived, the session's last cell shows it: wait(session={session})"
        elif self._tool in ("wait", "look"):
            step = "call it again"
        else:
            step = f"whether this was done is not known: look(session={session})"
        return self.failed(f"{_LOST}\n{step}")


class Relay:
    """One client's conversation, whichever hosts it is held with."""

    def __init__(self) -> None:
        self._greeting: list[bytes] = []
        self._greeted = False
        self._repeated: str | None = None  # the greeting that a new host answers, and the client needs no answer to
        self._open: dict[str, _Request] = {}
        self._asked: set[str] = set()

    @property
    def waiting(self) -> bool:
        """Whether the client waits for an answer."""
        return bool(self._open)

    def from_client(self, line: bytes) -> bool:
        """Take a line of the client; return whether the host is to have it."""
        message = _parsed(line)
        match message:
            case {"method": "notifications/cancelled", "params": {"requestId": number}}:
                self._open.pop(_key(number), None)
            case {"method": "notifications/initialized"}:
                self._greeting = [*self._greeting[:1], line]
            case {"method": method, "id": number, **rest}:
                self._open[_key(number)] = _Request(line, number, method, rest.get("params"))
                if method == "initialize":
                    self._greeting, self._greeted = [line], False
            case {"method": _} | None:
                pass
            case {"id": number}:
                known = _key(number) in self._asked
                self._asked.discard(_key(number))
                return known
        return True

    def foretold(self, line: bytes, foreword: Foreword) -> list[bytes]:
        """What the client is told to a request of its before there is a host, if that is the same for everybody.

        The host will be greeted all the same, and what it answers to that goes nowhere.
        """
        message = _parsed(line) or {}
        result = foreword.result(message, since=_parsed(self._greeting[0]) if self._greeting else None)
        if result is None or self._open.pop(_key(message.get("id")), None) is None:
            return []
        self._greeted = self._greeted or message["method"] == "initialize"
        return [_line({"id": message["id"], "result": result})]

    def refused(self, line: bytes, why: str) -> list[bytes]:
        """What the client is told if no host is to have its line."""
        match _parsed(line):
            case {"method": method, "id": number, **rest}:
                return [_Request(line, number, method, rest.get("params")).failed(why)]
        return []

    def from_host(self, line: bytes) -> bool:
        """Take a line of the host; return whether the client is to have it."""
        match _parsed(line):
            case {"method": _, "id": number}:
                self._asked.add(_key(number))
            case {"method": _} | {"id": None} | None:
                pass
            case {"id": number}:
                key = _key(number)
                if key == self._repeated:
                    self._repeated = None
                    return False
                if self._greeting and not self._greeted:
                    self._greeted = key == _key(json.loads(self._greeting[0])["id"])
                return self._open.pop(key, None) is not None
        return True

    def lost(self) -> list[bytes]:
        """The host is gone: what the client is told. Calls end with that; what only reads waits for the next host."""
        self._asked.clear()
        self._repeated = None
        ended = [request for request in self._open.values() if request.is_call or request.tries == _TRIES]
        for request in ended:
            del self._open[_key(request.id)]
        for request in self._open.values():
            request.tries += 1
        return [request.lost() for request in ended]

    def failed(self, why: str) -> list[bytes]:
        """There is no host: what the client is told, which then waits for nothing."""
        ended, self._open = [*self._open.values()], {}
        return [request.failed(why) for request in ended]

    def resumed(self) -> list[bytes]:
        """What the next host gets first: the greeting, and what only reads."""
        if not self._greeted:
            return [request.line for request in self._open.values()]
        self._repeated = _key(json.loads(self._greeting[0])["id"])
        return [*self._greeting, *(request.line for request in self._open.values())]


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The message, None for what is none: the host says what is to be said of it."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _item(of: object, name: str, default: T) -> T:
    """What `of` has under a name, if it is an object and that is of the expected kind."""
    found = of.get(name) if isinstance(of, dict) else None
    return found if isinstance(found, type(default)) else default


def _key(number: object) -> str:
    return json.dumps(number)


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
