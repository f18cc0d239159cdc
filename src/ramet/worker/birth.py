"""From a fork of the zygote to a session's process: everything that must not be shared with siblings is made anew."""

from __future__ import annotations

import _signal
import os
import random
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from .loop import SessionLoop
from .memory import Memory
from .place import Place
from .requests import read_nothing
from .signals import BRANCH_SIGNAL, NUDGE_SIGNAL, WAKE_SIGNAL
from .standard_streams import Streams
from .worker import Worker, introduce

if TYPE_CHECKING:
    from .interrupts import Interrupts
    from .shells.shell import Shell
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

    def live(self, folder: str, note: str) -> None:
        """Be the session in `folder`, to the end of the process."""
        place = Place(self._frames)
        spec = place.take(folder)
        try:
            _move_to(spec)
        except OSError as error:
            self._frames.send("failed", {"code": "cwd", "message": error.strerror})
            os._exit(1)
        memory = Memory(spec["limit_bytes"], self._shell, self._frames, self._interrupts)
        worker = Worker(self._shell, place, self._interrupts, self._streams, self._loop, memory, spec["checkpoints"])
        worker.prepare(spec["first_cell"])
        self._frames.send("up", introduce(self._shell, note))
        worker.serve()


def _reset_signals() -> None:
    # The C module: the wrappers of `signal` touch many more of the pages that we share with the zygote.
    _signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        _signal.signal(int(number), _signal.SIG_DFL)
    for ours in (NUDGE_SIGNAL, BRANCH_SIGNAL, WAKE_SIGNAL):
        _signal.signal(int(ours), lambda *_: None)


def _move_to(spec: dict[str, Any]) -> None:
    os.chdir(spec["cwd"])
    os.environ.clear()
    os.environ.update(spec["environ"])
    if hasattr(time, "tzset"):
        time.tzset()
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, "")
    sys.argv[:] = [""]


def _reseed() -> None:
    """Sessions of one zygote must not share their random numbers."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
