"""The user's variables, each in one line's worth of facts."""

from __future__ import annotations

import fnmatch
import time
from typing import Any, Callable

from .library_values import own
from .short_repr import short, type_name

#: How many bytes the variable of that name takes, None where nobody can tell.
Sizes = Callable[[str], "int | None"]

_SIZED = (str, bytes, bytearray, list, tuple, dict, set, frozenset)


def variables(
    namespace: dict[str, Any],
    hidden: set[str],
    *,
    sizes: Sizes | None = None,
    limit: int = 200,
    pattern: str = "",
    types: tuple[str, ...] = (),
    deadline_s: float = 0.5,
) -> dict[str, Any]:
    """`rows`, sorted by name, for at most `limit` variables, and how many more there are, `omitted`.

    Left out are `hidden` names and those with an underscore first. `pattern` is a shell pattern for the name; `types`
    are names of types, one of which the value must have, itself or by inheritance. When the time is up, the remaining
    rows have no `value`.
    """
    until = time.monotonic() + deadline_s
    names = [name for name in list(namespace) if not name.startswith("_") and name not in hidden]
    wanted = sorted(
        name for name in names if fnmatch.fnmatchcase(name, pattern or "*") and _is_a(namespace.get(name), types)
    )
    rows = [_row(name, namespace[name], sizes, until) for name in wanted[:limit] if name in namespace]
    return {"rows": rows, "omitted": max(0, len(wanted) - limit)}


def _is_a(value: object, types: tuple[str, ...]) -> bool:
    return not types or any(type_name(base) in types for base in type(value).__mro__)


def _row(name: str, value: object, sizes: Sizes | None, until: float) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "type": type_name(type(value)), **extent(value)}
    if sizes is not None:
        row["bytes"] = sizes(name)
    rest_s = until - time.monotonic()
    row["value"] = short(value, deadline_s=min(rest_s, 0.05)) if rest_s > 0 else ""
    return row


def extent(value: object) -> dict[str, Any]:
    """The `shape` of data, the `length` of a built-in container; nothing of what has neither."""
    shape = own(value, "shape")
    if isinstance(shape, tuple) and all(isinstance(side, int) for side in shape):
        return {"shape": list(shape)}
    kind = type(value)
    for base in _SIZED:
        if issubclass(kind, base):
            return {"length": base.__len__(value)}  # type: ignore[arg-type]
    return {}
