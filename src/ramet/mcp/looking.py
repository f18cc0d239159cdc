"""What `look` shows: one string says what is wanted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ramet.errors import InvalidError
from ramet.mcp.reading import reading_of
from ramet.model.inspection import Inspection
from ramet.render.bounds import bounded, cut
from ramet.render.inspection import inspection_text, variables_text
from ramet.render.reply import LIMIT, Reply, reply

if TYPE_CHECKING:
    from ramet.manager.session import AsyncSession
    from ramet.model.past import Match

_OUT = re.compile(r"out[:\s]\s*(?P<cell>\d+(?:\.\d+)?)(?:[\s:]+(?P<part>.+))?", re.DOTALL)
_IN = re.compile(r"in[:\s]\s*(?P<cell>\d+(?:\.\d+)?)(?:[\s:]+(?P<part>.+))?", re.DOTALL)
_NAMES = re.compile(r"[\w.]+")
_SEARCH = re.compile(r"/(?P<pattern>.+?)/?", re.DOTALL)
_LINES = re.compile(r"(?:lines?\s+)?(?P<first>-?\d+)(?P<more>\s*(?:-|:|\.\.+|to)\s*(?P<last>\d+)?)?")
_PATTERN = re.compile(r"[\w*\[\]!?]*\*[\w*\[\]!?]*")

#: For whoever has looked for something else.
_FORMS = 'the session; look("df"), look("df*"), look("out:7 100-150"), look("out:7 /ERROR/") and look("in:7") work, too'

#: What a reader gets if he names no limit.
_BRIEF, _OBJECT = 3000, 3000
_LEAST = 200

#: Of a line that a search has found, at most so much is shown.
_MATCH = 300


async def looked(session: AsyncSession, what: str, most: int | None) -> Reply:
    """What there is to see of `what`, in about `most` characters, or in as many as that usually deserves.

    Raises:
        InvalidError: there is no such cell or line, or a pattern cannot be read.
        BusyError: the session's code is inside a call that it could not be looked at in.
    """
    limit = max(most or LIMIT, _LEAST)
    if not what:
        return Reply(text=await session.brief(most or _BRIEF))
    if found := _OUT.fullmatch(what):
        return await _output(session, f"out:{found['cell']}", found["part"] or "", limit)
    if found := _IN.fullmatch(what):
        return Reply(text=await _code(session, found["cell"], found["part"] or "1-", limit))
    if found := _SEARCH.fullmatch(what):
        return Reply(text=await _matches(session, found["pattern"], None, limit))
    if _PATTERN.fullmatch(what):
        return Reply(text=await _variables(session, what, most or _OBJECT))
    return Reply(text=await _object(session, what, most or _OBJECT))


async def _variables(session: AsyncSession, pattern: str, limit: int) -> str:
    found = await session.variables(pattern)
    return variables_text(found, limit) if found.rows else f"no variable fits {pattern}"


async def _object(session: AsyncSession, what: str, limit: int) -> str:
    found = await session.inspect(what.strip("?"))
    if not isinstance(found, Inspection):
        there_is = "what there is" if _NAMES.fullmatch(what) else _FORMS
        return f"{inspection_text(found, limit)}\nlook() shows {there_is}"
    if found.doc and found.module != "__main__" and not what.endswith("??"):
        found = replace(found, source="")  # which has the documentation once more
    return inspection_text(found, limit)


async def _code(session: AsyncSession, cell: str, part: str, limit: int) -> str:
    """Lines of the code of a cell."""
    lines = (await session.cell(f"out:{cell}")).result.code.split("\n")
    found = _LINES.fullmatch(part)
    if found is None:
        raise InvalidError(f"{part} names no lines of in:{cell}", hint=f'it has {len(lines):,}; "in:{cell} 5-10" works')
    first, last = _range(found)
    first = max(first + len(lines) + 1 if first < 0 else first, 1)
    shown = lines[first - 1 : last]
    if not shown:
        raise InvalidError(f"there are no lines {part} in in:{cell}", hint=f"it has {len(lines):,}")
    return bounded("\n".join(shown), limit, handle=f"in:{cell}", first_line=first, reading=reading_of(session)).text


def _range(found: re.Match[str]) -> tuple[int, int | None]:
    """The first line and the last one, None if that is the last there is."""
    first = int(found["first"])
    if found["last"]:
        return first, int(found["last"])
    return first, first if first > 0 and found["more"] is None else None


async def _output(session: AsyncSession, handle: str, part: str, limit: int) -> Reply:
    if not part:
        result = (await session.cell(handle)).result
        return reply(result, limit=limit, handle=handle, reading=reading_of(session))
    if found := _LINES.fullmatch(part):
        return Reply(text=await _lines(session, handle, *_range(found), limit))
    search = _SEARCH.fullmatch(part)
    return Reply(text=await _matches(session, search["pattern"] if search else part, handle, limit))


async def _lines(session: AsyncSession, handle: str, first: int, last: int | None, limit: int) -> str:
    """Lines from `first` on, as far as there is room, and how to go on behind them."""
    if first < 0:
        first += (await session.lines(handle, 1, 0)).total + 1
    first = max(first, 1)
    # Every line takes a character at least, so more of them need not be read.
    page = await session.lines(handle, first, first + limit if last is None else min(last, first + limit))
    end = page.total if last is None else min(last, page.total)
    if first > page.total:
        raise InvalidError(f"there is no line {first:,} in {handle}", hint=f"it has {page.total:,}")
    if first > end:
        raise InvalidError(f"lines {first}-{end} are none", hint=f"{handle} {end}-{first} are some")
    shown: list[str] = []
    room = limit - 100
    for line in page.lines:
        text, _ = cut(line.text, limit, of=f" of line {line.number}")
        room -= len(text) + 1
        if room < 0 and shown:
            break
        shown.append(text)
    if not shown:
        return f"[{handle} lines {first}-{end} of {page.total:,} were too much to keep]"
    until = page.lines[len(shown) - 1].number
    dropped = f", {page.dropped:,} of them not kept" if page.dropped else ""
    more = [f"[to go on{reading_of(session).told(handle, until + 1, end)}]"] if until < end else []
    return "\n".join([f"[{handle} lines {page.lines[0].number}-{until} of {page.total:,}{dropped}]", *shown, *more])


async def _matches(session: AsyncSession, pattern: str, handle: str | None, limit: int) -> str:
    found = await session.search(pattern, handle, limit=max(limit // 20, 1))
    if not found.matches:
        return f"no line of {handle or 'any cell'} matches {pattern}"
    shown: list[str] = []
    room = limit - 100
    for match in found.matches:
        line = _match_text(match, handle)
        room -= len(line) + 1
        if room < 0 and shown:
            break
        shown.append(line)
    left = len(found.matches) - len(shown)
    if left or found.more:
        shown.append(f"[{'at least ' if found.more else ''}{left + found.more:,} more lines match]")
    return "\n".join(shown)


def _match_text(match: Match, handle: str | None) -> str:
    text, _ = cut(match.line.text, _MATCH, of=f" of line {match.line.number}")
    return f"{match.line.number}: {text}" if handle else f"{match.handle} {match.line.number}: {text}"
