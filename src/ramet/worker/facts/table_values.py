"""Values of a table as short plain texts.

A string stands as it is, unless a reader could take it for something else (it is empty, has blanks at an end or control
characters, looks like a missing value, or stands among values of other types): then it is a Python literal, in quotes.
What is cut says so with an ellipsis and, for strings and containers, how much there is.
"""

from __future__ import annotations

import datetime
import math
import re
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Characters of one value, of one name and of one data type.
VALUE_CHARACTERS = 100
NAME_CHARACTERS = 60

LATE = "…"

_SIGNIFICANT_DIGITS = 6  # what pandas and polars show, too
_ITEMS_OF_A_CONTAINER = 4
_LIBRARIES_OF_COLUMNS = ("numpy", "pandas", "polars", "pyarrow")
_DEPTH = 2

_LIKE_MISSING = frozenset({"None", "NaN", "nan", "NaT", "<NA>", "NA", "null", "--", LATE})
_LIKE_A_NUMBER = re.compile(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?j?")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_MIDNIGHT = re.compile(r"[ T]00:00:00(\.0+)?([-+]\d\d:\d\d)?$")
_EMPTY_FRACTION = re.compile(r"\.0+$")


def column(values: Iterable[object], missing: str = "None", deadline: float = math.inf) -> tuple[list[str], bool]:
    """The texts of a column's values, and whether they are numbers. `missing` is what the library calls None.

    Values that are not reached before the monotonic clock shows `deadline` are `LATE`: a text may be made by slow code.
    """
    listed = list(values)
    kinds = {type(value) for value in listed if not _is_missing(value)}
    mixed = str in kinds and len(kinds) > 1
    texts = [
        LATE if monotonic() > deadline else missing if value is None else text(value, quoted=mixed) for value in listed
    ]
    if any(_is_moment(kind) for kind in kinds):
        texts = _shortened_moments(texts)
    return texts, bool(kinds) and all(map(_is_number, kinds))


def text(value: object, *, quoted: bool = False, depth: int = _DEPTH) -> str:
    """One value, in at most `VALUE_CHARACTERS`. Never raises, whatever the value's own code does."""
    try:
        return cut(_text(value, quoted, depth))
    except Exception as error:  # noqa: BLE001 - str() of a user's object runs the user's code
        return f"<{type(value).__name__}: its text raises {type(error).__name__}>"[:VALUE_CHARACTERS]


def name(value: object) -> str:
    """The name of a column, written so that 0 and '0' differ and a list of names can be read."""
    value = _plain(value)
    if isinstance(value, str):
        strange = _LIKE_A_NUMBER.fullmatch(value) or any(sign in value for sign in ",:;'\"()")
        return _string(value, bool(strange), NAME_CHARACTERS)
    if isinstance(value, tuple):
        return cut(repr(tuple(_plain(part) for part in value)), NAME_CHARACTERS)
    return cut(text(value), NAME_CHARACTERS)


def dtype(value: object) -> str:
    """A data type by its own text, on one line."""
    return cut(" ".join(str(value).split()), NAME_CHARACTERS)


def cut(whole: str, limit: int = VALUE_CHARACTERS) -> str:
    """`whole`, or its beginning and an ellipsis."""
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"


def sequence(first: Sequence[object], length: int, depth: int = _DEPTH) -> str:
    """A container of `length` items that begins with the items `first`."""
    shown = [text(item, quoted=True, depth=depth - 1) for item in first[:_ITEMS_OF_A_CONTAINER]]
    if length > len(shown):
        shown.append(f"… {length - len(shown):,} more")
    return f"[{', '.join(shown)}]"


def _text(value: Any, quoted: bool, depth: int) -> str:
    kind = type(value)
    if kind is str:
        return _string(value, quoted)
    if kind is float:
        return number(value)
    if kind is bool or value is None:
        return str(value)
    if kind is int:
        return str(value) if value.bit_length() < 512 else f"an int of {value.bit_length():,} bits"
    if isinstance(value, str):
        return _string(str.__str__(value), quoted)
    if isinstance(value, (bytes, bytearray)):
        return _counted(repr(bytes(value[:VALUE_CHARACTERS])), len(value), "bytes", VALUE_CHARACTERS)
    if isinstance(value, (list, tuple, set, frozenset)):
        return _container(value, depth)
    if isinstance(value, dict):
        return _mapping(value, depth)
    return _foreign_text(value, depth)


def _foreign_text(value: Any, depth: int) -> str:
    """The text of a value whose class the language does not know."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if isinstance(value, (numpy.floating, numpy.integer, numpy.bool_)):
            return _text(value.item() if value.itemsize <= 8 else float(value), False, depth)
        if isinstance(value, numpy.complexfloating):
            value = complex(value)
        if isinstance(value, numpy.dtype):
            return str(value)
    if isinstance(value, complex):
        return f"{number(value.real)}{'+' if value.imag >= 0 or value.imag != value.imag else ''}{number(value.imag)}j"
    if isinstance(value, float):
        return number(float(value))
    if _module(type(value)) in _LIBRARIES_OF_COLUMNS and hasattr(value, "__len__"):
        return _column(value, depth)
    shown = _ADDRESS.sub("", str(value))
    return shown if _is_missing(value) else _string(shown, False)


def number(value: float) -> str:
    """A float in six significant digits or all of its integer ones, always recognisable as a float."""
    if value != value:
        return "NaN"
    if math.isinf(value) or value == 0:
        return str(value)
    if not 1e-5 <= abs(value) < 1e16:
        return f"{value:.{_SIGNIFICANT_DIGITS}g}"
    short = f"{value:.{_SIGNIFICANT_DIGITS}g}" if abs(value) < 10**_SIGNIFICANT_DIGITS else f"{value:.1f}"
    if "e" in short:  # small, or rounded up to a million
        short = f"{value:.1f}" if abs(value) > 1 else short
    return short if "." in short or "e" in short else f"{short}.0"


def _string(value: str, quoted: bool, limit: int = VALUE_CHARACTERS) -> str:
    beginning = value[:limit]
    misread = not value or value[0] == " " or value[-1].isspace() or not beginning.isprintable()
    shown = repr(beginning) if quoted or misread or beginning in _LIKE_MISSING else beginning
    return _counted(shown, len(value), "characters", limit)


def _counted(shown: str, length: int, unit: str, limit: int) -> str:
    """`shown`, the text of the beginning of something, cut so that there is room to say how long all of it is."""
    if length <= limit and len(shown) <= limit:
        return shown
    note = f"… ({length:,} {unit})"
    return shown[: limit - len(note)] + note


def _container(value: Any, depth: int) -> str:
    if not value:
        return repr(value)
    if depth <= 0:
        return f"{type(value).__name__} of {len(value):,}"
    first = [item for item, _ in zip(value, range(_ITEMS_OF_A_CONTAINER))]
    inner = sequence(first, len(value), depth)[1:-1]
    if isinstance(value, list):
        return f"[{inner}]"
    if isinstance(value, tuple):
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return f"{{{inner}}}"


def _mapping(value: Any, depth: int) -> str:
    if depth <= 0:
        return f"{type(value).__name__} of {len(value):,}"
    first = [item for item, _ in zip(value.items(), range(_ITEMS_OF_A_CONTAINER))]
    shown = [f"{text(key, quoted=True, depth=0)}: {text(item, quoted=True, depth=depth - 1)}" for key, item in first]
    if len(value) > len(shown):
        shown.append(f"… {len(value) - len(shown):,} more")
    return f"{{{', '.join(shown)}}}"


def _column(value: Any, depth: int) -> str:
    """An array, a series or a frame as a value of a table."""
    shape = getattr(value, "shape", (len(value),))
    if len(shape) == 1:
        return sequence(list(value[:_ITEMS_OF_A_CONTAINER]), len(value), depth)
    return f"{type(value).__name__} {' x '.join(map(str, shape))}"


def _plain(value: Any) -> Any:
    """A numpy scalar as the Python value that it stands for."""
    return value.item() if _module(type(value)) == "numpy" and hasattr(value, "item") else value


def _module(kind: type) -> str:
    return str(kind.__module__).partition(".")[0]


def _is_missing(value: object) -> bool:
    kind = type(value)
    if kind is float or kind.__name__ in ("datetime64", "timedelta64"):
        return value != value
    return value is None or kind.__name__ in ("NAType", "NaTType")


def _is_number(kind: type) -> bool:
    if kind is bool:
        return False
    return issubclass(kind, (int, float, complex)) or kind.__name__ == "Decimal" or _is_numpy_number(kind)


def _is_numpy_number(kind: type) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and issubclass(kind, numpy.number) and not _is_moment(kind)


def _is_moment(kind: type) -> bool:
    return issubclass(kind, datetime.datetime) or kind.__name__ == "datetime64"


def _shortened_moments(texts: list[str]) -> list[str]:
    """Moments without what all of them lack: a time of day, a fraction of a second."""
    for empty in (_MIDNIGHT, _EMPTY_FRACTION):
        shorter = [empty.sub("", moment) for moment in texts]
        if all(len(new) < len(old) or old in _LIKE_MISSING for new, old in zip(shorter, texts)):
            return shorter
    return texts
