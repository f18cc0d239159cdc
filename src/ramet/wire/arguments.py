"""The arguments of a call: from JSON, each checked against the type of its field; and to JSON."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ramet.errors import InvalidError

T = TypeVar("T")


def parsed(call: type[T], data: object) -> T:
    """The call with the arguments `data`, an object of JSON.

    Raises:
        InvalidError: an argument is missing, unknown or of the wrong kind; the message names it.
    """
    if not isinstance(data, dict):
        raise InvalidError(f"the body of a request is a JSON object, not {_kind(data)}")
    hints = _hints(call)  # type: ignore[arg-type]  # classes can be hashed
    for name in data:
        if name not in hints:
            near = difflib.get_close_matches(name, hints, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(hints) or 'none'}"
            raise InvalidError(f"{_verb(call)} has no argument {name!r}", hint=hint)
    for field in dataclasses.fields(call):  # type: ignore[arg-type]  # whatever T is, it is one
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and field.name not in data:
            raise InvalidError(f"{_verb(call)} needs the argument {field.name!r}")
    return call(**{name: _converted(value, hints[name], name) for name, value in data.items()})


def arguments(call: object) -> dict[str, Any]:
    """The arguments of `call` for JSON, without those that are as they are anyway."""
    fields = dataclasses.fields(call)  # type: ignore[arg-type]
    given = {field.name: getattr(call, field.name) for field in fields}
    return {
        field.name: given[field.name]
        for field in fields
        if given[field.name] != (field.default if field.default_factory is dataclasses.MISSING else {})
    }


@functools.cache
def _hints(call: type[object]) -> dict[str, Any]:
    return get_type_hints(call)


def _verb(call: type[Any]) -> str:
    return call.__name__.lower()


def _converted(value: object, hint: Any, name: str) -> Any:
    for choice in get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,):
        if _fits(value, choice):
            return tuple(value) if isinstance(value, list) else value
    raise InvalidError(f"{name} cannot be {_kind(value)}", hint=f"it is {described(hint)}")


def _fits(value: object, hint: Any) -> bool:
    if hint is Any:
        return True
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    match get_origin(hint), get_args(hint):
        case origin, choices if origin is Literal:
            return value in choices
        case origin, (item, _) if origin is tuple:
            return isinstance(value, list) and all(_fits(one, item) for one in value)
        case origin, (_, item) if origin is Mapping:
            choices = get_args(item) if get_origin(item) is types.UnionType else (item,)
            return isinstance(value, dict) and all(any(_fits(one, of) for of in choices) for one in value.values())
    return isinstance(value, hint)


def described(hint: Any) -> str:
    """A type in words of JSON."""
    match get_origin(hint), get_args(hint):
        case origin, choices if origin in (Union, types.UnionType):
            return " or ".join(described(choice) for choice in choices)
        case origin, choices if origin is Literal:
            return " or ".join(repr(choice) for choice in choices)
        case origin, (item, _) if origin is tuple:
            return f"a list of which each is {described(item)}"
        case origin, (_, item) if origin is Mapping:
            return f"an object of which each value is {described(item)}"
    return _WORDS[hint]


_WORDS = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
    Any: "anything",
}


def _kind(value: object) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case None:
            return "null"
        case _:
            text = repr(value)
            return text if len(text) <= 60 else f"{text[:57]}..."
