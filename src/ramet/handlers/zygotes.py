"""The warm parents of forked sessions: one for each interpreter, shell, preload list and start-up environment.

A pool belongs to this process and serves all its event loops: asking for a fork is one small write to a FIFO, and the
answer comes on the new session's own stream. The pool's lease is a FIFO that this process alone holds open for writing;
when it closes, by whatever end, zygotes end and take their sessions along.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, BusyError, InterpreterError, RametError
from ramet.paths import new_runtime_folder
from ramet.wire import request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ramet.model.options import SessionOptions

_WORKER = Path(__file__).resolve().parent.parent / "worker"

#: Runs in the user's interpreter, whatever that is: it must compile there, even if only to say that it is too old.
_BOOTSTRAP = """\
import sys
if sys.version_info < (3, 9):
    sys.stderr.write("this is Python %d.%d" % sys.version_info[:2])
    sys.exit(97)
sys.path[:] = [path for path in sys.path if path not in ("", {zygote!r})]
import importlib.util
spec = importlib.util.spec_from_file_location("_ramet_worker", {init!r}, submodule_search_locations=[{folder!r}])
sys.modules["_ramet_worker"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
from _ramet_worker.zygote import main
main({zygote!r})
"""

_TOO_OLD, _NO_IPYTHON = 97, 98

#: Variables that an interpreter or a library reads once, when it starts. A session whose values differ gets
#: another zygote; all others are set after the fork.
_STARTUP_NAMES = frozenset({"HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"})
_STARTUP_PREFIXES = (
    "BLIS_", "CONDA_", "CUDA_", "DYLD_", "GOMP_", "GOTO_", "IPYTHON", "KMP_", "LC_", "LD_", "MALLOC_", "MKL_", "MPL",
    "NPY_", "NUMBA_", "NUMEXPR_", "NUMPY_", "OMP_", "OPENBLAS_", "POLARS_", "PYTHON", "VECLIB_", "XDG_",
)  # fmt: skip

_LINGER_S = 600.0


@dataclass(frozen=True)
class _Key:
    python: str
    shell: str
    preload: tuple[str, ...]
    environ: frozenset[tuple[str, str]]


class Zygote:
    """A running zygote, seen from its owner."""

    def __init__(self, key: _Key, environ: Mapping[str, str], root: Path, number: int) -> None:
        self._folder = root / f"zygote-{number}"
        self._python = key.python
        self._folder.mkdir(mode=0o700)
        os.mkfifo(self._folder / "in", 0o600)
        self._requests = os.open(self._folder / "in", os.O_RDWR | os.O_NONBLOCK)
        config = {
            "folder": str(self._folder),
            "root": str(root),
            "shell": key.shell,
            "preload": list(key.preload),
            "lease": str(root / "lease"),
            "owner": os.getpid(),
            "linger_s": _LINGER_S,
        }
        (self._folder / "config").write_text(json.dumps(config), encoding="utf-8")
        bootstrap = self._folder / "bootstrap.py"
        code = _BOOTSTRAP.format(init=str(_WORKER / "__init__.py"), folder=str(_WORKER), zygote=str(self._folder))
        bootstrap.write_text(code, encoding="utf-8")
        try:
            with (self._folder / "log").open("wb") as log:
                self._process = subprocess.Popen(  # noqa: S603 - starting the caller's interpreter is the purpose
                    [key.python, str(bootstrap)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=dict(environ),
                    cwd="/",
                    start_new_session=True,
                )
        except OSError as error:
            os.close(self._requests)
            raise _not_startable(key.python, error) from error
        self._sites: dict[str, int] | None = None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def ready(self) -> bool:
        """Whether it has got as far as taking requests."""
        return (self._folder / "ready").exists()

    @property
    def stale(self) -> bool:
        """Whether packages were installed or removed since it started, so that what it imported may be outdated."""
        if self._sites is None:
            try:
                self._sites = json.loads((self._folder / "ready").read_text(encoding="utf-8"))["sites"]
            except OSError:
                return False  # it is still starting
        return any(_mtime_ns(site) != then for site, then in self._sites.items())

    @property
    def log(self) -> str:
        """What it printed: warnings and errors of imported modules."""
        try:
            return (self._folder / "log").read_text(encoding="utf-8", errors="backslashreplace").strip()
        except OSError:
            return ""

    def fork(self, folder: str) -> None:
        """Ask for the session that `folder/spec` describes.

        Raises:
            BusyError: hundreds of requests are waiting already.
        """
        try:
            os.write(self._requests, request.fork(folder))
        except BlockingIOError as error:
            raise BusyError("too many sessions are being started at once", hint="try again in a moment") from error

    def adopt(self, pid: int, folder: str) -> None:
        """Process `pid` is that of the session in `folder` from now on: have its end reported there."""
        with contextlib.suppress(OSError):
            os.write(self._requests, request.adopt(pid, folder))

    def failure(self) -> InterpreterError | BrokenError:
        """Why it ended, once it has."""
        status = self._process.poll()
        said = _excerpt(self.log)
        if status == _TOO_OLD:
            return InterpreterError(f"{self._python} is too old for a session: {said}", hint="use Python 3.9 or newer")
        if status == _NO_IPYTHON:
            return InterpreterError(
                f"{self._python} has no IPython: {said}",
                hint='install ipython there, or use shell="python" or shell="auto"',
            )
        if self.ready:
            return BrokenError(f"the parent process of sessions ended (status {status}): {said or 'it said nothing'}")
        return InterpreterError(
            f"{self._python} does not work as a Python interpreter (exit status {status}): {said or 'it said nothing'}",
            hint="check the path given as python=",
        )

    def retire(self) -> None:
        """Let it end when the last of its sessions has."""
        with contextlib.suppress(OSError):
            os.write(self._requests, request.retire())

    def let_go(self) -> None:
        """Close our end."""
        if self._requests >= 0:
            os.close(self._requests)
            self._requests = -1

    def bury(self) -> None:
        """After its end: leave no trace of it."""
        self.let_go()
        shutil.rmtree(self._folder, ignore_errors=True)

    def join(self, wait_s: float) -> None:
        """Wait for its end, then insist."""
        try:
            self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Zygotes:
    """A pool of zygotes, started when first needed. Thread-safe."""

    def __init__(self) -> None:
        self.root, self._alive = new_runtime_folder()
        os.mkfifo(self.root / "lease", 0o600)
        self._lease = os.open(self.root / "lease", os.O_RDWR)
        self._zygotes: dict[_Key, Zygote] = {}
        self._retired: list[Zygote] = []
        self._lock = threading.RLock()
        self._started = 0
        self._owner = os.getpid()
        os.register_at_fork(after_in_child=self._forget)

    @property
    def lease(self) -> str:
        """The FIFO that tells whether this process lives."""
        return str(self.root / "lease")

    def get(self, options: SessionOptions) -> Zygote:
        """A living zygote for `options`, started now if there is none.

        Raises:
            InterpreterError: `options.python` cannot be executed.
            BrokenError: no process can be started.
        """
        environ = options.environ()
        startup = frozenset((name, value) for name, value in environ.items() if _matters_at_startup(name))
        key = _Key(options.python, options.shell, options.preload, startup)
        with self._lock:
            zygote = self._zygotes.get(key)
            if zygote is not None and zygote.alive and not zygote.stale:
                return zygote
            if zygote is not None:
                self._zygotes.pop(key).retire()
                self._retired.append(zygote)
            self._bury()
            self._started += 1
            # Only what matters at start-up goes in; a session gets its whole environment when it is forked.
            try:
                zygote = self._zygotes[key] = Zygote(key, dict(startup), self.root, self._started)
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

    def close(self) -> None:
        """End all zygotes and all sessions of theirs, and remove every file of theirs. May be called twice."""
        with self._lock:
            if self._lease < 0 or self._owner != os.getpid():
                return
            os.close(self._lease)
            self._lease = -1
            everyone = [*self._zygotes.values(), *self._retired]
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

    def _bury(self) -> None:
        for zygote in [zygote for zygote in self._retired if not zygote.alive]:
            zygote.bury()
            self._retired.remove(zygote)

    def _forget(self) -> None:
        """In a fork of the owner: let go of the lease, so that it ends with the owner."""
        if self._lease >= 0:
            os.close(self._lease)
            self._lease = -1
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


def _mtime_ns(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def _excerpt(text: str) -> str:
    """The first and last lines of a log, in one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 4:
        lines = [*lines[:2], "...", *lines[-2:]]
    return " / ".join(lines)[:500]


def _not_startable(python: str, error: OSError) -> InterpreterError | BrokenError:
    if isinstance(error, FileNotFoundError):
        return InterpreterError(f"there is no interpreter at {python}", hint="check the path given as python=")
    if isinstance(error, PermissionError) or "Exec format" in str(error):
        return InterpreterError(f"{python} is not a program: {error.strerror}", hint="check the path given as python=")
    return BrokenError(f"{python} could not be started: {error.strerror}")
