"""The in stream: one JSON request a line, in ASCII."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from ramet.model.question import AboutCursor, AboutObject, AboutVariables

if TYPE_CHECKING:
    from ramet.model.question import Question


def run(request: int, code: str, *, given: bytes | None = None, value: bool = False) -> bytes:
    """Run `code`; what comes of it names `request`. `given` and `value` as in `Handler.submit`."""
    line: dict[str, object] = {"op": "run", "id": request, "code": code}
    if given is not None:
        line["given"] = base64.b64encode(given).decode("ascii")
    if value:
        line["value"] = True
    return _line(line)


def answer(ask: int, text: str | None) -> bytes:
    """Answer input request `ask` with one line, or with end of file if `text` is None."""
    return _line({"op": "answer", "id": ask, "text": text})


def checkpoint() -> bytes:
    """Make a checkpoint of the present state, whatever the policy, and say whether there is one."""
    return _line({"op": "checkpoint"})


def echo(number: int) -> bytes:
    """Say that all requests before this one have been taken."""
    return _line({"op": "echo", "id": number})


def leave() -> bytes:
    """End the process after its exit handlers."""
    return _line({"op": "exit"})


def fork(folder: str) -> bytes:
    """To a zygote: make the session that `folder/spec` describes."""
    return _line({"op": "fork", "folder": folder})


def adopt(pid: int, folder: str) -> bytes:
    """To a zygote: process `pid` is now that of the session in `folder`."""
    return _line({"op": "adopt", "pid": pid, "folder": folder})


def retire() -> bytes:
    """To a zygote: end once the last of your sessions has."""
    return _line({"op": "retire"})


def question(number: int, asked: Question, deadline_s: float) -> bytes:
    """For the file `peek`: a question, and for how long the copy that answers it may live."""
    line: dict[str, object] = {"id": number, "deadline_s": deadline_s}
    match asked:
        case AboutVariables():
            line.update(ask="variables", pattern=asked.pattern, types=list(asked.types), limit=asked.limit)
        case AboutObject():
            line.update(ask="inspect", expression=asked.expression)
        case AboutCursor():
            line.update(ask="complete", code=asked.code, cursor=asked.cursor)
    return _line(line)


def _line(request: dict[str, object]) -> bytes:
    return json.dumps(request, separators=(",", ":")).encode("ascii") + b"\n"
