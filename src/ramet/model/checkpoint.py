"""A way back: the state of a session before one of its cells."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The session before `cell`, asleep as process `pid`.

    `seconds` is what making it took. `missing` names what will not be there when one goes back to it, such as threads.
    """

    cell: int
    pid: int
    seconds: float
    missing: tuple[str, ...] = ()
    made_at: float = field(default_factory=time.monotonic)

    @property
    def age_s(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self.made_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Where `undo` or `redo` has taken the session: its next cell is `cell`.

    `cells` are the numbers of the cells undone or redone. `missing` names what could not come back. Files,
    databases and the network are as they were: only the process has moved.
    """

    cell: int
    cells: tuple[int, ...]
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        lost = f"; gone: {', '.join(self.missing)}" if self.missing else ""
        return f"the session stands before cell {self.cell}{lost}"
