"""Sessions in a few words each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ramet.errors import BrokenError, InvalidError
from ramet.mcp.desk import about
from ramet.model.memory import readable
from ramet.model.session import SessionState
from ramet.render.bounds import cut
from ramet.render.reply import status
from ramet.render.terminal import resolve

if TYPE_CHECKING:
    from ramet.manager.session import AsyncSession
    from ramet.mcp.desk import Desk
    from ramet.session.execution import AsyncExecution


async def table(desk: Desk) -> str:
    """A line for each session."""
    lines = [await _line(session) for session in desk.manager.list()]
    return "\n".join(lines) or "no session is open; run(code) starts main"


def names(desk: Desk) -> str:
    """Which sessions there are."""
    return f"open sessions: {', '.join(session.name for session in desk.manager.list()) or 'none'}"


def nothing_new(session: AsyncSession, execution: AsyncExecution, limit: int) -> str:
    """For a reader who waits although all has been shown: how the last cell went, and what came after it."""
    late = resolve(session.late).strip("\n")
    since = f"\nprinted in the background since:\n{cut(late, limit)[0]}" if late else ""
    return f"nothing is running and all was shown: {status(execution.result)}{since}"


async def _line(session: AsyncSession) -> str:
    running, last = session.running, session.last
    told = running or last
    how = status(told.result).strip("[]") if told is not None else "no cell yet"
    origin = f"branch of {session.origin}; " if session.origin is not None else ""
    lost = f"{session.state.value}; " if session.state is SessionState.LOST else ""
    return f"{session.name}: {lost}{how}; {origin}{about(session.info)}{await _memory(session)}"


async def _memory(session: AsyncSession) -> str:
    try:
        return f"; {readable((await session.memory()).total_bytes)}"
    except (InvalidError, BrokenError):
        return ""
