"""Questions about the namespace, answered at any moment by a copy of the process, even while a cell runs.

The owner writes a question to the file `peek` in the session's folder and sends `PEEK_SIGNAL`. Python runs the handler
on the main thread between two bytecodes; it forks, and the copy answers on the stream and ends. Whatever the answer
takes (a `__repr__` that never returns, one that changes its object) happens in the copy, which has its deadline from
the kernel. The session's process goes on at once. The signal does not interrupt system calls, which some library might
not expect; the owner does that with a nudge if there is no answer for some time. Computing C code answers afterwards.
"""

from __future__ import annotations

import _signal
import functools
import json
import os
import signal
import sys
from posix import _exit  # without the flushing that the session's own does
from typing import TYPE_CHECKING, Any, Callable

from ..interrupts import DEFERRED
from ..place import contents
from ..signals import PEEK_SIGNAL
from .completion import complete
from .inspection import inspect
from .sizes import sizes
from .variables import variables

if TYPE_CHECKING:
    from ..forking.children import Children
    from ..place import Place
    from ..shells.shell import Shell
    from ..standard_streams import Streams

#: In the middle of these a fork would wait for a lock that its own thread holds; so it would in another fork.
_NOT_WITHIN = (("concurrent/futures/thread.py", "submit"), ("concurrent/futures/thread.py", "_python_exit"))


class Peeks:
    """Answers questions about what is in `shell`."""

    def __init__(self, place: Place, children: Children, shell: Shell, streams: Streams) -> None:
        self._place, self._children, self._shell, self._streams = place, children, shell, streams
        self._forks = 0

    def install(self) -> None:
        """Listen from now on."""
        _signal.signal(int(PEEK_SIGNAL), self._on_signal)
        _signal.siginterrupt(int(PEEK_SIGNAL), False)
        os.fork = self._counting(os.fork)

    def _counting(self, fork: Callable[[], int]) -> Callable[[], int]:
        """`os.fork`, noted while it runs: Python code may be called in the middle of it."""

        @functools.wraps(fork)
        def counted() -> int:
            self._forks += 1
            try:
                return fork()
            finally:
                self._forks -= 1

        return counted

    def _on_signal(self, _number: int, frame: Any) -> None:
        try:
            question = json.loads(contents(os.open(os.path.join(self._place.folder, "peek"), os.O_RDONLY)))
        except (OSError, ValueError):
            return  # nobody asks any more
        if self._forks or not _may_fork(frame):
            self._refuse(question, "it cannot be copied just now", again=True)
            return
        with self._place.frames.interrupts.hold():
            mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, DEFERRED)
            try:
                self._copy(question)
            finally:
                _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)

    def _copy(self, question: dict[str, Any]) -> None:
        """Signals wait meanwhile: one that hit the copy's first steps would send it into the cell."""
        self._children.reap()
        try:
            with self._streams.left_alone():
                pid = os.fork()
        except OSError as error:
            self._refuse(question, f"no process could be made: {error}")
            return
        if pid:
            self._children.add(pid)
        else:
            self._be_copy(question)

    def _be_copy(self, question: dict[str, Any]) -> None:
        try:
            _die_after(question["deadline_s"])
            self._place.frames.disown()
            _print_nothing()
            self._place.frames.send("told", {"id": question["id"], **self._answer(question)})
        except BaseException as error:  # noqa: BLE001 - the copy must not return into the cell, and the answer may meet anything
            self._refuse(question, f"{type(error).__name__}: {error}")
        finally:
            _exit(0)

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        shell = self._shell
        ask = question["ask"]
        if ask == "variables":
            return {"variables": self._variables(question)}
        if ask == "inspect":
            return {"inspection": inspect(shell.namespace, question["expression"])}
        return {"completions": complete(question["code"], question["cursor"], shell.namespace, shell.completer)}

    def _variables(self, question: dict[str, Any]) -> dict[str, Any]:
        users = self._shell.variables()
        known = sizes(users)
        return variables(
            users,
            set(),
            sizes=lambda name: known.get(name) or None,
            limit=question["limit"],
            pattern=question["pattern"],
            types=tuple(question["types"]),
        )

    def _refuse(self, question: dict[str, Any], problem: str, *, again: bool = False) -> None:
        self._place.frames.send_aside("told", {"id": question["id"], "problem": problem[:1000], "again": again})


def _die_after(seconds: float) -> None:
    """Have the kernel end this process, and let nothing else disturb it."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK, DEFERRED - {int(signal.SIGALRM)})
    _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
    _signal.setitimer(_signal.ITIMER_REAL, seconds)


def _print_nothing() -> None:
    """What a `__repr__` prints is not the session's output."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    sys.stdout = sys.stderr = open(null, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the rest of this life


def _may_fork(frame: Any) -> bool:
    while frame is not None:
        code = frame.f_code
        if any(code.co_name == name and code.co_filename.endswith(file) for file, name in _NOT_WITHIN):
            return False
        frame = frame.f_back
    return True
