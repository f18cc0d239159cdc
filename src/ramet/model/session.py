"""The life of a session as a table: which states there are and what leads from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class SessionState(Enum):
    """Where a session stands; the value is the sentence that documents it."""

    STARTING = "its process is being made"
    IDLE = "ready for a cell"
    BUSY = "a cell is running"
    WAITING_INPUT = "the running cell waits for an answer to `input()`"
    LOST = "its process is gone and no new one could be made"
    CLOSED = "ended by its owner"


class Signal(Enum):
    """What can happen to a session; the value is the sentence that documents it."""

    READY = "the process is up"
    BEGAN = "a cell was handed to the process"
    ASKED = "the cell asked for input"
    ANSWERED = "the input was answered"
    ENDED = "the cell ended"
    DIED = "the process died, or was replaced on request"
    FAILED = "a process could not be made"
    CLOSED = "the owner closed the session"


#: Every move there is; what is not listed cannot happen, and trying it is a defect of ours.
TRANSITIONS: dict[SessionState, dict[Signal, SessionState]] = {
    SessionState.STARTING: {
        Signal.READY: SessionState.IDLE,
        Signal.DIED: SessionState.STARTING,
        Signal.FAILED: SessionState.LOST,
        Signal.CLOSED: SessionState.CLOSED,
    },
    SessionState.IDLE: {
        Signal.BEGAN: SessionState.BUSY,
        Signal.DIED: SessionState.STARTING,
        Signal.CLOSED: SessionState.CLOSED,
    },
    SessionState.BUSY: {
        Signal.ASKED: SessionState.WAITING_INPUT,
        Signal.ENDED: SessionState.IDLE,
        Signal.DIED: SessionState.STARTING,
        Signal.CLOSED: SessionState.CLOSED,
    },
    SessionState.WAITING_INPUT: {
        Signal.ASKED: SessionState.WAITING_INPUT,
        Signal.ANSWERED: SessionState.BUSY,
        Signal.ENDED: SessionState.IDLE,
        Signal.DIED: SessionState.STARTING,
        Signal.CLOSED: SessionState.CLOSED,
    },
    SessionState.LOST: {
        Signal.DIED: SessionState.STARTING,
        Signal.CLOSED: SessionState.CLOSED,
    },
    SessionState.CLOSED: {Signal.CLOSED: SessionState.CLOSED},
}

CheckpointPolicy = Literal["auto", "every", "off"]

#: "auto" is IPython where it can be imported, plain Python elsewhere.
ShellChoice = Literal["auto", "ipython", "python"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInfo:
    """The process behind a session, as it introduced itself.

    `shell` is the shell in use; `note` says why it is not the preferred one, empty if it is. `python` is the path of
    the interpreter, `version` its version such as "3.11.7". `seconds` is the time from the request to readiness.
    `shared` says what a branch shares with the session it comes from: open connections, files open for writing.
    """

    pid: int
    shell: Literal["ipython", "python"]
    python: str
    version: str
    cwd: str
    ipython: str | None = None
    note: str = ""
    seconds: float = 0.0
    shared: tuple[str, ...] = ()
