"""What can be asked about a session's objects without running a cell."""

from __future__ import annotations

from dataclasses import dataclass

from ramet.model.inspection import Completions, Inspection, NotFound, Variables


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutVariables:
    """Which variables are there? `pattern` is a shell pattern for names, `types` names of types; empty means any."""

    pattern: str = ""
    types: tuple[str, ...] = ()
    limit: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutObject:
    """What is `expression`: a name, with attributes and written-out keys?"""

    expression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutCursor:
    """What could stand at the `cursor`, a number of characters from the beginning of `code`?"""

    code: str
    cursor: int


Question = AboutVariables | AboutObject | AboutCursor

Answer = Variables | Inspection | NotFound | Completions
