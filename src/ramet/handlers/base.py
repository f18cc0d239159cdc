"""What a session needs of the process that runs its code, however that process is reached."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet.model.memory import MemoryUse
    from ramet.model.question import Answer, Question
    from ramet.model.report import ReadTo, Report
    from ramet.model.session import CheckpointPolicy, ProcessInfo


class Ability(Enum):
    """What not every handler can do."""

    STACK = auto()  #: say where a running cell is, without disturbing it
    EXIT_STATUS = auto()  #: say how its process ended
    CHECKPOINT = auto()  #: make checkpoints and go back to them
    PEEK = auto()  #: answer questions about its objects
    MEMORY = auto()  #: say how much memory its processes use


class Handler(Protocol):
    """One process of a session, from its making to its end. A session that restarts gets a new one.

    All methods are called on the event loop that `start` ran on. Reports come on that loop too, in the order in which
    things happened, and never from within a call of `submit`, `answer` or `interrupt`.
    """

    @property
    def abilities(self) -> frozenset[Ability]:
        """What this handler can do beyond the rest of this protocol."""
        ...

    async def start(self, on_report: Callable[[Report], None]) -> ProcessInfo:
        """Make the process and return when it is ready; afterwards every report goes to `on_report`.

        The last report of a process is `Gone`, unless `close` or `promote` ended it. Cancelling leaves none behind.

        Raises:
            InvalidError: the interpreter or the working folder is no good.
            BrokenError: the operating system refused.
            TimedOutError: the process did not become ready; it has been ended.
        """
        ...

    def submit(self, request: int, code: str, *, given: bytes | None = None, value: bool = False) -> None:
        """Run `code`. Its reports are `Began`, what it shows, and `Done`, or `Gone`. One at a time.

        `given` is a pickled dict of variables to set first. With `value`, a cell that completes reports its `Value`.
        """
        ...

    def answer(self, ask: int, text: str | None) -> None:
        """Answer the input request `ask`; None is end of file. Too late an answer is ignored."""
        ...

    def interrupt(self) -> None:
        """Do to the running cell what Ctrl+C does in a terminal. Nothing happens if none runs."""
        ...

    def kill(self, reason: str) -> None:
        """End the process as it stands, with what the running cell has started; `Gone` gives the reason."""
        ...

    async def stack(self, wait_s: float = 1.0) -> str:
        """The Python stacks of the process, innermost call first; empty if it does not tell within `wait_s`."""
        ...

    async def ask(self, question: Question, wait_s: float) -> Answer:
        """The answer to a question about the process's objects, also while a cell runs, which it does not disturb.

        Raises:
            BusyError: there was no answer within `wait_s`, because the code is inside a call that cannot be left.
            BrokenError: the process is gone, or could not make a copy of itself to answer.
        """
        ...

    def checkpoint(self) -> None:
        """Make a checkpoint of the present state, between cells; `Checkpointed` or `Uncheckpointed` is reported."""
        ...

    async def promote(self, checkpoint: int) -> ProcessInfo:
        """Go back to the checkpoint with that pid: end the present process, if it lives, and wake the other.

        Nothing of the former process is reported after this; a request that it had not taken is forgotten.

        Raises:
            BrokenError: the checkpoint is not there any more; there is no process now, but others may be tried.
        """
        ...

    def drop(self, checkpoint: int) -> None:
        """Forget a checkpoint and free its memory."""
        ...

    def branch(self, checkpoint: int, policy: CheckpointPolicy) -> Handler:
        """The handler of another session, whose `start` makes a process that is a copy of that checkpoint.

        `policy` is for the checkpoints of that session. Its `start` raises BrokenError if the checkpoint is not there
        any more. The checkpoint stays as it is.
        """
        ...

    async def memory(self) -> MemoryUse:
        """How much memory the process, what it started and its checkpoints use at this moment."""
        ...

    async def checkpoints_too_large(self) -> bool:
        """Whether the checkpoints together hold more memory than they may, beyond what the process itself has."""
        ...

    def has(self, checkpoint: int) -> bool:
        """Whether that checkpoint is there still."""
        ...

    def read_to(self, *, settled: bool) -> ReadTo | None:
        """How far the reports go that were made so far; None for a process that ends with its owner.

        `settled` says that the session has nothing of them in mind that it has not written down.
        """
        ...

    def kept(self, read: ReadTo) -> None:
        """That, and all reports before it, are on disk: the handler need not keep what they were made of."""
        ...

    async def caught_up(self) -> None:
        """Return when the process has taken all that was submitted, so that what has not begun by then never will.

        Raises:
            BrokenError: the process is gone.
        """
        ...

    def detach(self) -> None:
        """Let go of a process that may outlive its owner, and leave it running; nothing is reported any more."""
        ...

    async def close(self, grace_s: float = 1.0) -> None:
        """End the process and all it started, and free everything; after at most about `grace_s` by force.

        An idle process runs its exit handlers within the grace. May be called at any time and more than once.
        """
        ...
