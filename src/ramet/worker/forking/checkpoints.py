"""Checkpoints: forks of this process that sleep, each the state before a cell.

A checkpoint is made while nobody waits: after a cell, when its outcome has been sent. It is woken by a signal after
the process that runs now has been killed; it then is the session, with the same two streams, and first leaves a
copy of itself behind. It can also be asked for branches, copies that become sessions of their own.

Under the policy "auto", making checkpoints may take only a small share of the time in which cells follow one another
without a rest: some are then left out, and one is made as soon as the session rests.
"""

from __future__ import annotations

import contextvars
import os
import random
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, Protocol

from ..interrupts import defer_signals
from ..signals import BRANCH_SIGNAL, WAKE_SIGNAL
from . import fork_safety
from .branches import Branches

if TYPE_CHECKING:
    from ..place import Place
    from ..standard_streams import Streams
    from .children import Children

#: While cells follow one another without a rest, this share of the time may go into checkpoints; what a fork costs
#: afterwards, in pages that are copied when they change, is about as much again.
_SHARE = 0.02

#: So long without a cell is a rest; for a large process, twice the time that a checkpoint takes.
_REST_S = 0.01


class Session(Protocol):
    """What a checkpoint needs of the process that it is a copy of."""

    def take_over(self) -> None:
        """Be this process, before it sleeps."""

    def branch_off(self, folder: str) -> str:
        """Be the session in `folder`, and return its policy."""

    def serve(self) -> None:
        """Go on from here, if the stack is not that of the serve loop."""


class Checkpoints:
    """Makes checkpoints of `session` by `policy`: "auto", "every" or "off"."""

    def __init__(
        self,
        policy: str,
        place: Place,
        streams: Streams,
        children: Children,
        session: Session,
    ) -> None:
        self._policy = policy
        self._place, self._frames = place, place.frames
        self._streams, self._children, self._session = streams, children, session
        self._due = False  # the state at birth is that of any new process
        self._allowed_at = self._rested_at = time.monotonic() + 1 / _SHARE * _REST_S
        self._cost_s = 0.0
        self._unsafe_told = ""
        self._made: dict[str, Any] | None = None

    def cell_ran(self) -> None:
        """The state has changed since the last checkpoint."""
        self._due = self._policy != "off"
        self._rested_at = time.monotonic() + max(_REST_S, 2 * self._cost_s)

    def wait_s(self) -> float | None:
        """After how many seconds of rest one should be made; None if there is nothing to make."""
        if not self._due:
            return None
        if self._policy == "every":
            return 0.0
        return max(0.0, min(self._allowed_at, self._rested_at) - time.monotonic())

    def make(self, cell: int, *, asked: bool = False) -> None:
        """Make the checkpoint of the state before `cell`, if this process may be forked; say so in either case.

        `asked` is set if somebody waits for the answer. In the checkpoint the call returns when it has been woken.
        """
        if asked and not self._due and self._made is not None:
            self._frames.send("checkpoint", self._made)  # it is there already
            return
        self._due = False
        self._made = None
        began = time.monotonic()
        self._children.reap()
        verdict = fork_safety.prepare()
        if verdict.unsafe:
            told = not asked and verdict.unsafe == self._unsafe_told
            self._frames.send("uncheckpointed", {"cell": cell, "reason": verdict.unsafe, "told": told})
            self._unsafe_told = verdict.unsafe
            return
        self._streams.flush()
        try:
            pid = self._fork_in_thread(cell) if verdict.fresh_thread else self._fork(cell)
        except (OSError, RuntimeError) as error:  # no process, or no thread to make it from
            reason = f"no process could be made: {error}"
            self._frames.send("uncheckpointed", {"cell": cell, "reason": reason, "told": False})
            return
        if not pid:
            return  # this is the checkpoint, woken, or a branch of it
        self._unsafe_told = ""
        self._children.add(pid)
        seconds = time.monotonic() - began
        self._cost_s = seconds
        self._allowed_at = began + seconds / _SHARE
        self._made = {"cell": cell, "pid": pid, "seconds": seconds, "missing": list(verdict.missing)}
        self._frames.send("checkpoint", self._made)

    def _fork(self, cell: int) -> int:
        """Fork; in the child return 0 once it is woken."""
        state = random.getstate()
        pid = os.fork()
        if not pid:
            self._sleep(cell, state)
        return pid

    def _fork_in_thread(self, cell: int) -> int:
        """Fork from a thread that has no OpenMP pool; the child's main thread is that thread's copy."""
        made: list[int | OSError] = []
        state = random.getstate()

        def fork() -> None:
            try:
                pid = os.fork()
            except OSError as error:
                made.append(error)
                return
            if pid:
                made.append(pid)
                return
            self._sleep(cell, state)
            self._session.serve()
            os._exit(0)

        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=[fork], name="checkpoint")
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        return made[0]

    def _sleep(self, cell: int, random_state: Any) -> None:
        """In the checkpoint: wait to be woken, for ever if need be, then be the session; in a branch, another one."""
        defer_signals()
        self._children.forget()
        self._session.take_over()
        branches = Branches(self._place.folder)
        folder = ""
        while not folder and signal.sigwait([WAKE_SIGNAL, BRANCH_SIGNAL]) == BRANCH_SIGNAL:
            folder = branches.fork_next()
        random.setstate(random_state)  # the module seeds itself anew in every fork
        if folder:
            try:
                self._policy = self._session.branch_off(folder)
            except BaseException:  # noqa: BLE001 - its folder is gone: nobody waits for it, and it must not be its parent
                os._exit(1)
        else:
            self._frames.own()
            self._frames.send("promoted", {"pid": os.getpid(), "cell": cell})
        self._due = self._policy != "off"
        self._allowed_at = 0.0
