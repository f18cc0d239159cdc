"""The warm parents of forked sessions: one for each interpreter, shell, preload list and start-up environment.

A pool belongs to this process and serves all its event loops: asking for a fork is one small write to a FIFO, and the
answer comes on the new session's own stream. The pool's lease is a FIFO that this process alone holds open for writing;
when it closes, by whatever end, zygotes end and take their sessions along. Those of a home live on as long as they have
sessions there, and the pool of the next owner takes them over.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, RametError
from ramet.handlers import processes
from ramet.handlers.runtime_folder import new_runtime_folder
from ramet.handlers.zygote import Key, Zygote, reap

if TYPE_CHECKING:
    from ramet.model.options import SessionOptions

#: Variables that an interpreter or a library reads once, when it starts. A session whose values differ gets
#: another zygote; all others are set after the fork.
_STARTUP_NAMES = frozenset({"HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"})
_STARTUP_PREFIXES = (
    "BLIS_", "CONDA_", "CUDA_", "DYLD_", "GOMP_", "GOTO_", "IPYTHON", "KMP_", "LC_", "LD_", "MALLOC_", "MKL_", "MPL",
    "NPY_", "NUMBA_", "NUMEXPR_", "NUMPY_", "OMP_", "OPENBLAS_", "POLARS_", "PYTHON", "VECLIB_", "XDG_",
)  # fmt: skip


class Zygotes:
    """A pool of zygotes, started when first needed. Thread-safe."""

    def __init__(self, home: Path | None = None) -> None:
        self._alive = -1
        if home is None:
            self.root, self._alive = new_runtime_folder()
        else:
            self.root = home
        #: Whether sessions may outlive this process.
        self.lasting = home is not None
        with contextlib.suppress(FileExistsError):
            os.mkfifo(self.root / "lease", 0o600)
        self._lease = os.open(self.root / "lease", os.O_RDWR)
        self._zygotes: dict[Key, Zygote] = {}
        self._retired: list[Zygote] = []
        self._lock = threading.RLock()
        self._started = 0
        self._owner = os.getpid()
        os.register_at_fork(after_in_child=self._forget)
        if self.lasting:
            self._find()

    @property
    def lease(self) -> str:
        """The FIFO that tells whether this process lives."""
        return str(self.root / "lease")

    def new_session_folder(self) -> Path:
        """A folder for a session that ends with this process. Raises OSError if it cannot be made."""
        return Path(tempfile.mkdtemp(prefix="session-", dir=self.root))

    def parent_of(self, pid: int) -> Zygote:
        """The zygote whose child process `pid` is; a dead one, if it is none of ours."""
        parent = next((process.parent for process in processes.table() if process.pid == pid), 0)
        with self._lock:
            everyone = [*self._zygotes.values(), *self._retired]
            return next((one for one in everyone if one.pid == parent), None) or Zygote.found(self.root / "none")[0]

    def get(self, options: SessionOptions) -> Zygote:
        """A living zygote for `options`, started now if there is none.

        Raises:
            InterpreterError: `options.python` cannot be executed.
            BrokenError: no process can be started.
        """
        environ = options.environ()
        startup = frozenset((name, value) for name, value in environ.items() if _matters_at_startup(name))
        key = Key(options.python, options.shell, options.preload, startup)
        with self._lock:
            zygote = self._zygotes.get(key)
            if zygote is not None and zygote.alive and not zygote.stale:
                return zygote
            if zygote is not None:
                self._zygotes.pop(key).retire()
                self._retired.append(zygote)
            self._bury()
            # Only what matters at start-up goes in; a session gets its whole environment when it is forked.
            try:
                zygote = self._zygotes[key] = Zygote.started(key, self._new_folder(), lasting=self.lasting)
            except RametError:
                raise
            except OSError as error:
                raise BrokenError(f"the parent process of sessions could not be made: {error}") from error
            return zygote

    def fork(self, options: SessionOptions, folder: str) -> tuple[Zygote, bool]:
        """Ask for the session that `folder/spec` describes; return who was asked, and whether it was ready for it.

        Raises as `get` and `Zygote.fork` do.
        """
        with self._lock:
            zygote = self.get(options)
            was_ready = zygote.ready
            zygote.fork(folder)
            return zygote, was_ready

    def named(self, name: str) -> Zygote:
        """The zygote whose folder has that name; a dead one, if there is none."""
        with self._lock:
            known = next((one for one in [*self._zygotes.values(), *self._retired] if one.name == name), None)
            return known or Zygote.found(self.root / name)[0]

    def close(self) -> None:
        """End all zygotes and all sessions of theirs, and remove every file of theirs. May be called twice.

        Of a lasting pool only those zygotes end that have no sessions.
        """
        with self._lock:
            if self._lease < 0 or self._owner != os.getpid():
                return
            os.close(self._lease)
            self._lease = -1
            everyone = [*self._zygotes.values(), *self._retired]
            if self.lasting:
                for zygote in everyone:
                    zygote.leave()
                return
            for zygote in everyone:
                zygote.join(10)
                zygote.bury()
            self._zygotes.clear()
            self._retired.clear()
            shutil.rmtree(self.root, ignore_errors=True)
            os.close(self._alive)

    @property
    def closed(self) -> bool:
        """Whether `close` was called, or this is a fork of the process that owns the pool."""
        return self._lease < 0 or self._owner != os.getpid()

    def _find(self) -> None:
        """Take over what a former owner has left."""
        for folder in self.root.glob("zygote-*"):
            zygote, key = Zygote.found(folder)
            if not zygote.alive:
                zygote.bury()
            elif key is None or not zygote.ready or key in self._zygotes:
                zygote.retire()
                self._retired.append(zygote)
            else:
                self._zygotes[key] = zygote

    def _new_folder(self) -> Path:
        self._started += 1
        # A name that comes once only: what a session's roster names must not become another's.
        unique = f"-{secrets.token_hex(4)}" if self.lasting else ""
        return self.root / f"zygote-{self._started}{unique}"

    def _bury(self) -> None:
        reap()
        for zygote in [zygote for zygote in self._retired if not zygote.alive]:
            zygote.bury()
            self._retired.remove(zygote)

    def _forget(self) -> None:
        """In a fork of the owner: let go of the lease, so that it ends with the owner."""
        if self._lease >= 0:
            os.close(self._lease)
            self._lease = -1
            if self._alive >= 0:
                os.close(self._alive)
            for zygote in self._zygotes.values():
                zygote.let_go()
        self._lock = threading.RLock()


_shared: Zygotes | None = None
_shared_lock = threading.Lock()


def shared_zygotes() -> Zygotes:
    """The pool that all sessions of this process use unless told otherwise; it closes when the process exits."""
    global _shared
    with _shared_lock:
        if _shared is None or _shared.closed:
            _shared = Zygotes()
            atexit.register(_shared.close)
        return _shared


def _matters_at_startup(name: str) -> bool:
    return name in _STARTUP_NAMES or name.startswith(_STARTUP_PREFIXES)
