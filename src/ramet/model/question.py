"""What can be asked about a session's objects without running a cell."""

from __future__ import annotations

from dataclasses import dataclass

from ramet.errors import InvalidError
from ramet.model.inspection import Completions, Inspection, NotFound, Variables


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutVariables:
    """Which variables are there? `pattern` is a shell pattern for names, `types` names of types; empty means any."""

    pattern: str = ""
    types: tuple[str, ...] = ()
    limit: int = 200

    def __post_init__(self) -> None:
        if not isinstance(self.pattern, str):
            raise InvalidError(f"{self.pattern!r} is no pattern for names", hint='give a string, such as "df*"')
        if not all(isinstance(name, str) for name in self.types):
            raise InvalidError(f"types={list(self.types)!r} are no names of types", hint='give strings: ["DataFrame"]')
        if not isinstance(self.limit, int) or self.limit < 0:
            raise InvalidError(f"limit={self.limit!r} is no number of variables", hint="give 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutObject:
    """What is `expression`: a name, with attributes and written-out keys?"""

    expression: str

    def __post_init__(self) -> None:
        if not isinstance(self.expression, str):
            raise InvalidError(f"{self.expression!r} is no expression", hint='give a string, such as "df.merge"')


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutCursor:
    """What could stand at the `cursor`, a number of characters from the beginning of `code`?"""

    code: str
    cursor: int

    def __post_init__(self) -> None:
        if not isinstance(self.cursor, int) or self.cursor < 0:
            raise InvalidError(f"cursor={self.cursor!r} is no place in the code", hint="give 0 or more")


Question = AboutVariables | AboutObject | AboutCursor

Answer = Variables | Inspection | NotFound | Completions
