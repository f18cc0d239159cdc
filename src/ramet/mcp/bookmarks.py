"""How far a client has read the cells of its sessions, so that nothing is told to it twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ramet.mcp.reading import reading_of
from ramet.render.reply import LIMIT, Reply, reply

if TYPE_CHECKING:
    from ramet.manager.session import AsyncSession
    from ramet.session.execution import AsyncExecution


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bookmark:
    """A cell has been read up to here: `position` among its events, `line` of its text, so many of its `notes`."""

    execution: AsyncExecution
    position: int = 0
    line: int = 1
    notes: int = 0


class Bookmarks:
    """The place in the newest cell of each session up to which a client knows it."""

    def __init__(self) -> None:
        self._marks: dict[str, _Bookmark] = {}

    async def read(self, session: AsyncSession, execution: AsyncExecution, limit: int = LIMIT) -> Reply:
        """The reply for a cell, without what an earlier one has shown of it."""
        mark = self._marks.get(session.name)
        if mark is None or mark.execution != execution:
            mark = _Bookmark(execution=execution)
        result, position = await execution.since(mark.position)
        rest = replace(result, notes=result.notes[mark.notes :])
        made = reply(rest, limit=limit, first_line=mark.line, reading=reading_of(session))
        self._marks[session.name] = _Bookmark(
            execution=execution, position=position, line=made.next_line, notes=len(result.notes)
        )
        return made

    async def heading(self, session: AsyncSession, execution: AsyncExecution) -> str:
        """Where in the cell the next reply begins, if it has anything to show and that is not the beginning."""
        mark = self._marks.get(session.name)
        if mark is None or mark.execution != execution or mark.line == 1:
            return ""
        result, _ = await execution.since(mark.position)
        return f"[out:{result.cell} from line {mark.line} on]" if result.visible else ""

    async def was_read(self, session: AsyncSession, execution: AsyncExecution) -> bool:
        """Whether an earlier reply has shown the cell to its end."""
        mark = self._marks.get(session.name)
        if mark is None or mark.execution != execution:
            return False
        _, position = await execution.since(mark.position)
        return position == mark.position
