"""What could stand at the cursor: by IPython's completer, or by the names that are stored."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Any

from .patience import TooSlow, within
from .resolution import Unresolved, parsed, resolve, stored_names

_DEADLINE_S = 2.0
_MATCHES_MAX = 200
_DOTTED = re.compile(r"(?:([\w.]+(?:\[[^\[\]]*\])*)\.)?(\w*)$")


def complete(code: str, cursor: int, namespace: dict[str, Any], completer: Any = None) -> dict[str, Any]:
    """`matches` for what lies from `start` to `end`, of which there are at most 200, and how many more, `omitted`.

    `cursor` counts characters. `completer` is IPython's; without one, or if it takes too long, the names that are
    stored in `namespace` and its objects are offered.
    """
    cursor = max(0, min(cursor, len(code)))
    found = None
    if completer is not None:
        try:
            found = within(_DEADLINE_S, _by_ipython, completer, code, cursor)
        except (Exception, TooSlow):  # noqa: BLE001 - completers run code of the user's objects, and of jedi
            found = None
    matches, start, end = found or _by_names(code, cursor, namespace)
    return {
        "matches": matches[:_MATCHES_MAX], "start": start, "end": end, "omitted": max(0, len(matches) - _MATCHES_MAX),
    }  # fmt: skip


def _by_ipython(completer: Any, code: str, cursor: int) -> tuple[list[str], int, int] | None:
    from IPython.core.completer import provisionalcompleter, rectify_completions

    with provisionalcompleter():
        found = list(rectify_completions(code, completer.completions(code, cursor)))
    if not found:
        return [], cursor, cursor
    return list(dict.fromkeys(match.text for match in found)), found[0].start, found[0].end


def _by_names(code: str, cursor: int, namespace: dict[str, Any]) -> tuple[list[str], int, int]:
    match = _DOTTED.search(code[:cursor])
    assert match is not None  # it matches nothing at all, too
    holder, prefix = match.groups()
    if holder is None:
        names = [*namespace, *vars(builtins), *keyword.kwlist]
    else:
        try:
            names = stored_names(resolve(parsed(holder), namespace))
        except Unresolved:
            names = []
    fitting = {name for name in names if name.startswith(prefix) and (prefix or not name.startswith("_"))}
    return sorted(fitting), cursor - len(prefix), cursor
