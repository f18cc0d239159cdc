"""Who may come in over TCP, and how much anybody may bring.

A web page that somebody looks at can send requests to this machine: its `Origin` gives it away, or, if it made its own
name point here (DNS rebinding), its `Host` does. Neither knows the token.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from typing import TYPE_CHECKING

from ramet.errors import ForbiddenError, TimedOutError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 64 << 20
_BODY_S = 60.0


class Guard:
    """An ASGI application that lets pass what may reach `app`: with `token`, unless that is empty, and to known hosts.

    Those are IP addresses, "localhost" and `names`.
    """

    def __init__(self, app: ASGIApp, token: str, names: Collection[str]) -> None:
        self._app = app
        self._token = token
        self._names = {"localhost", *(name.lower() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or raise `ForbiddenError`."""
        if scope["type"] == "http":
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            self._check_host(headers.get(b"host", ""))
            self._check_origin(headers)
            self._check_token(headers.get(b"authorization", ""))
        await self._app(scope, receive, send)

    def _check_host(self, host: str) -> None:
        name = _without_port(host)
        if name.lower() not in self._names and not _is_address(name):
            raise ForbiddenError(f"this host is not called {name!r}", hint="ask it by address, or serve with --name")

    def _check_origin(self, headers: dict[bytes, str]) -> None:
        origin, host = headers.get(b"origin"), headers.get(b"host", "")
        if origin is not None and origin.partition("://")[2] != host:
            raise ForbiddenError(f"a page of {origin} may not ask this host")

    def _check_token(self, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        right = hmac.compare_digest(token.strip().encode("latin-1", "replace"), self._token.encode())
        if self._token and not (scheme.lower() == "bearer" and right):
            raise ForbiddenError("the token is wrong or missing", hint='send "Authorization: Bearer TOKEN"')


class Bounded:
    """An ASGI application that bounds the bodies of requests to `app`, in size and in time."""

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; reading its body raises `TooLargeError` or `TimedOutError` beyond the bounds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size, whole = 0, False

        async def bounded() -> Message:
            nonlocal size, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout(_BODY_S):
                    message = await receive()
            except TimeoutError as error:
                raise TimedOutError("the body of the request did not come") from error
            size += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if size > self._limit:
                raise _too_large(size, self._limit)
            return message

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._limit:
            raise _too_large(int(declared), self._limit)
        await self._app(scope, bounded, send)


def _too_large(size: int, limit: int) -> TooLargeError:
    return TooLargeError(
        f"a request of {size:,} bytes is too large: {limit:,} are the limit",
        hint="let the session read it from a file",
    )


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
