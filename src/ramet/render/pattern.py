r"""Which lines a pattern matches.

Patterns come from the reader, so none may run for ever. RE2 finds in time linear in the text and in bounded memory,
whatever the pattern is; for that it has no lookaround and no back references. Its `\w`, `\d` and `\b` know ASCII only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ramet.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable


#: Of a line; the slowest patterns take half a second for that.
_LOOKED_AT = 1_000_000


def matcher(pattern: str) -> Callable[[str], bool]:
    """What tells whether `pattern` matches somewhere in the first million characters of a line.

    Raises:
        InvalidError: `pattern` is no string, or none that RE2 can read.
    """
    if not isinstance(pattern, str):
        raise InvalidError(f"{pattern!r} is no pattern to search for", hint="give a string")
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        regexp = re2.compile(pattern.encode("utf-8", "replace"), options)
    except re2.error as error:
        message = error.args[0].decode("utf-8", "replace") if error.args else "it does not say why"
        raise InvalidError(
            f"not a pattern that can be searched for: {message}",
            hint="this is RE2 syntax: no lookaround, no back references; escape what is meant literally",
        ) from error
    return lambda line: regexp.search(line[:_LOOKED_AT].encode("utf-8", "replace")) is not None
