"""What a process reports to its session, in the order it happened. Handlers produce these; sessions consume them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.model.event import InputRequested, Note
from ramet.model.output import Clear, Display, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ramet.model.outcome import Outcome
    from ramet.model.question import Answer
    from ramet.model.session import ProcessInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Up:
    """The process is ready for its first cell."""

    info: ProcessInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The process could not be made. `code` is "cwd", "fork", "wire" or "internal"."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """The cell of request number `request` runs as number `cell`, since `at` by the machine's monotonic clock."""

    request: int
    cell: int
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The cell waits for input; `ask` is to be repeated in the answer."""

    ask: int
    request: InputRequested


@dataclass(frozen=True, slots=True, kw_only=True)
class Traceback:
    """The shell printed a traceback. If the cell ends with it next, it is the outcome's; otherwise it is plain text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The cell of request number `request` is over; `came` and `went` name the variables it made and deleted."""

    request: int
    outcome: Outcome
    seconds: float
    came: tuple[str, ...] = ()
    went: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """The value of the cell of request number `request`, pickled, or the `problem` that there was in doing so."""

    request: int
    pickled: bytes | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The answer to question number `question`; None if there is none, for `problem` or (`again`) only just now."""

    question: int
    answer: Answer | None = None
    problem: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitStatus:
    """The parent's word on how process `pid` ended: a wait status as `os.waitpid` gives it."""

    pid: int
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The process is dead and everything it wrote has been reported. Fields as in `outcome.Died`."""

    signal: int | None = None
    exit_status: int | None = None
    reason: str = ""
    stack: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpointed:
    """Process `pid` sleeps as the state before `cell`; making it took `seconds`.

    `missing` names what will not be there when it is woken, such as threads.
    """

    cell: int
    pid: int
    seconds: float
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncheckpointed:
    """There is no checkpoint of the state before `cell`, and why; `told` if it was the same reason before."""

    cell: int
    reason: str
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The largest variables by name and bytes: an estimate."""

    bytes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached:
    """The running cell is being sent an interrupt, because the session has passed one of its limits."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryScarce:
    """The machine has hardly any memory left while a cell runs."""

    available_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """The process has taken every request that was handed to it before the one that asked for echo `number`."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTo:
    """So far has the stream of a session's `process` (they are counted from 1) been reported, in bytes.

    At `clean`, which is not after `position`, nothing was half said: who goes on from `position` decodes from there.
    """

    process: int
    position: int
    clean: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """The checkpoint `pid` is the session's process now; its next cell is `cell`."""

    pid: int
    cell: int


Report = (
    Up
    | Failed
    | Began
    | Asked
    | Traceback
    | Text
    | Display
    | Clear
    | Note
    | Done
    | Value
    | Told
    | ExitStatus
    | Gone
    | Checkpointed
    | Uncheckpointed
    | Promoted
    | Echo
    | Sizes
    | LimitReached
    | MemoryScarce
)
