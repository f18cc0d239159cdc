"""What callers may give: each check raises `InvalidError`, which names the argument and says what it may be."""

from __future__ import annotations

import re

from ramet.errors import InvalidError

_KEY = 200
#: A letter may take four bytes, and the name of a folder has 255.
_NAME = re.compile(r"\w[\w.-]{0,59}")
#: Beyond it clocks overflow, some in the middle of a cell: three decades.
_LONGEST_S = 1e9


def check_code(code: object) -> None:
    """`code` is text."""
    if not isinstance(code, str):
        raise InvalidError(f"code must be a string, not {type(code).__name__}", hint="decode bytes first")


def check_name(name: object) -> None:
    """`name` can be that of a session: of a folder, too, and of a part of an address."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidError(
            f"{name!r} cannot name a session",
            hint="use up to 60 letters, digits, '_', '.' and '-', but no '.' or '-' first",
        )


def check_key(key: object) -> None:
    """`key` is a word, which may be empty."""
    if not isinstance(key, str) or len(key) > _KEY:
        raise InvalidError(f"a key is a word of up to {_KEY} characters", hint="such as uuid.uuid4().hex")


def check_cell(name: str, number: object) -> None:
    """`number` is a whole one, as cells have, or None."""
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        raise InvalidError(f"{name}={number!r} is no number of a cell or of cells", hint="give a whole number")


def check_seconds(name: str, value: object) -> None:
    """`value` is a duration or None."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LONGEST_S:
        hint = f"give 0 to {_LONGEST_S:,.0f}, or None for no limit"
        raise InvalidError(f"{name}={value!r} is no number of seconds", hint=hint)
