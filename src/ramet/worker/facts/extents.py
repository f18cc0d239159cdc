"""How many values there are and which they span, in bounded time, whatever holds them; nothing is imported."""

from __future__ import annotations

import math
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEXT_MAX = 120
_NAME_MAX = 40
_NAMES_MAX = 12
#: Numbers in an array are looked at in C, those in a list one by one.
_ARRAY_MAX = 10_000_000
_LIST_MAX = 100_000
_DATE = re.compile(r"\d{4}-\d\d")


def text(value: object, limit: int = _TEXT_MAX) -> str:
    """`value` on one line of at most `limit` characters; empty if it is no text."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 10 * limit].split())
    return line if len(line) <= limit else f"{line[: limit - 3]}..."


def number(value: object) -> float | int | None:
    """`value` as a finite number of Python's own, None if it is none."""
    try:
        plain = value.item() if hasattr(value, "item") else value  # numpy's scalars
    except (ValueError, TypeError):
        return None
    if type(plain) is int:
        return plain if abs(plain) < 1 << 1000 else None
    return plain if type(plain) is float and math.isfinite(plain) else None


def count(values: object) -> int | None:
    """How many values there are, None if that cannot be told."""
    try:
        return len(values)  # type: ignore[arg-type]
    except TypeError:
        return None


def span(values: Any) -> dict[str, Any]:
    """The ends of `values` as `low` and `high`, numbers or dates in words; empty for other values, or too many."""
    if values is None or isinstance(values, (str, bytes, dict)):
        return {}
    array = _array(values)
    ends = _list_ends(values) if array is None else _array_ends(array)
    return {} if ends is None else {"low": ends[0], "high": ends[1]}


def few(values: Any, limit: int = 12) -> list[float]:
    """All of `values` if they are at most `limit` numbers, else none of them."""
    amount = count(values)
    if amount is None or not 0 < amount <= limit:
        return []
    numbers = [number(value) for value in values]
    return [value for value in numbers if value is not None] if None not in numbers else []


def categories(*columns: Any) -> dict[str, Any]:
    """The different values of `columns` as an axis names them; empty for numbers and dates, which have a span."""
    return named(dict.fromkeys(name for column in columns for name in _names(column)))


def named(names: Iterable[str]) -> dict[str, Any]:
    """The first of `names` and the number of the others; empty if there are none."""
    every = list(names)
    if not every:
        return {}
    shown = [text(name, _NAME_MAX) for name in every[:_NAMES_MAX]]
    return {"categories": shown, "categories_omitted": len(every) - len(shown)}


def _names(values: Any) -> list[str]:
    """The different ones of the first values in order, if all of them are text and no dates."""
    amount = count(values)
    if not amount or getattr(getattr(values, "dtype", None), "kind", "O") in "iufcbMm":
        return []
    first = list(values[:_LIST_MAX]) if not hasattr(values, "to_numpy") else list(values.head(_LIST_MAX))
    names = list(dict.fromkeys(value for value in first if value is not None and value == value))
    if not all(type(name) is str for name in names) or all(_DATE.match(name) for name in names):
        return []
    return names


def _array(values: Any) -> Any:
    """`values` as a numpy array if that costs nothing, else None."""
    numpy = sys.modules.get("numpy")
    if numpy is None or isinstance(values, (list, tuple, range)):
        return None
    if not isinstance(values, numpy.ndarray) and not hasattr(values, "to_numpy"):
        return None
    compressed = getattr(values, "compressed", None)  # a masked array without what is masked
    array = compressed() if compressed is not None else numpy.asarray(values)
    return None if array.dtype.kind == "O" else array


def _array_ends(array: Any) -> tuple[Any, Any] | None:
    numpy = sys.modules["numpy"]
    if not 0 < array.size <= _ARRAY_MAX or array.dtype.kind not in "iufM":
        return None
    flat = array.ravel()
    low, high = numpy.fmin.reduce(flat), numpy.fmax.reduce(flat)  # both pass over what is no number
    if array.dtype.kind == "M":
        return None if numpy.isnat(low) else (date(str(low)), date(str(high)))
    if not (numpy.isfinite(low) and numpy.isfinite(high)):
        flat = flat[numpy.isfinite(flat)]
        if not flat.size:
            return None
        low, high = flat.min(), flat.max()
    return number(low), number(high)


def _list_ends(values: Any) -> tuple[Any, Any] | None:
    """As `span`, one by one, and only for types whose comparison is no code of the user's."""
    amount = count(values)
    if not amount or amount > _LIST_MAX:
        return None
    try:
        plain = [value for value in values if value is not None]
    except Exception:  # noqa: BLE001 - a container of the user's own; what it raises is not ours to show
        return None
    if all(type(value) in (int, float, bool) for value in plain):
        finite = [value for value in plain if math.isfinite(value)]
        return (number(min(finite)), number(max(finite))) if finite else None
    if all(type(value) is str and _DATE.match(value) for value in plain):
        return date(min(plain)), date(max(plain))
    words = [_date_in_words(value) for value in plain]
    return (min(words), max(words)) if words and all(words) else None


def date(words: str) -> str:
    """A date in ISO form without a time of nought."""
    day, _, time = words.replace(" ", "T", 1).partition("T")
    return day if not time.strip("0:.+Z") else f"{day} {time[:8]}"


def _date_in_words(value: object) -> str:
    if type(value).__module__ not in ("datetime", "pandas", "pandas._libs.tslibs.timestamps"):
        return ""
    isoformat = getattr(value, "isoformat", None)
    return date(isoformat()) if isoformat is not None else ""
