"""The arguments of tools: what a client is told that a tool takes, and what it is told when it gives something else."""

from __future__ import annotations

import inspect
import json
import math
from difflib import get_close_matches
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from ramet.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KINDS = {str: "string", int: "integer", float: "number", bool: "boolean"}

#: What others call the same.
_ALSO = {"timeout": "wait_s", "name": "session", "session_id": "session", "input": "text", "query": "what"}


class Arguments:
    """What a tool takes: the parameters of its function `called`, behind the first one.

    Annotations are plain types, a `Literal` of strings, or either `| None`.
    """

    def __init__(self, tool: str, function: Callable[..., object]) -> None:
        self._tool = tool
        _, *parameters = inspect.signature(function).parameters.values()
        self._parameters = {parameter.name: parameter for parameter in parameters}

    def schema(self) -> dict[str, object]:
        """The JSON schema of the arguments."""
        required = [name for name, parameter in self._parameters.items() if parameter.default is parameter.empty]
        properties = {name: _schema(parameter) for name, parameter in self._parameters.items()}
        return {"type": "object", "properties": properties, **({"required": required} if required else {})}

    def call(self, **given: object) -> str:
        """The tool's call as a reader would write it, with what is `given` for some arguments."""
        shown = [_example(parameter, given) for parameter in self._parameters.values()]
        return f"{self._tool}({', '.join(shown)})"

    def checked(self, given: Mapping[str, object]) -> dict[str, Any]:
        """The arguments as the function wants them. None is as good as not given; numbers may be written as strings.

        Raises:
            InvalidError: one that there is not, one that is missing or of another kind; the hint shows the right call.
        """
        for name in given:
            if name not in self._parameters:
                raise self._wrong(f"has no argument {name!r}{self._meant(name)}")
        values = {name: value for name, value in given.items() if value is not None}
        for name, parameter in self._parameters.items():
            if parameter.default is parameter.empty and name not in values:
                raise self._wrong(f"needs the argument {name!r}")
        return {name: self._value(name, value) for name, value in values.items()}

    def _value(self, name: str, value: object) -> object:
        kind = _kind(self._parameters[name])
        if get_origin(kind) is Literal:
            if value not in get_args(kind):
                choices = ", ".join(map(json.dumps, get_args(kind)))
                raise self._wrong(f"has no {name} {_short(value)}; there are {choices}")
            return value
        made = _made(kind, value)
        if made is None:
            raise self._wrong(f"takes {'an' if kind is int else 'a'} {_KINDS[kind]} as {name!r}, not {_short(value)}")
        return made

    def _meant(self, name: str) -> str:
        near = get_close_matches(name, self._parameters, 1) or [_ALSO.get(name, "")]
        return f" (did you mean {near[0]!r}?)" if near[0] in self._parameters else ""

    def _wrong(self, what: str) -> InvalidError:
        return InvalidError(f"{self._tool} {what}", hint=f"the call: {self.call()}")


def _kind(parameter: inspect.Parameter) -> Any:
    options = [kind for kind in get_args(parameter.annotation) if kind is not NoneType]
    optional = NoneType in get_args(parameter.annotation)
    return options[0] if optional else parameter.annotation


def _schema(parameter: inspect.Parameter) -> dict[str, object]:
    kind = _kind(parameter)
    if get_origin(kind) is Literal:
        schema: dict[str, object] = {"type": "string", "enum": list(get_args(kind))}
    else:
        schema = {"type": _KINDS[kind]}
    told = parameter.default not in (parameter.empty, None, "")
    return {**schema, "default": parameter.default} if told else schema


def _example(parameter: inspect.Parameter, given: Mapping[str, object]) -> str:
    name = parameter.name
    if name in given:
        return f"{name}={json.dumps(given[name], ensure_ascii=False)}"
    if parameter.default is parameter.empty:
        return f"{name}=..."
    return f"[{name}]" if parameter.default is None else f"{name}={json.dumps(parameter.default)}"


def _made(kind: object, value: object) -> object:
    """`value` as a `kind`, None if it is none."""
    match kind, value:
        case _, bool():
            return value if kind is bool else None
        case (type(), str()) if kind is bool:
            return {"true": True, "false": False}.get(value.lower())
        case (type(), str()) if kind is str:
            return value
        case (type(), int() | float()) if kind is str:
            return str(value)
        case (type(), int() | float() | str()) if kind in (int, float):
            return _number(kind is int, value)
    return None


def _number(whole: bool, value: float | str) -> float | None:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if whole:
        return int(number) if number.is_integer() else None
    return number if math.isfinite(number) else None


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
