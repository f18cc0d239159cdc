"""The description of a table: bounded, JSON-able, made from the places that are shown and no others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Any, Callable

from . import table_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Rows that are described from the beginning and from the end, and characters of a value; the next ones of these hold
#: if that makes too much.
_AMOUNTS = ((40, 10, 100), (20, 5, 100), (20, 5, 24))
_COLUMNS_OF_MANY_ROWS = 25
_VALUES_CHARACTERS = 40_000
_PATIENCE_S = 1.0

_FIRST_COLUMNS, _LAST_COLUMNS = 40, 20
_NAMED_COLUMNS = 240
_NAMES_CHARACTERS = 15_000
_FACT_CHARACTERS = 200
_FACTS = 12


def _no_columns(start: int, stop: int) -> list[Sequence[object]]:  # noqa: ARG001 - the signature of a reader
    return []


@dataclass(frozen=True)
class Grid:
    """Rows and columns as a library keeps them.

    `label(j)` is the name and data type of column `j`, and `read(start, stop, columns)` gives the values of those
    columns in these rows, column by column. `index` labels the columns that stand before the others, whose values
    `read_index` gives; one without a data type counts the rows from 0. `unit` is the word for rows, `missing` the
    library's word for None.
    """

    rows: int
    width: int
    label: Callable[[int], tuple[str, str]]
    read: Callable[[int, int, Sequence[int]], Sequence[Iterable[object]]]
    index: Sequence[tuple[str, str]] = ()
    read_index: Callable[[int, int], Sequence[Iterable[object]]] = _no_columns
    unit: str = "rows"
    missing: str = "None"


@dataclass(frozen=True)
class About:
    """What is true of a table as a whole: its class, its sizes and their names, the type of all values, plain facts."""

    kind: str
    shape: Sequence[int]
    axes: Sequence[str] = ()
    dtype: str = ""
    facts: Sequence[str] = field(default_factory=list)
    #: The object's own text shows rows that are not described here, because reading them again may be costly.
    own_text: bool = False


def kind_of(value: object) -> str:
    """The class of `value` with the library that it is from, such as `pandas.DataFrame`."""
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    name = kind.__qualname__.rpartition(".")[2][:100]
    return name if library == "__main__" else f"{library.lstrip('_')}.{name}"


def described(about: About, grid: Grid) -> dict[str, Any]:
    """The description of a table whose values can be read."""
    shown = _shown_columns(grid.width)
    deadline = monotonic() + _PATIENCE_S
    for head, tail, characters in _AMOUNTS if len(shown) <= _COLUMNS_OF_MANY_ROWS else _AMOUNTS[1:]:
        spans = _spans(grid.rows, head, tail)
        index, columns, rows = _read(grid, shown, spans, characters, deadline)
        if sum(len(value) for row in rows for value in row) <= _VALUES_CHARACTERS:
            break
    if monotonic() > deadline:
        about = replace(about, facts=[*about.facts, "values whose text took too long to make are left out (…)"])
    end_of_head = spans[0][1]
    hidden = range(_FIRST_COLUMNS, _FIRST_COLUMNS + grid.width - len(shown))
    return {
        **_whole(about, hidden, grid.label),
        "unit": grid.unit,
        "rows": grid.rows,
        "index": index,
        "columns": columns,
        "gap": min(len(shown), _FIRST_COLUMNS),
        "head": rows[:end_of_head],
        "tail": rows[end_of_head:],
    }


def outlined(about: About, labels: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """The description of a table by the names and data types of its columns alone, if they are known."""
    none: dict[str, Any] = {"unit": "rows", "rows": 0, "index": [], "columns": [], "gap": 0, "head": [], "tail": []}
    return {**_whole(about, range(len(labels)), lambda j: labels[j]), **none}


def common(types: Sequence[str]) -> str:
    """The data type that all columns have, empty if they differ."""
    return types[0] if len(set(types)) == 1 else ""


def _whole(about: About, hidden: range, label: Callable[[int], tuple[str, str]]) -> dict[str, Any]:
    named = _named(hidden, label)
    return {
        "kind": about.kind,
        "shape": [int(size) for size in about.shape],
        "axes": [str(axis) for axis in about.axes],
        "dtype": about.dtype,
        "facts": [table_values.cut(" ".join(str(fact).split()), _FACT_CHARACTERS) for fact in about.facts[:_FACTS]],
        "own_text": about.own_text,
        "named": named,
        "unnamed": len(hidden) - len(named),
    }


def _shown_columns(width: int) -> list[int]:
    if width <= _FIRST_COLUMNS + _LAST_COLUMNS:
        return list(range(width))
    return [*range(_FIRST_COLUMNS), *range(width - _LAST_COLUMNS, width)]


def _spans(rows: int, head: int, tail: int) -> list[tuple[int, int]]:
    return [(0, rows)] if rows <= head + tail else [(0, head), (rows - tail, rows)]


def _named(hidden: range, label: Callable[[int], tuple[str, str]]) -> list[list[str]]:
    """Names and data types of columns that are not shown, as far as there is room; those of a matrix have no names."""
    found: list[list[str]] = []
    room = _NAMES_CHARACTERS
    for j in hidden[:_NAMED_COLUMNS]:
        name, dtype = label(j)
        room -= len(name) + len(dtype)
        if not name or room < 0:
            break
        found.append([name, dtype])
    return found


def _read(
    grid: Grid, shown: Sequence[int], spans: Sequence[tuple[int, int]], characters: int, deadline: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[list[str]]]:
    """The labels of the index and of the shown columns, and the texts of all rows."""
    parts = [[*grid.read_index(*span), *grid.read(*span, shown)] for span in spans]
    labels = [*grid.index, *(grid.label(j) for j in shown)]
    heads, strips = [], []
    for number, (name, dtype) in enumerate(labels):
        values = (value for part in parts for value in part[number])
        strip, numeric = table_values.column(values, grid.missing, deadline)
        strips.append([table_values.cut(text, characters) for text in strip])
        heads.append({"name": name, "dtype": dtype, "numeric": numeric})
    levels = len(grid.index)
    rows = [list(row) for row in zip(*strips)]
    return heads[:levels], heads[levels:], rows
