"""What a host answers, as JSON and back, without loss: see `model/plain.py` for how a value becomes an object.

Some things have a way of their own. The bytes of a picture are `{"base64": ...}`, and data that is JSON itself is
`{"json": ...}`, so that nothing in it can pass for a value of ours. A state is its name. A case has no variables: who
asked for it has them.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from typing import Any

from ramet.errors import InvalidError
from ramet.model.branch import Case, Origin, Tree
from ramet.model.cell import Result
from ramet.model.checkpoint import Checkpoint, Moved
from ramet.model.event import CellBegan, Ended, Happening, StateChanged
from ramet.model.inspection import (
    ColumnProfile,
    Completions,
    DataProfile,
    Inspection,
    NotFound,
    Variable,
    Variables,
)
from ramet.model.memory import MemoryUse
from ramet.model.options import SessionOptions
from ramet.model.outcome import Interruption, Running
from ramet.model.output import Display, RichValue, Text
from ramet.model.past import Found, Line, Match, Page, PastCell
from ramet.model.plain import KINDS, Codec
from ramet.model.session import SessionState
from ramet.model.status import HostStatus, Seen, SessionStatus, Started, Stopped, Unadopted

#: The classes of all values that a host answers with or streams.
VALUES: dict[str, type[Any]] = KINDS | {
    "text": Text,
    "display": Display,
    "rich": RichValue,
    "running": Running,
    "result": Result,
    "state-changed": StateChanged,
    "ended": Ended,
    "cell-began": CellBegan,
    "happening": Happening,
    "state": SessionState,
    "moved": Moved,
    "checkpoint": Checkpoint,
    "origin": Origin,
    "tree": Tree,
    "case": Case,
    "interruption": Interruption,
    "memory": MemoryUse,
    "variables": Variables,
    "variable": Variable,
    "inspection": Inspection,
    "not-found": NotFound,
    "data-profile": DataProfile,
    "column-profile": ColumnProfile,
    "completions": Completions,
    "past-cell": PastCell,
    "page": Page,
    "line": Line,
    "found": Found,
    "match": Match,
    "options": SessionOptions,
    "session": SessionStatus,
    "host": HostStatus,
    "unadopted": Unadopted,
    "stopped": Stopped,
    "started": Started,
    "seen": Seen,
}


def encoded(value: Any) -> bytes:
    """`value` as JSON; a tuple of values is a list."""
    return json_bytes(_CODEC.plain(value))


def decoded(data: Any) -> Any:
    """The value of parsed JSON.

    Raises:
        InvalidError: it is of no kind that this version knows.
    """
    return _CODEC.value(data)


def plain(value: Any) -> Any:
    """`value` as JSON has it, before it is written."""
    return _CODEC.plain(value)


def json_bytes(data: Any) -> bytes:
    """JSON of plain values; a lone surrogate becomes its escape, and what is no number for JSON becomes null."""
    try:
        text = _json(data)
    except ValueError:
        text = _json(_finite(data))
    return text.encode("utf-8", "backslashreplace")


_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _finite(data: Any) -> Any:
    match data:
        case dict():
            return {name: _finite(item) for name, item in data.items()}
        case list():
            return [_finite(item) for item in data]
        case float() if not math.isfinite(data):
            return None
        case _:
            return data


def _rich(value: RichValue) -> dict[str, Any]:
    data = {mime: _form(form) for mime, form in value.data.items()}
    return {"data": data, "metadata": dict(value.metadata), "about": _CODEC.plain(value.about)}


def _form(form: Any) -> Any:
    if isinstance(form, str):
        return form
    if isinstance(form, bytes):
        return as_base64(form)
    return {"json": form}


def _rich_of(fields: dict[str, Any]) -> RichValue:
    data = {mime: _form_of(form) for mime, form in fields["data"].items()}
    return RichValue(data=data, metadata=fields["metadata"], about=_CODEC.value(fields["about"]))


def _form_of(form: Any) -> Any:
    if isinstance(form, str):
        return form
    return form["json"] if "json" in form else of_base64(form)


def as_base64(data: bytes) -> dict[str, str]:
    """Bytes as JSON has them."""
    return {"base64": base64.b64encode(data).decode("ascii")}


def of_base64(data: Any) -> bytes:
    """The reverse of `as_base64`.

    Raises:
        InvalidError: it is something else.
    """
    try:
        return base64.b64decode(data["base64"], validate=True)
    except (TypeError, KeyError, binascii.Error) as error:
        raise InvalidError('bytes are written as {"base64": "..."}') from error


def _result(result: Result) -> dict[str, Any]:
    return {
        "code": result.code,
        "cell": result.cell,
        "outcome": _CODEC.plain(result.outcome),
        "outputs": _CODEC.plain(result.outputs),
        "seconds": result.seconds,
        "notes": list(result.notes),
        "pickled": None if result.pickled is None else as_base64(result.pickled),
    }


def _result_of(fields: dict[str, Any]) -> Result:
    pickled = fields.pop("pickled")
    values = {name: _CODEC.value(item) for name, item in fields.items()}
    return Result(**values, pickled=None if pickled is None else of_base64(pickled))


def _options(options: SessionOptions) -> dict[str, Any]:
    fields = {name: getattr(options, name) for name in SessionOptions.__dataclass_fields__ if name != "env"}
    return {name: _CODEC.plain(item) for name, item in fields.items()}


def _options_of(fields: dict[str, Any]) -> SessionOptions:
    return SessionOptions(**{name: _CODEC.value(item) for name, item in fields.items()})


_CODEC: Codec = Codec(
    VALUES,
    {
        RichValue: (_rich, _rich_of),
        Result: (_result, _result_of),
        SessionOptions: (_options, _options_of),
        SessionState: (lambda state: {"name": state.name.lower()}, lambda data: SessionState[data["name"].upper()]),
        Case: (
            lambda case: {"result": _CODEC.plain(case.result)},
            lambda data: Case(variables={}, result=_CODEC.value(data["result"])),
        ),
    },
)
