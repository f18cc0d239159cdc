"""What a host tells of itself and of its sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ramet.model.branch import Origin
    from ramet.model.cell import Result
    from ramet.model.checkpoint import Checkpoint
    from ramet.model.options import SessionOptions
    from ramet.model.session import ProcessInfo, SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStatus:
    """A session at one moment.

    `running` and `last` are the numbers of executions: the one that runs, and the one that was begun last. `info` is
    None until there was a process. Of the `options` the environment is not told.
    """

    name: str
    state: SessionState
    next_cell: int
    idle_s: float
    options: SessionOptions
    info: ProcessInfo | None = None
    origin: Origin | None = None
    names: tuple[str, ...] = ()
    late: str = ""
    checkpoints: tuple[Checkpoint, ...] = ()
    running: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unadopted:
    """A session that lives on in the home but could not be gone on with, as the error of that `code` says."""

    name: str
    code: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The host, process `pid`, ends; its `sessions` go on without it, for the next to adopt, or have `ended` too."""

    pid: int
    sessions: tuple[str, ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStatus:
    """A host at one moment.

    `host` is a word that no two hosts have in common. `sessions` are the names of its sessions, which live in `home`;
    `unadopted` are those there that it could not go on with. `log` is the file that it writes to. `address` is where it
    listens besides its socket, empty if nowhere. After `idle_s` seconds without a session or a request it ends.
    """

    host: str
    version: str
    pid: int
    uptime_s: float
    socket: str
    log: str
    home: str = ""
    sessions: tuple[str, ...] = ()
    unadopted: tuple[Unadopted, ...] = ()
    connections: int = 0
    idle_s: float | None = None
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The execution that a submission has started, by its number in the session."""

    execution: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A cell with what it showed from some position on, and the position to go on from."""

    result: Result
    position: int
