"""What can be asked of a session through its host: one class for each verb, whose fields are the arguments.

`POST /v1/sessions/main/undo` with `{"cells": 2}` is `Undo(cells=2)` for the session `main`. The verbs are the methods
of `Session`, and mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

#: Variables to set: what JSON can say, or `{"pickle": "<base64>"}`.
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """Who a client of the Model Context Protocol is: its folder, and the environment of its process."""

    folder: str | None = None
    environ: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Hand in code as the next cell and return at once.

    `key` is any word of the caller's: a second request with the same key starts nothing, and is about the first one's
    cell. A key is good for as long as the session lives, whatever becomes of the host.
    """

    code: str
    given: Given | None = None
    deadline_s: float | None = None
    when_busy: Literal["wait", "refuse"] = "wait"
    pickled: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Run code as the next cell, and wait for its result for `wait_s` seconds or until it asks for input."""

    code: str
    given: Given | None = None
    wait_s: float | None = None
    deadline_s: float | None = None
    when_busy: Literal["wait", "refuse"] = "wait"
    pickled: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Wait for the end of an execution, of the last one if none is named."""

    execution: int | None = None
    wait_s: float | None = None
    through_input: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """An execution as it stands now, with only what it showed from `position` on, and the position after that."""

    execution: int
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer the input request of the running cell with a line, or with end of file (null)."""

    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """Do to the running cell what Ctrl+C does, and wait a while for it to stop."""

    force: bool = False
    wait_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Go back to the state before the last `cells` cells, or before cell number `to`."""

    cells: int = 1
    to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redo:
    """Take back the last undo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """End the process, by force if need be, and go on with a new, empty one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Make another session of the present state, or of that before cell `at`."""

    name: str | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Run code once for each case, in a branch of the present state that has the case's variables."""

    code: str
    cases: tuple[Given, ...]
    workers: int | None = None
    deadline_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    """The variables with a name that `pattern` fits and of one of the `types`."""

    pattern: str = ""
    types: tuple[str, ...] = ()
    limit: int = 200
    wait_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """What is known of a name, with attributes and written-out keys."""

    expression: str
    wait_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """What could stand at the cursor, which is the end of the code if not given."""

    code: str
    cursor: int | None = None
    wait_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell as the journal has it: 7, "out:7" or "out:7.1"."""

    handle: int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All cells in the order of time, those that were undone too; without `outputs`, their results have none."""

    first: int = 1
    last: int | None = None
    outputs: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Lines `first` to `last` of what a cell showed; a negative `first` counts from the end."""

    handle: int | str
    first: int = 1
    last: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The lines in which a pattern (RE2 syntax) matches, of one cell or of all that the session stands on."""

    pattern: str
    handle: int | str | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a reader needs to go on who has lost the context."""

    limit: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """How much memory the session uses at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Where the session's code is at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The session at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """End the session, its process and what that started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start a session; options as for `ramet.Session`.

    If `environ` is given, it is the whole environment; `env` changes it. With `or_get` a session of that name that is
    there already is the answer, whatever its options are.
    """

    name: str | None = None
    shell: Literal["auto", "ipython", "python"] = "auto"
    python: str | None = None
    cwd: str | None = None
    env: Mapping[str, str | None] = field(default_factory=dict)
    environ: Mapping[str, str] | None = None
    preload: tuple[str, ...] | None = None
    checkpoints: Literal["auto", "every", "off"] = "auto"
    limit_bytes: int | None = None
    checkpoints_limit_bytes: int | None = None
    max_processes: int | None = 1000
    or_get: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """End the host. Its sessions go on without it, for the next host to adopt, unless they shall end, too."""

    end_sessions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Listen at a TCP address such as "127.0.0.1:8421", besides the socket.

    Requests then need the bearer token that stands in the host's token file, unless `token` is false, which only a
    loopback address may have. `names` are host names besides IP addresses and "localhost" under which one may ask.
    `certificate` and `certificate_key` are files for TLS.
    """

    address: str
    token: bool = True
    names: tuple[str, ...] = ()
    certificate: str | None = None
    certificate_key: str | None = None


Call = (
    Submit
    | Run
    | Wait
    | Since
    | Answer
    | Interrupt
    | Undo
    | Redo
    | Restart
    | Branch
    | Map
    | Variables
    | Inspect
    | Complete
    | Cell
    | History
    | Lines
    | Search
    | Brief
    | Memory
    | Stack
    | Status
    | Close
)

#: The verbs on a session, as they stand in a path.
VERBS: dict[str, type[Call]] = {call.__name__.lower(): call for call in Call.__args__}
