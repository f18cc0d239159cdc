"""The HTTP API, version 1: paths to calls, values to JSON, errors to statuses.

An answer is `{"version": 1, "ending": "ok", "answer": VALUE}`; if it is about a session that is still there, it also
has its status as `"session"`, and the list of sessions has those that could not be gone on with as `"unadopted"`.
With `?view=told` it has `"told": {"text", "images"}` in place of all these, the answer as a reader gets it, in about
`limit` characters, with the words of `reading` for reading on, and the `"folder"` that the session was started in.
`ending` is "failed" for code that failed, and for what was looked for and is not there, and "running" for code that
goes on. An error is `{"version": 1, "error": {"code", "message", "hint"}}`.

With the header `Ramet-Folder`, a path that is percent-encoded, "main" is the session of that folder's project.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ramet import __version__
from ramet.errors import (
    BrokenError,
    BusyError,
    ClosedError,
    ForbiddenError,
    InternalError,
    InvalidError,
    RametError,
    TimedOutError,
    TooLargeError,
    UnknownSessionError,
)
from ramet.host.stream import CellFeed, EventStream, SessionFeed, position
from ramet.host.verbs import execution_of
from ramet.render.reading import Reading
from ramet.render.reply import LIMIT
from ramet.render.telling import ending_of, told
from ramet.wire.arguments import parsed
from ramet.wire.calls import VERBS, Close, Listen, Run, Start, Status, Stop, Wait
from ramet.wire.values import as_base64, json_bytes, plain

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from ramet.host.agents import Agents
    from ramet.host.clerk import Clerk
    from ramet.host.process import Host
    from ramet.render.telling import Told
    from ramet.wire.calls import Call

VERSION = 1
#: The header of an answer that tells the version of ramet that the host runs.
VERSION_HEADER = "ramet-version"

#: More than a command or a call needs.
_READING_MAX = 500

#: The first that fits counts.
STATUSES: tuple[tuple[type[RametError], int], ...] = (
    (ForbiddenError, 403),
    (UnknownSessionError, 404),
    (TooLargeError, 413),
    (InvalidError, 400),
    (BusyError, 409),
    (ClosedError, 410),
    (TimedOutError, 504),
    (BrokenError, 503),
    (RametError, 500),
)


def application(host: Host, clerk: Clerk, agents: Agents) -> ASGIApp:
    """The API over the sessions of `clerk`, and the way in for `agents`."""
    to = _Routes(host, clerk)
    session = "/v1/sessions/{name}"
    routes = [
        Route("/v1/host", to.host, methods=["GET"]),
        Route("/v1/host/listen", to.listen, methods=["POST"]),
        Route("/v1/host/stop", to.stop, methods=["POST"]),
        Route("/v1/sessions", to.sessions, methods=["GET"]),
        Route("/v1/sessions", to.start, methods=["POST"]),
        Route("/v1/tree", to.tree, methods=["GET"]),
        Route(session, to.status, methods=["GET"]),
        Route(session, to.close, methods=["DELETE"]),
        Route(f"{session}/events", to.follow, methods=["GET"]),
        Route(f"{session}/executions/{{number:int}}/events", to.events, methods=["GET"]),
        Route(f"{session}/{{verb}}", to.call, methods=["POST"]),
        Route("/mcp", _Application(agents.http)),
    ]
    handlers: Mapping[Any, Any] = {HTTPException: _no_such_path, RametError: _refused, Exception: _broken}
    return _in_projects(Starlette(routes=routes, exception_handlers=handlers), clerk)


class _Routes:
    def __init__(self, host: Host, clerk: Clerk) -> None:
        self._host, self._clerk = host, clerk

    async def host(self, request: Request) -> Response:
        return await _answered(request, _at_once(self._host.status))

    async def listen(self, request: Request) -> Response:
        call = parsed(Listen, await _body(request))
        return await _answered(request, lambda: self._host.listen(call))

    async def stop(self, request: Request) -> Response:
        call = parsed(Stop, await _body(request))
        return await _answered(request, lambda: self._host.stop(end_sessions=call.end_sessions))

    async def sessions(self, request: Request) -> Response:
        sessions, unadopted = self._clerk.sessions(), self._clerk.unadopted()
        if _view(request) == "told":
            return await _answered(request, _at_once(lambda: (*sessions, *unadopted)))
        return await _answered(request, _at_once(lambda: sessions), lambda: {"unadopted": plain(unadopted)})

    async def tree(self, request: Request) -> Response:
        return await _answered(request, _at_once(self._clerk.tree))

    async def start(self, request: Request) -> Response:
        call = parsed(Start, await _body(request))
        return await _answered(request, lambda: self._clerk.start(call, _folder(request)))

    async def status(self, request: Request) -> Response:
        return await self._about(request, Status())

    async def close(self, request: Request) -> Response:
        return await _answered(request, lambda: self._clerk.close(request.path_params["name"]))

    async def call(self, request: Request) -> Response:
        verb = request.path_params["verb"]
        if verb not in VERBS:
            raise InvalidError(f"there is no verb {verb!r}", hint=f"there are: {', '.join(VERBS)}")
        return await self._about(request, parsed(VERBS[verb], await _body(request)))

    async def events(self, request: Request) -> EventStream:
        session = self._clerk.session(request.path_params["name"])
        execution = execution_of(session, request.path_params["number"])
        return EventStream(CellFeed(execution, position(request.headers.get("last-event-id"))))

    async def follow(self, request: Request) -> EventStream:
        session = self._clerk.session(request.path_params["name"])
        return EventStream(SessionFeed(session, request.headers.get("last-event-id")))

    async def _about(self, request: Request, call: Call) -> Response:
        name = request.path_params["name"]
        session = self._clerk.session(name)
        answer = self._clerk.answer(name, call)
        return await _answered(
            request,
            lambda: _while_connected(request, answer) if isinstance(call, (Run, Wait)) else answer,
            lambda: {} if isinstance(call, Close) else {"session": plain(self._clerk.status(session))},
            session.options.cwd,
        )


def _in_projects(app: ASGIApp, clerk: Clerk) -> ASGIApp:
    """`app`, for which a path with `main` names the session of the caller's project, whatever is to be done with it."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        match scope["path"].split("/"):
            case ["", "v1", "sessions", name, *rest]:
                name = clerk.named(name, _folder(Request(scope)))
                scope = {**scope, "path": "/".join(["/v1/sessions", name, *rest])}
        await app(scope, receive, send)

    return wrapped


class _Application:
    """What Starlette takes for an application, and not for a function of requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def errors_as_json(app: ASGIApp) -> ASGIApp:
    """`app`, with what it refuses told as JSON."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except RametError as error:
            await error_response(error)(scope, receive, send)

    return wrapped


def error_response(error: RametError) -> Response:
    """What a caller gets for `error`."""
    status = next(status for of, status in STATUSES if isinstance(error, of))
    told = {"code": error.code, "message": error.message, "hint": error.hint}
    return _json_response({"error": told}, status)


async def _answered(
    request: Request,
    answer: Callable[[], Awaitable[object]],
    more: Callable[[], dict[str, Any]] = dict,
    folder: str = "",
) -> Response:
    view, limit, reading = _view(request), _limit(request), _reading(request)
    value = await answer()
    if view == "told":
        what = _told(told(value, limit, reading))
        return _json_response({"ending": ending_of(value), "told": what, "folder": folder})
    return _json_response({"ending": ending_of(value), "answer": plain(value), **more()})


async def _while_connected(request: Request, answer: Coroutine[Any, Any, object]) -> object:
    """What `answer` returns; if the caller goes away, nobody waits any longer, but what was submitted runs on."""
    answering = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(request.receive())  # after the body there is nothing more to receive
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            return answering.result()
        raise ClosedError("the caller has gone")
    finally:
        answering.cancel()
        leaving.cancel()


def _at_once(answer: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def later() -> object:
        return answer()

    return later


def _told(what: Told) -> dict[str, Any]:
    images = [
        {
            "mime": image.mime,
            "width": image.width,
            "height": image.height,
            "note": image.note,
            "data": as_base64(image.data),
        }
        for image in what.images
    ]
    return {"text": what.text, "images": images}


def _json_response(content: dict[str, Any], status: int = 200) -> Response:
    body = json_bytes({"version": VERSION, **content})
    return Response(body, status, {VERSION_HEADER: __version__}, "application/json")


async def _body(request: Request) -> object:
    """The parsed body; an empty one is an empty object."""
    try:
        body = await request.body()
    except ClientDisconnect as error:
        raise ClosedError("the caller has gone before it had said all") from error
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise InvalidError(f"the body is no JSON: {error}") from error


def _folder(request: Request) -> Path | None:
    """Where the caller is, if it says so."""
    folder = request.headers.get("ramet-folder", "")
    return Path(os.fsdecode(unquote_to_bytes(folder))) if folder else None  # which need be no UTF-8


def _view(request: Request) -> str:
    view = request.query_params.get("view", "value")
    if view not in ("value", "told"):
        raise InvalidError(f"there is no view {view!r}", hint='use "value" or "told"')
    return view


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(LIMIT))
    if not text.isdecimal() or len(text) > 9:
        raise InvalidError(f"limit={text!r} is no number of characters")
    return int(text)


def _reading(request: Request) -> Reading:
    form = request.query_params.get("reading", "")
    if len(form) > _READING_MAX:
        raise InvalidError(f"reading= has {len(form):,} characters", hint=f"at most {_READING_MAX}")
    return Reading(form)


async def _no_such_path(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = error_response(
        InvalidError(f"{request.method} {request.url.path}: {error.detail}", hint="see docs/api.md")
    )
    response.status_code = error.status_code
    return response


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RametError)
    return error_response(error)


async def _broken(_request: Request, error: Exception) -> Response:
    """The border: what was not foreseen is told to the caller, logged by the server, and ends nothing else."""
    return error_response(InternalError(f"{type(error).__name__}: {error}", hint="the host's log has more"))
