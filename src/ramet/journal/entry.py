"""What a journal holds: what cells show, and the facts of a session's life, in the order they happened.

Times (`at`) are seconds since the epoch. A cell is what stands between its `Submitted` and its `Finished`; what comes
between two cells, late output above all, belongs to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.model.event import InputRequested, Note
from ramet.model.output import Clear, Display, Omitted, Text
from ramet.model.report import Began, Checkpointed, Gone, ReadTo, Up

if TYPE_CHECKING:
    from ramet.model.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The first entry of each file: the version of its format."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """`code` is handed to the process as `request`; a second time if a process died before taking it.

    `deadline_s` is the time that it has; `given` says that variables come along, which are not kept here; `value` that
    its value is wanted as a pickle. `key` is the word of the caller's under which it was handed in, if there was one.
    """

    request: int
    code: str
    at: float
    deadline_s: float | None = None
    given: bool = False
    value: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """`code` waits its turn, to be submitted as `request`. Only of sessions that outlive their owner.

    The other fields are those of `Submitted`.
    """

    request: int
    code: str
    deadline_s: float | None = None
    given: bool = False
    value: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The number that the process gave to the input request that stands before this. As for `Queued`."""

    ask: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waking:
    """Checkpoint `pid` is about to take the place of the process; an `Up` says that it has. As for `Queued`."""

    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The input request was answered with a line, or with end of file (None). A `password` has an empty `text`."""

    text: str | None
    password: bool = False

    def __post_init__(self) -> None:
        if self.password and self.text:
            object.__setattr__(self, "text", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The cell is over. Fields as in `Result`; variables `came` and `went` with it."""

    request: int
    outcome: Outcome
    seconds: float
    at: float
    notes: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverRan:
    """A cell that waited its turn and will not run. It has no number and shows nothing."""

    request: int
    code: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """The session stands at the state before `cell`: after an undo, a redo, or a recovery from a death."""

    cell: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Branched:
    """The session goes on from here on its own; what stands before was said by session `parent`."""

    parent: str
    at: float


#: What a cell shows: it goes where room is short, and everything else stays.
Shown = Text | Display | Clear | Omitted

Entry = (
    Shown
    | Opened
    | Submitted
    | Began
    | InputRequested
    | Answered
    | Note
    | Finished
    | NeverRan
    | Stands
    | Branched
    | Up
    | Gone
    | Checkpointed
    | Queued
    | Asking
    | Waking
    | ReadTo
)
