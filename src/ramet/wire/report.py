"""Messages of the stream as typed reports. A message of unknown kind or shape becomes a note, never an exception."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from ramet.model.event import InputRequested, Note
from ramet.model.frame import ErrorInfo, Frame, Local, SyntaxLocation
from ramet.model.outcome import Completed, Exited, Interrupted, Outcome, Raised
from ramet.model.output import Clear, Display, RichValue, Text
from ramet.model.report import (
    Asked,
    Began,
    Checkpointed,
    Done,
    Echo,
    ExitStatus,
    Failed,
    Promoted,
    Report,
    Sizes,
    Told,
    Traceback,
    Uncheckpointed,
    Up,
    Value,
)
from ramet.model.session import ProcessInfo
from ramet.wire import inspection
from ramet.wire.chart import chart
from ramet.wire.description import table
from ramet.wire.stream import Gap, Item, Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet.model.chart import Chart
    from ramet.model.question import Answer
    from ramet.model.table import Table

#: The version of the wire that this module reads; a worker says its own in its first message.
WIRE_VERSION = 1


def report(item: Item) -> Report:
    """What `item` says."""
    match item:
        case Text():
            return item
        case Gap(missing=missing):
            return Note(text=f"{missing} events of this session never arrived; what they showed is lost")
        case Message(kind=kind, payload=payload):
            read = _READERS.get(kind)
            try:
                if read is not None:
                    return read(payload)
            except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
                return Note(text=f"a {kind!r} message of the session could not be read: {error!r}")
            return Note(text=f"the session sent a message of unknown kind {kind!r}")


def _up(data: dict[str, Any]) -> Report:
    if data["wire"] != WIRE_VERSION:
        return Failed(code="wire", message=f"the process speaks version {data['wire']} of the wire, not {WIRE_VERSION}")
    fields = {name: data[name] for name in ("pid", "shell", "python", "version", "cwd", "ipython", "note")}
    return Up(info=ProcessInfo(**fields, shared=tuple(data.get("shared", ()))))


def _failed(data: dict[str, Any]) -> Report:
    return Failed(code=data["code"], message=data["message"])


def _display(data: dict[str, Any]) -> Report:
    forms = dict(data["data"])
    for mime in data["binary"]:
        try:
            forms[mime] = base64.b64decode(forms[mime], validate=True)
        except (binascii.Error, ValueError):
            continue
    value = RichValue(data=forms, metadata=data.get("metadata") or {}, about=_about(data.get("about")))
    return Display(value=value, kind=data["kind"], display_id=data.get("id"))


def _about(data: Any) -> Table | Chart | None:
    """The facts of a value; without them it is still a value."""
    try:
        match data:
            case {"chart": dict(facts)}:
                return chart(facts)
            case {"table": dict(facts)}:
                return table(facts)
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    return None


def _asked(data: dict[str, Any]) -> Report:
    return Asked(ask=data["id"], request=InputRequested(prompt=data["prompt"], password=data["password"]))


def _done(data: dict[str, Any]) -> Report:
    return Done(
        request=data["id"],
        outcome=_outcome(data["outcome"]),
        seconds=data["seconds"],
        came=tuple(data.get("came", ())),
        went=tuple(data.get("went", ())),
        note=data.get("note", ""),
    )


def _value(data: dict[str, Any]) -> Report:
    pickled = None if data["problem"] else base64.b64decode(data["pickle"], validate=True)
    return Value(request=data["id"], pickled=pickled, problem=data["problem"])


def _told(data: dict[str, Any]) -> Report:
    if "problem" in data:
        return Told(question=data["id"], problem=data["problem"], again=bool(data.get("again")))
    kind, read = next((kind, read) for kind, read in _ANSWERS.items() if kind in data)
    return Told(question=data["id"], answer=read(data[kind]))


def _outcome(data: dict[str, Any]) -> Outcome:
    match data["kind"]:
        case "completed":
            return Completed()
        case "raised":
            return Raised(error=_error(data["error"]))
        case "interrupted":
            error = _error(data["error"]) if "error" in data else None
            return Interrupted(reason="KeyboardInterrupt", error=error)
        case "exited":
            return Exited(code=data["code"], message=data["message"])
        case kind:
            raise ValueError(f"unknown outcome {kind!r}")


def _error(data: dict[str, Any]) -> ErrorInfo:
    return ErrorInfo(
        type=data["type"],
        message=data["message"],
        module=data["module"],
        frames=tuple(_frame(frame) for frame in data["frames"]),
        frames_omitted=data["omitted"],
        notes=tuple(data["notes"]),
        hints=tuple(data.get("hints", ())),
        cause=_error(data["cause"]) if "cause" in data else None,
        context=_error(data["context"]) if "context" in data else None,
        exceptions=tuple(_error(member) for member in data.get("exceptions", ())),
        exceptions_omitted=data.get("exceptions_omitted", 0),
        syntax=SyntaxLocation(**data["syntax"]) if "syntax" in data else None,
        traceback=data.get("traceback", ""),
    )


def _frame(data: dict[str, Any]) -> Frame:
    columns = data.get("columns")
    return Frame(
        file=data["file"],
        line=data["line"],
        function=data["function"],
        source=data["source"],
        library=data.get("library", ""),
        context=tuple(data.get("context", ())),
        context_start=data.get("context_start", 0),
        columns=(columns[0], columns[1]) if columns else None,
        locals=tuple(Local(name=name, value=value) for name, value in data.get("locals", ())),
    )


_ANSWERS: dict[str, Callable[[dict[str, Any]], Answer]] = {
    "variables": inspection.variables,
    "inspection": inspection.inspection,
    "completions": inspection.completions,
}

_READERS: dict[str, Callable[[dict[str, Any]], Report]] = {
    "up": _up,
    "failed": _failed,
    "begin": lambda data: Began(request=data["id"], cell=data["cell"], at=data.get("at", 0.0)),
    "display": _display,
    "clear": lambda data: Clear(wait=bool(data["wait"])),
    "input": _asked,
    "traceback": lambda data: Traceback(text=data["text"]),
    "checkpoint": lambda data: Checkpointed(
        cell=data["cell"], pid=data["pid"], seconds=data["seconds"], missing=tuple(data["missing"])
    ),
    "uncheckpointed": lambda data: Uncheckpointed(cell=data["cell"], reason=data["reason"], told=data["told"]),
    "promoted": lambda data: Promoted(pid=data["pid"], cell=data["cell"]),
    "echo": lambda data: Echo(number=data["id"]),
    "sizes": lambda data: Sizes(bytes={str(name): int(size) for name, size in data["bytes"].items()}),
    "note": lambda data: Note(text=data["text"]),
    "done": _done,
    "value": _value,
    "told": _told,
    "exited": lambda data: ExitStatus(pid=data["pid"], status=data["status"]),
}
