"""How a cell ended. `match` on the class; every variant prints as one plain sentence."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ramet.model.frame import ErrorInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The code ran to its end."""

    def __str__(self) -> str:
        return "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """The code raised an exception; the session is as the code left it."""

    error: ErrorInfo

    @property
    def traceback(self) -> str:
        """The traceback as the shell would have printed it."""
        return self.error.traceback

    def __str__(self) -> str:
        return f"raised {self.error}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """The code was stopped by an interrupt or by its deadline; the session keeps what the code did until then."""

    reason: str
    error: ErrorInfo | None = None

    @property
    def traceback(self) -> str:
        """Where the code was stopped, as the shell would have printed it; empty where it is not known."""
        return self.error.traceback if self.error else ""

    def __str__(self) -> str:
        return f"interrupted: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exited:
    """The code asked to exit (`exit()`, `sys.exit()`); the cell ended there and the session goes on.

    `code` is the exit code that a process would have had; `message` is a text given instead of a number.
    """

    code: int
    message: str = ""

    def __str__(self) -> str:
        said = f" saying {self.message!r}" if self.message else ""
        return f"asked to exit with code {self.code}{said}; the session goes on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """The process died under the cell.

    Exactly one of `signal` (number) and `exit_status` is set, or neither where nobody could tell. `reason` is what the
    session knows beyond that. `stack` is the Python stack at the fatal signal, as `faulthandler` wrote it. `lost` names
    the variables that went with the process. The session goes on, at the state before cell `back_to`, which undoes the
    cells `undone` too and without what `missing` names; empty if `back_to` is None; or not at all if it was `closed`.
    """

    signal: int | None = None
    exit_status: int | None = None
    reason: str = ""
    stack: str = ""
    lost: tuple[str, ...] = ()
    back_to: int | None = None
    undone: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()
    closed: bool = False

    @property
    def how(self) -> str:
        """`SIGSEGV`, `exit status 3`, or `cause unknown`."""
        if self.signal is not None:
            try:
                return signal.Signals(self.signal).name
            except ValueError:
                return f"signal {self.signal}"
        if self.exit_status is not None:
            return f"exit status {self.exit_status}"
        return "cause unknown"

    def __str__(self) -> str:
        told = self.signal is not None or self.exit_status is not None or not self.reason
        why = f": {self.reason}" if self.reason else ""
        ended = f"the process died ({self.how}){why}" if told else f"the process ended{why}"
        ended += self._aftermath()
        if not self.lost:
            return ended
        shown = ", ".join(self.lost[:12])
        more = f" and {len(self.lost) - 12} more" if len(self.lost) > 12 else ""
        return f"{ended}; lost: {shown}{more}"

    def _aftermath(self) -> str:
        """Where the session stands now, as the end of a sentence."""
        if self.closed:
            return ""
        if self.back_to is None:
            return "; the session goes on, empty"
        undone = f", cells {self.undone[0]} to {self.undone[-1]} undone" if self.undone else ""
        missing = f"; gone: {', '.join(self.missing)}" if self.missing else ""
        return f"; the session is back at the state before cell {self.back_to}{undone}{missing}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """The cell never started."""

    reason: str

    def __str__(self) -> str:
        return f"not run: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Not an outcome: the cell has not ended, only the waiting has. Nothing was stopped.

    `begun` is False for a cell that waits its turn. `prompt` is what the code asks at this moment, None if it does
    not ask; `password` wishes that the answer be not shown. `interrupted` says why the code was sent an interrupt
    that it has not heeded, empty if it was sent none.
    """

    begun: bool = True
    prompt: str | None = None
    password: bool = False
    interrupted: str = ""

    def __str__(self) -> str:
        if not self.begun:
            return "waiting its turn: it will run when the cell before it has ended"
        if self.prompt is not None:
            return f"waiting for input: {self.prompt!r}"
        if self.interrupted:
            return f"still running, though it was interrupted ({self.interrupted}); interrupt(force=True) ends it"
        return "still running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """What an interrupt achieved.

    `idle` says that there was no cell to stop; `killed` that the process had to be ended, as the cell's outcome tells.
    `stack` says where the code is if it did not stop, as far as that can be told.
    """

    stopped: bool
    idle: bool = False
    killed: bool = False
    stack: str = ""

    def __str__(self) -> str:
        if self.idle:
            return "no cell was running"
        if self.killed:
            return "stopped by ending its process"
        if self.stopped:
            return "stopped"
        return f"still running; interrupt(force=True) ends it, with its process if need be\n{self.stack}".rstrip()


Outcome = Completed | Raised | Interrupted | Exited | Died | NotRun
