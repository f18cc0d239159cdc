"""The kernel ends this process when its owner is gone, unless it lives in a home."""

from __future__ import annotations

import fcntl
import os
import signal
import sys

from .stream import private_fd

_F_SETSIG = 10  # fcntl.F_SETSIG on every Linux; the module does not name it


class Lease:
    """A hold on a FIFO whose last writer is our owner.

    The kernel kills the process when that writer is gone, even while C code hangs here and the zygote is gone.
    Elsewhere than on Linux the zygote alone sees to it.
    """

    def __init__(self) -> None:
        self._path: str | None = None
        self._fd = -1

    def take(self, path: str | None) -> None:
        """Hold the FIFO at `path`; None is for a session that outlives its owner."""
        self._path = path
        self.renew()

    def renew(self) -> None:
        """Take hold for this process; a fork has to do it anew."""
        if self._path is None or not sys.platform.startswith("linux"):
            return
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = private_fd(os.open(self._path, os.O_RDONLY | os.O_NONBLOCK))
        fcntl.fcntl(self._fd, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(self._fd, _F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(self._fd, fcntl.F_SETFL, fcntl.fcntl(self._fd, fcntl.F_GETFL) | os.O_ASYNC)
