"""What a session tells about its variables and objects without running a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One of the session's variables.

    `shape` is that of data, `length` that of a built-in container; None where it has none. `size_bytes` is an estimate,
    None where nobody can tell. `value` is a short text, empty if there was no time for it. `cell` is the one that
    made the variable, None while that cell runs.
    """

    name: str
    type: str
    value: str = ""
    shape: tuple[int, ...] | None = None
    length: int | None = None
    size_bytes: int | None = None
    cell: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """Variables sorted by name, and how many more there are that fit what was asked for."""

    rows: tuple[Variable, ...]
    omitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """What a column holds, as far as it was looked at; `name` is empty for data that is no table.

    `low` and `high` are the range of numbers and moments; `distinct` counts the different values of others, and `top`
    has the most frequent of them with their numbers.
    """

    name: str
    dtype: str
    missing: int
    low: str | None = None
    high: str | None = None
    distinct: int | None = None
    top: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataProfile:
    """What a data set holds. `sampled` is the number of rows, or of elements of an array, that were looked at."""

    rows: int
    sampled: int
    columns: tuple[ColumnProfile, ...]
    columns_omitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What is known of an expression that names something.

    `line` counts from 1 and is 0 where it is not known, as texts are empty. `members` are the public names of a module,
    a class, or an object whose class the session defines.
    """

    expression: str
    kind: Literal["module", "class", "function", "method", "property", "object"]
    type: str
    module: str = ""
    value: str = ""
    signature: str = ""
    doc: str = ""
    source: str = ""
    file: str = ""
    line: int = 0
    shape: tuple[int, ...] | None = None
    length: int | None = None
    members: tuple[str, ...] = ()
    data: DataProfile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """The expression names nothing that could be found; `near` are names that may have been meant."""

    expression: str
    reason: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completions:
    """What could replace the characters from `start` to `end`, and how many more such texts there are."""

    matches: tuple[str, ...]
    start: int
    end: int
    omitted: int = 0
