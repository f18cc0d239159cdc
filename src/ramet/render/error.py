"""An exception as text: what it is and what may have been meant, then where, then what led to it.

Where that is too long, it is told with less detail: first without the source around outer frames, then with fewer links
and frames, then without values. The type and the message stay.
"""

from __future__ import annotations

from itertools import groupby, islice
from typing import TYPE_CHECKING

from ramet.render import frames
from ramet.render.bounds import cut
from ramet.render.frames import Scenes, caret_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ramet.model.frame import ErrorInfo, SyntaxLocation

_DETAILS = (
    Scenes(sources=100, surroundings=True, values=True, frames=40),
    Scenes(sources=2, surroundings=True, values=True, frames=20),
    Scenes(sources=1, surroundings=True, values=True, frames=8),
    Scenes(sources=1, surroundings=False, values=True, frames=6),
    Scenes(sources=1, surroundings=False, values=False, frames=4),
)
_MEMBERS_SHOWN = 10
_MESSAGE_MIN = 40
_PLAIN_MODULES = ("", "builtins", "__main__")


def as_text(error: ErrorInfo, limit: int = 3000) -> str:
    """`error` in at most `limit` characters, its type and message first."""
    text = ""
    for detail in _DETAILS:
        text = "\n".join(_lines(error, detail, max(limit // 2, _MESSAGE_MIN)))
        if len(text) <= limit:
            return text
    return cut(text, limit)[0]


def _lines(error: ErrorInfo, detail: Scenes, message_limit: int) -> Iterator[str]:
    yield from cut(_headline(error), message_limit)[0].splitlines() or [""]
    for note in error.notes:
        yield from cut(note, message_limit)[0].splitlines()
    yield from error.hints
    if error.syntax is not None:
        yield from _syntax(error.syntax)
    yield from frames.lines(error.frames, error.frames_omitted, detail)
    yield from _members(error, detail, message_limit // 4)
    for how, link in (("caused by ", error.cause), ("raised while handling ", error.context)):
        if link is not None and _adds_to(link, error):
            yield from _linked(_lines(link, detail, message_limit // 2), how)


def _members(group: ErrorInfo, detail: Scenes, message_limit: int) -> Iterator[str]:
    """The members of a group, those that follow each other and read the same only once."""
    count = len(group.exceptions) + group.exceptions_omitted
    texts = ("\n".join(_lines(member, detail, message_limit)) for member in group.exceptions)
    told = 0
    for text, run in islice(groupby(texts), _MEMBERS_SHOWN):
        same = len([*run])
        yield from _indented(iter(text.split("\n")), f"{told + 1} of {count}: ")
        told += same
        if same > 1:
            yield f"  ... the same {same - 1:,} more times"
    if told < count:
        yield f"  ... {count - told:,} more"


def _headline(error: ErrorInfo) -> str:
    name = error.type if error.module in _PLAIN_MODULES else f"{error.module}.{error.type}"
    message = error.message
    if error.syntax is not None:  # Python appends the place, which is told below
        place = f" ({error.syntax.file.rpartition('/')[2]}, line {error.syntax.line})"
        message = message.removesuffix(place)
    return f"{name}: {message}" if message else name


def _adds_to(link: ErrorInfo, error: ErrorInfo) -> bool:
    """Whether `link` says anything that `error` does not; libraries re-raise what they have caught as it was."""
    return bool(link.frames or link.cause or link.context or link.notes) or str(link) != str(error)


def _syntax(where: SyntaxLocation) -> Iterator[str]:
    yield f"{where.file}, line {where.line}" if where.line else where.file
    source = where.source.lstrip()
    if not source:
        return
    indentation = len(where.source) - len(source)
    first = max(where.column - 1 - indentation, 0)
    last = max(where.end_column - 1 - indentation, first + 1)
    if where.column > 0:
        yield from caret_lines(source, (first, min(last, max(len(source), first + 1))), f"> {where.line}  ")
    else:
        yield f"> {where.line}  {source}"


def _linked(lines: Iterator[str], how: str) -> Iterator[str]:
    """A linked error: its headline after `how`, the rest indented."""
    yield how + next(lines)
    for line in lines:
        yield f"  {line}"


def _indented(lines: Iterator[str], label: str) -> Iterator[str]:
    """A member of a group: its headline after `label`, the rest indented further."""
    yield f"  {label}{next(lines)}"
    for line in lines:
        yield f"    {line}"
