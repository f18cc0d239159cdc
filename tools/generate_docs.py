"""Write what the code says of itself: `docs/cli.md` from the commands' help, `docs/api.md` and `docs/openapi.json`.

Run it after a change of a command or of the API; a test fails while a file is not what this would write.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import json
import sys
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import click

from ramet.cli.main import group
from ramet.host.app import STATUSES
from ramet.model.chart import Bound
from ramet.model.event import Event
from ramet.model.outcome import Outcome
from ramet.model.output import MimeData, Output, RichValue
from ramet.wire import calls
from ramet.wire.arguments import described
from ramet.wire.values import VALUES

DOCS = Path(__file__).resolve().parent.parent / "docs"

_KIND_OF = {of: kind for kind, of in VALUES.items()}
_NAMES = {of.__name__: of for of in VALUES.values()} | {
    "Outcome": Outcome,
    "Output": Output,
    "Event": Event,
    "MimeData": MimeData,
    "Bound": Bound,
    "Mapping": Mapping,
    "Any": Any,
    "CheckpointPolicy": Literal["auto", "every", "off"],
    "ShellChoice": Literal["auto", "ipython", "python"],
}

#: What a verb answers: the name of a value, "string", or "[NAME]" for a list.
_ANSWERS = {
    "submit": "started",
    "run": "result",
    "wait": "result",
    "since": "seen",
    "answer": "null",
    "interrupt": "interruption",
    "undo": "moved",
    "redo": "moved",
    "restart": "process",
    "branch": "session",
    "map": "[case]",
    "variables": "variables",
    "inspect": "inspection",
    "complete": "completions",
    "cell": "past-cell",
    "history": "[past-cell]",
    "lines": "page",
    "search": "found",
    "brief": "string",
    "memory": "memory",
    "stack": "string",
    "status": "session",
    "close": "null",
}

#: Method, path, call, answer, and what it does where no call says so.
_PATHS: list[tuple[str, str, type[Any] | None, str, str]] = [
    ("GET", "/v1/host", None, "host", "The host at this moment."),
    ("POST", "/v1/host/listen", calls.Listen, "host", ""),
    ("POST", "/v1/host/stop", calls.Stop, "stopped", ""),
    ("GET", "/v1/sessions", None, "[session]", "All open sessions, oldest first."),
    ("POST", "/v1/sessions", calls.Start, "session", ""),
    ("GET", "/v1/tree", None, "[tree]", "All open sessions, each below the one that it is a branch of."),
    ("GET", "/v1/sessions/{name}", None, "session", "The session at this moment."),
    ("DELETE", "/v1/sessions/{name}", None, "null", "End the session, its process and what that started."),
    *(("POST", f"/v1/sessions/{{name}}/{verb}", call, _ANSWERS[verb], "") for verb, call in calls.VERBS.items()),
]
#: Streams, and what they are of.
_EVENTS = {
    "/v1/sessions/{name}/executions/{number}/events": "The events of a cell from its first one on, up to `ended`.",
    "/v1/sessions/{name}/events": (
        "What happens in a session from now on, whoever runs its cells, up to its end. Each is a `happening`;\n"
        "the first tells the state. A cell that runs is told from its beginning."
    ),
}

_API = """\
# The HTTP API

Written by tools/generate_docs.py; [openapi.json](openapi.json) is the same for programs.

A host listens at a socket of its user, `host.sock` in `$RAMET_HOME`, else in `$XDG_STATE_HOME/ramet`, else in
`~/.local/state/ramet`; and, after `ramet serve`, at a TCP address, where each request needs the header
`Authorization: Bearer TOKEN`. Bodies and answers are JSON.

    cd ~/.local/state/ramet
    curl --unix-socket host.sock http://localhost/v1/sessions/main/run -d '{"code": "1 + 1"}'

An answer is `{"version": 1, "ending": ENDING, "answer": VALUE}`, and `"session"` with the session's status where there
is one; the list of sessions has those that could not be gone on with as `"unadopted"`. With `?view=told` it has
`"told": {"text", "images"}` instead: the answer as a reader gets it, in about `?limit=8000` characters; and `"folder"`,
where the session was started. `&reading=` has the words by which its reader reads on, with `{handle}` or `{cell}`,
`{first}` and `{last}` in them: "ramet out {cell} --lines {first}:{last}". `ending` is "ok"; "failed" for code that
failed, and for what was looked for and is not there; or "running" for code that goes on. `ramet --json` prints these
objects. Within version 1 fields are added, and none changes its meaning.

With the header `Ramet-Folder: PATH`, percent-encoded, the session `main` is that of the folder's project (see
[architecture.md](architecture.md)), as it is for commands and `ramet.connect()`. All other names mean the same for all.

`/mcp` is the Streamable HTTP of the Model Context Protocol (see [mcp.md](mcp.md)). `POST /v1/mcp` is for `ramet mcp` of
the same version.

An error is `{"version": 1, "error": {"code", "message", "hint"}}`; the codes are those of `ramet.errors`. The header
`ramet-version` has the version of ramet that the host runs.

A host may end at any moment, and its sessions live on. If a connection breaks off, the next host, which `ramet status`
does not start but any other command does, has all that was begun: wait for it by its number, hand it in again with the
same `key`, go on with a stream after the last `id`.
"""


def main() -> None:
    """Write the files."""
    for name, text in documents().items():
        (DOCS / name).write_text(text, encoding="utf-8")


def documents() -> dict[str, str]:
    """The files by name."""
    return {"cli.md": cli(), "api.md": api(), "openapi.json": json.dumps(openapi(), indent=1) + "\n"}


def cli() -> str:
    """The help of all commands."""
    context = click.Context(group, info_name="ramet", terminal_width=100, help_option_names=["-h", "--help"])
    parts = ["# The command line\n\nWritten by tools/generate_docs.py.\n", _block(group.get_help(context))]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, max_content_width=100, terminal_width=100)
        parts.append(f"\n## ramet {name}\n\n{_block(command.get_help(inner))}")
    return "\n".join(parts)


def _block(text: str) -> str:
    return f"```text\n{text}\n```\n"


def api() -> str:
    """The API for people."""
    lines = [_API, "| status | error |", "|---|---|"]
    lines += [f"| {status} | {', '.join(_codes(of))} |" for of, status in STATUSES]
    lines += ["", "## Requests", ""]
    for method, path, call, answer, about in _PATHS:
        lines += [f"### {method} {path}", "", _doc(call) if call is not None else about, ""]
        lines += [f"- `{name}`: {told}" for name, told in _arguments(call)]
        lines += [f"- answer: {_answer_in_words(answer)}", ""]
    for path, about in _EVENTS.items():
        lines += [f"### GET {path}", "", about, ""]
    lines += ["These are server-sent events, each with its value as `data`. Who sends the last `id` that it saw as"]
    lines += ["`Last-Event-ID` gets those after it.", "", "## Values", ""]
    lines += ['A value that is an object says in `is` what it is. Bytes are `{"base64": ...}`.', ""]
    for kind, of in VALUES.items():
        lines += [f"### {kind}", "", _doc(of), "", *_fields_in_words(of), ""]
    return "\n".join(lines)


def _codes(of: type[Any]) -> list[str]:
    listed = {one.code for one, _status in STATUSES}
    return [of.code, *(sub.code for sub in of.__subclasses__() if sub.code not in listed)]


def _arguments(call: type[Any] | None) -> list[tuple[str, str]]:
    if call is None:
        return []
    found = []
    for field in dataclasses.fields(call):
        told = described(get_type_hints(call)[field.name])
        if field.default is not dataclasses.MISSING:
            told += f"; {json.dumps(field.default)} if not given"
        found.append((field.name, told))
    return found


def _answer_in_words(answer: str) -> str:
    if answer.startswith("["):
        return f"a list of {_link(answer.strip('[]'))}"
    return answer if answer in ("null", "string") else _link(answer)


def _link(kind: str) -> str:
    return f"[{kind}](#{kind})"


def _fields_in_words(of: type[Any]) -> list[str]:
    return [f"- `{name}`: {_words(shape)}" for name, shape in _schema_of(of)["properties"].items() if name != "is"]


def _words(shape: dict[str, Any]) -> str:
    if "$ref" in shape:
        return _link(shape["$ref"].rpartition("/")[2])
    if "anyOf" in shape:
        return " or ".join(_words(one) for one in shape["anyOf"])
    if "enum" in shape:
        return " or ".join(json.dumps(value) for value in shape["enum"])
    if shape.get("type") == "array":
        return f"list of {_words(shape['items'])}"
    return str(shape.get("type", "anything"))


def openapi() -> dict[str, Any]:
    """The API for programs."""
    paths: dict[str, Any] = {}
    for method, path, call, answer, about in _PATHS:
        operation: dict[str, Any] = {
            "summary": _doc(call) if call is not None else about,
            "responses": {"200": _response(answer), "default": {"$ref": "#/components/responses/error"}},
            "parameters": [_parameter(name) for name in ("name",) if f"{{{name}}}" in path] + _VIEW,
        }
        if call is not None:
            schema = {
                "type": "object",
                "properties": {name: _schema(hint) for name, hint in get_type_hints(call).items()},
                "required": [one.name for one in dataclasses.fields(call) if _required(one)],
                "additionalProperties": False,
            }
            operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        paths.setdefault(path, {})[method.lower()] = operation
    for path, about in _EVENTS.items():
        names = [name for name in ("name", "number") if f"{{{name}}}" in path]
        paths[path] = {
            "get": {
                "summary": f"{about} Server-sent events; Last-Event-ID resumes.",
                "parameters": [*map(_parameter, names), _parameter("Last-Event-ID", "header")],
                "responses": {"200": {"description": "Events.", "content": {"text/event-stream": {}}}},
            }
        }
    text = {"type": "string"}
    error = {"type": "object", "properties": {"code": text, "message": text, "hint": text}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "ramet", "version": "1", "summary": "Python sessions that a host keeps."},
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"error": {"description": "What went wrong.", **_content({"error": error})}},
            "schemas": {kind: _schema_of(of) for kind, of in VALUES.items()},
        },
        "security": [{"token": []}],
    }


_VIEW = [
    {"name": "view", "in": "query", "schema": {"enum": ["value", "told"]}},
    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
    {"name": "reading", "in": "query", "schema": {"type": "string"}},
]


def _parameter(name: str, place: str = "path") -> dict[str, Any]:
    kind = "integer" if name == "number" else "string"
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": kind}}


def _response(answer: str) -> dict[str, Any]:
    if answer.startswith("["):
        shape: dict[str, Any] = {"type": "array", "items": _reference(answer.strip("[]"))}
    else:
        shape = {"type": answer} if answer in ("null", "string") else _reference(answer)
    ending = {"enum": ["ok", "failed", "running"]}
    return {"description": "The answer.", **_content({"ending": ending, "answer": shape})}


def _content(properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"version": {"const": 1}, **properties}}
    return {"content": {"application/json": {"schema": schema}}}


def _schema_of(of: type[Any]) -> dict[str, Any]:
    """The schema of a value as it is encoded; what has a way of its own in `wire/values.py` has one here."""
    kind = {"const": _KIND_OF[of]}
    if issubclass(of, enum.Enum):
        names = [state.name.lower() for state in of]
        return {"type": "object", "properties": {"is": kind, "name": {"enum": names}}}
    hints = get_type_hints(of, vars(sys.modules[of.__module__]) | _NAMES, _NAMES)
    left_out = {"options": {"env"}, "case": {"variables"}}.get(_KIND_OF[of], set())
    fields = {name: _schema(hint) for name, hint in hints.items() if name not in left_out and name != "return"}
    if of is RichValue:
        fields["data"] = {"type": "object"}
    return {"type": "object", "description": _doc(of), "properties": {"is": kind, **fields}}


def _schema(hint: Any) -> dict[str, Any]:
    if hint in _KIND_OF:
        return _reference(_KIND_OF[hint])
    if hint in _SIMPLE:
        return {"type": _SIMPLE[hint]}
    origin, inner = get_origin(hint), get_args(hint)
    if hint is bytes:
        return {"type": "object", "properties": {"base64": {"type": "string"}}}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(one) for one in inner]}
    if origin is tuple:
        return {"type": "array", "items": {} if len(inner) < 2 or inner[0] is Any else _schema(inner[0])}
    if origin is Mapping:
        return {"type": "object"}
    assert hint is Any, hint
    return {}


_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean", types.NoneType: "null"}


def _reference(kind: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{kind}"}


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _doc(of: type[Any]) -> str:
    """The docstring up to the errors that a constructor raises, which is the library's business."""
    return inspect.cleandoc(typing.cast("str", of.__doc__)).partition("\n\nRaises:")[0]


if __name__ == "__main__":
    main()
