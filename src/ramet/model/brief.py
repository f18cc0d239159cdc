"""What somebody needs who comes to a session without knowing what happened in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ramet.model.branch import Origin
    from ramet.model.cell import Result
    from ramet.model.checkpoint import Checkpoint
    from ramet.model.inspection import Variables
    from ramet.model.past import PastCell
    from ramet.model.session import ProcessInfo, SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A session at one moment.

    `variables` is None if they could not be looked at just then. `cells` are the last ones that the session stands on,
    oldest first; `cells_before` counts the others. `running` is the cell that runs, as it stands.
    """

    name: str
    state: SessionState
    info: ProcessInfo
    next_cell: int
    origin: Origin | None
    variables: Variables | None
    cells: tuple[PastCell, ...]
    cells_before: int
    checkpoints: tuple[Checkpoint, ...]
    running: Result | None
