"""What happens in a session and in its cells, in the order it happens. `match` on the class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.model.checkpoint import Moved
from ramet.model.output import Clear, Display, Omitted, Text

if TYPE_CHECKING:
    from ramet.model.cell import Result
    from ramet.model.session import SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRequested:
    """The cell waits for a line of input; give it with `answer`. Nothing else ends the waiting but an interrupt.

    `password` asks the reader not to show what is typed.
    """

    prompt: str
    password: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """The session moved to `state`."""

    state: SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A plain sentence about something that the reader could not know otherwise."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The cell is over; the last event of an execution."""

    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class CellBegan:
    """A cell has begun to run: its number, and the code as it was given. Who follows an execution is not told."""

    cell: int
    code: str


Event = Text | Display | Clear | Omitted | InputRequested | StateChanged | Note | Ended | CellBegan | Moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened in a session, whoever brought it about.

    `execution` is the number of the execution that it happened in, None for what happened while no cell ran: a `Moved`
    by undo or redo, a `StateChanged` by a restart or a close, late output, a `Note` for its reader.
    """

    execution: int | None
    event: Event
