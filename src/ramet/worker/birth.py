"""From a fork of the zygote to a session's process: everything that must not be shared with siblings is made anew."""

from __future__ import annotations

import _signal
import faulthandler
import os
import random
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from .interrupts import NUDGE_SIGNAL, STACK_SIGNAL
from .lease import Lease
from .loop import SessionLoop
from .memory import Memory
from .requests import Requests, read_nothing
from .standard_streams import Streams
from .stream import private_fd
from .worker import Worker, introduce

if TYPE_CHECKING:
    from .interrupts import Interrupts
    from .shell import Shell
    from .stream import FrameWriter


class Newborn:
    """A fork that is no session yet: all is done that does not depend on which session it will be."""

    def __init__(self, shell: Shell, frames: FrameWriter, interrupts: Interrupts) -> None:
        os.setsid()
        _reset_signals()
        read_nothing()
        _reseed()
        self._shell, self._frames, self._interrupts = shell, frames, interrupts
        self._streams = Streams(frames)
        self._loop = SessionLoop(interrupts)

    def live(self, spec: dict[str, Any], note: str) -> None:
        """Be the session that `spec` describes, to the end of the process.

        `spec` has `folder`, `nonce`, `cwd`, `environ`, `first_cell`, `lease` (a FIFO, or None to outlive the owner),
        `checkpoints` (a policy) and `limit_bytes` (of memory, or None).
        """
        folder = spec["folder"]
        self._frames.open(os.path.join(folder, "out"), spec["nonce"])
        requests = Requests(os.path.join(folder, "in"), self._note_damage)
        try:
            _move_to(spec)
        except OSError as error:
            self._frames.send("failed", {"code": "cwd", "message": error.strerror})
            os._exit(1)
        lease = Lease(spec["lease"])
        lease.renew()
        memory = Memory(spec["limit_bytes"], self._shell, self._frames, self._interrupts)
        _record_stacks(os.path.join(folder, "stack"))
        worker = Worker(
            self._shell,
            self._frames,
            self._interrupts,
            self._streams,
            self._loop,
            requests,
            lease,
            memory,
            spec["checkpoints"],
        )
        worker.prepare(folder, spec["first_cell"])
        self._frames.send("up", introduce(self._shell, note))
        worker.serve()

    def _note_damage(self) -> None:
        self._frames.send("note", {"text": "a request arrived damaged and was ignored"})


def _reset_signals() -> None:
    # The C module: the wrappers of `signal` touch many more of the pages that we share with the zygote.
    _signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        _signal.signal(int(number), _signal.SIG_DFL)
    _signal.signal(int(NUDGE_SIGNAL), lambda *_: None)


def _move_to(spec: dict[str, Any]) -> None:
    os.chdir(spec["cwd"])
    os.environ.clear()
    os.environ.update(spec["environ"])
    if hasattr(time, "tzset"):
        time.tzset()
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, "")
    sys.argv[:] = [""]


def _record_stacks(path: str) -> None:
    fd = private_fd(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    faulthandler.enable(file=fd)
    faulthandler.register(STACK_SIGNAL, file=fd, all_threads=True)


def _reseed() -> None:
    """Sessions of one zygote must not share their random numbers."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
