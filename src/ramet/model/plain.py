"""Values of the model as plain JSON values, and back: a dataclass is an object that says what it `is`.

    {"is": "raised", "error": {"is": "error", "type": "KeyError", ...}}

A name never changes its meaning, and a field that is added has a default, so that old values can be read.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ramet.errors import InvalidError
from ramet.model.chart import Axis, Chart, Plot, Series
from ramet.model.event import InputRequested, Note
from ramet.model.frame import ErrorInfo, Frame, Local, SyntaxLocation
from ramet.model.outcome import Completed, Died, Exited, Interrupted, NotRun, Raised
from ramet.model.output import Clear, Omitted
from ramet.model.session import ProcessInfo
from ramet.model.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The classes that are made of plain values, and what each `is`.
KINDS: dict[str, type[Any]] = {
    "clear": Clear,
    "omitted": Omitted,
    "asked": InputRequested,
    "note": Note,
    "process": ProcessInfo,
    "completed": Completed,
    "raised": Raised,
    "interrupted": Interrupted,
    "exited": Exited,
    "died": Died,
    "not-run": NotRun,
    "error": ErrorInfo,
    "frame": Frame,
    "local": Local,
    "syntax": SyntaxLocation,
    "table": Table,
    "column": Column,
    "chart": Chart,
    "plot": Plot,
    "axis": Axis,
    "series": Series,
}

_PLAIN = frozenset((str, int, float, bool, type(None)))


class Codec:
    """Turns instances of the classes of `kinds` into plain values and back.

    A class in `ways` has a way of its own: a function that makes the fields of its object (without `is`), and one that
    makes the value of such fields.
    """

    def __init__(
        self,
        kinds: Mapping[str, type[Any]],
        ways: Mapping[type[Any], tuple[Callable[[Any], dict[str, Any]], Callable[[dict[str, Any]], Any]]] | None = None,
    ) -> None:
        ways = ways or {}
        self._make = {kind: ways[of][1] if of in ways else _maker(of, self.value) for kind, of in kinds.items()}
        self._own = {of: (kind, ways[of][0]) for kind, of in kinds.items() if of in ways}
        self._shapes = {of: _shape(kind, of) for kind, of in kinds.items() if of not in ways}

    def plain(self, value: Any) -> Any:
        """`value` as JSON has it."""
        if type(value) in _PLAIN:
            return value
        if isinstance(value, tuple):
            return [self.plain(item) for item in value]
        if type(value) in self._own:
            kind, fields = self._own[type(value)]
            return {"is": kind, **fields(value)}
        kind, names, values = self._shapes[type(value)]
        return {"is": kind, **{name: self.plain(item) for name, item in zip(names, values(value), strict=True)}}

    def value(self, data: Any) -> Any:
        """The reverse of `plain`.

        Raises:
            InvalidError: a kind or a field that this version does not know.
        """
        if isinstance(data, list):
            return tuple(self.value(item) for item in data)
        if not isinstance(data, dict):
            return data
        fields = dict(data)
        try:
            return self._make[fields.pop("is")](fields)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidError(f"a value cannot be read: {error!r}", hint="a newer ramet may know it") from error


def _maker(of: type[Any], value: Callable[[Any], Any]) -> Callable[[dict[str, Any]], Any]:
    return lambda fields: of(**{name: value(item) for name, item in fields.items()})


def _shape(kind: str, of: type[Any]) -> tuple[str, tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(field.name for field in dataclasses.fields(of))
    if len(names) > 1:
        return kind, names, attrgetter(*names)
    return kind, names, lambda value: tuple(getattr(value, name) for name in names)
