"""What a host answers, as a reader gets it: bounded text, pictures, and in a word how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent
from typing import TYPE_CHECKING, Literal

from ramet.model.branch import Case
from ramet.model.cell import Result
from ramet.model.inspection import Completions, Inspection, NotFound, Variables
from ramet.model.outcome import Interruption, Running
from ramet.model.past import Found, Page, PastCell
from ramet.model.session import ProcessInfo
from ramet.model.status import HostStatus, SessionStatus, Started, Stopped, Unadopted
from ramet.render.bounds import bounded, cut, in_line
from ramet.render.inspection import inspection_text, variables_text
from ramet.render.reading import PLAIN
from ramet.render.reply import LIMIT, duration, reply, status

if TYPE_CHECKING:
    from ramet.render.image import Image
    from ramet.render.reading import Reading

#: "failed" is for code that failed, and for what was looked for and is not there.
Ending = Literal["ok", "failed", "running"]

_CODE = 80
_CASE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`text`, and the `images` that it speaks of."""

    text: str
    images: tuple[Image, ...] = ()


def told(value: object, limit: int = LIMIT, reading: Reading = PLAIN) -> Told:
    """`value`, which a host answered, in about `limit` characters at most; `reading` says how to read on."""
    match value:
        case Result():
            replied = reply(value, limit=limit, reading=reading)
            return Told(text=replied.text, images=replied.images)
        case PastCell(result=result, handle=handle, undone=undone):
            replied = reply(result, limit=limit, handle=handle, reading=reading)
            return Told(text=replied.text + ("\n[this cell was undone]" if undone else ""), images=replied.images)
        case Variables():
            return Told(text=variables_text(value, limit))
        case Inspection() | NotFound():
            return Told(text=inspection_text(value, limit))
        case Page():
            return Told(text=_page(value, limit, reading))
        case tuple():
            return Told(text=_list(value, limit))
        case _:
            return Told(text=cut(_in_words(value), limit)[0])


def ending_of(value: object) -> Ending:
    """How that ended."""
    match value:
        case Result(outcome=Running()) | Interruption(stopped=False):
            return "running"
        case Result(ok=False) | Case(ok=False) | NotFound() | Found(matches=()):
            return "failed"
        case Page(lines=(), total=total) if total:
            return "failed"
        case tuple() if any(ending_of(item) == "failed" for item in value):
            return "failed"
        case _:
            return "ok"


def _list(values: tuple[object, ...], limit: int) -> str:
    """A line for each value, as far as they fit."""
    lines = [_in_words(value) for value in values]
    kept, room = 0, limit
    while kept < len(lines) and room >= len(lines[kept]) + 1:
        room -= len(lines[kept]) + 1
        kept += 1
    more = [f"... {len(lines) - kept:,} more"] if kept < len(lines) else []
    return "\n".join([*lines[:kept], *more]) or "none"


def _in_words(value: object) -> str:
    match value:
        case SessionStatus():
            return _session(value)
        case HostStatus():
            return _host(value)
        case Unadopted(name=name, reason=reason, hint=hint):
            return f"{name}: could not be gone on with, {reason}{f'; {hint}' if hint else ''}"
        case Stopped(sessions=()):
            return "the host ends"
        case Stopped(sessions=sessions, ended=ended):
            return (
                f"the host ends; its sessions {'end with it' if ended else 'go on without it'}: {', '.join(sessions)}"
            )
        case ProcessInfo(cwd=cwd, note=note):
            return f"a new, empty process: {_shell(value)}, in {cwd}{f'; {note}' if note else ''}"
        case Started(execution=number):
            return f"submitted, as execution {number}"
        case PastCell(handle=handle, result=result, undone=undone):
            line = f"{handle or 'not run'}  {_in_short(result.code)}  {status(result)}"
            return f"{line} [undone]" if undone else line
        case Completions(matches=matches, omitted=omitted):
            return "\n".join([*matches, *([f"... {omitted:,} more"] if omitted else [])])
        case Case():
            return _case(value)
        case Found(matches=()):
            return "no line matches"
        case None:
            return ""
        case _:
            return str(value)


def _case(case: Case) -> str:
    """In a line where that is enough: the case's branch is gone, and with it what is not told here."""
    shown = cut(case.shown.strip(), _CASE)[0]
    return f"{case.label}:\n{indent(shown, '  ')}" if "\n" in shown else f"{case.label}: {shown}"


def _session(session: SessionStatus) -> str:
    facts = [session.state.name.lower().replace("_", " "), f"next cell {session.next_cell}"]
    if session.info is not None:
        facts += [_shell(session.info), session.info.cwd]
    if session.idle_s >= 1:
        facts.append(f"idle for {duration(session.idle_s)}")
    if session.origin is not None:
        facts.append(f"a branch of {session.origin}")
    return f"{session.name}: {', '.join(facts)}"


def _shell(info: ProcessInfo) -> str:
    return f"IPython {info.ipython}" if info.ipython else f"Python {info.version}"


def _host(host: HostStatus) -> str:
    lines = [
        f"host {host.version}, process {host.pid}, up for {duration(host.uptime_s)}",
        f"sessions: {', '.join(host.sessions) or 'none'}",
        *(f"session {_in_words(one)}" for one in host.unadopted),
        f"socket: {host.socket}",
        *([f"listens at {host.address}"] if host.address else []),
        f"log: {host.log}",
    ]
    if host.idle_s is not None:
        lines.append(f"it ends by itself {duration(host.idle_s)} after its last session and request")
    return "\n".join(lines)


def _page(page: Page, limit: int, reading: Reading) -> str:
    if not page.lines:
        kept = ", which were not kept" if page.dropped else ""
        return f"[{page.handle} has {page.total:,} line{'s' * (page.total != 1)}, but none of those{kept}]"
    first, last = page.lines[0].number, page.lines[-1].number
    if last - first + 1 == len(page.lines):
        text = bounded(str(page), limit, handle=page.handle, first_line=first, reading=reading).text
    else:  # some were not kept, so that the others cannot be counted through
        text = cut(str(page), limit)[0]
    if len(page.lines) == page.total and not page.dropped:
        return text
    dropped = f", {page.dropped:,} of them were not kept" if page.dropped else ""
    return f"{text}\n[lines {first:,} to {last:,} of the {page.total:,} of {page.handle}{dropped}]"


def _in_short(text: str) -> str:
    line = in_line(text)
    return line if len(line) <= _CODE else f"{line[: _CODE - 3]}..."
