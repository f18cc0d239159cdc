"""A running zygote, seen from its owner: it takes requests over a FIFO and answers on the streams of sessions."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ramet.errors import BrokenError, BusyError, InterpreterError
from ramet.handlers import processes
from ramet.wire import request
from ramet.wire.report import WIRE_VERSION

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

_LINGER_S = 600.0
_CHECK_S = 0.02


@dataclass(frozen=True)
class Key:
    """What makes one zygote different from another."""

    python: str
    shell: str
    preload: tuple[str, ...]
    environ: frozenset[tuple[str, str]]


class Zygote:
    """The zygote in `folder`, as `process`. One is `started`, or `found`."""

    def __init__(self, folder: Path, python: str, process: subprocess.Popen[bytes] | Found) -> None:
        self.name = folder.name
        self._folder, self._python, self._process = folder, python, process
        self._requests = -1
        with contextlib.suppress(FileNotFoundError):
            self._requests = os.open(folder / "in", os.O_RDWR | os.O_NONBLOCK)
        self._sites: dict[str, int] | None = None

    @classmethod
    def started(cls, key: Key, folder: Path, *, lasting: bool) -> Self:
        """A new one in `folder`, beside which the lease is. A `lasting` one lives on without an owner, if it has to.

        Raises:
            InterpreterError: the interpreter cannot be executed.
            BrokenError: no process can be started.
            OSError: its folder cannot be made.
        """
        folder.mkdir(mode=0o700)
        os.mkfifo(folder / "in", 0o600)
        config = {
            "folder": str(folder),
            "root": str(folder.parent),
            "shell": key.shell,
            "preload": list(key.preload),
            "lease": str(folder.parent / "lease"),
            "owner": os.getpid(),
            "linger_s": _LINGER_S,
            "lasting": lasting,
        }
        code = _WORKER
        if lasting:
            code = folder / "_ramet_worker"  # its own, which an upgrade does not change under its feet
            shutil.copytree(_WORKER, code)
            config |= {"python": key.python, "environ": sorted(key.environ), "code": _code()}
        (folder / "config").write_text(json.dumps(config), encoding="utf-8")
        bootstrap = folder / "bootstrap.py"
        text = _BOOTSTRAP.format(init=str(code / "__init__.py"), folder=str(code), zygote=str(folder))
        bootstrap.write_text(text, encoding="utf-8")
        requests = os.open(folder / "in", os.O_RDWR | os.O_NONBLOCK)  # so that it is not too early to send some
        try:
            process = _popen(key, bootstrap, folder / "log")
            if lasting:
                born = processes.birth(process.pid)
                (folder / "process").write_text(json.dumps([process.pid, born]), encoding="utf-8")
            return cls(folder, key.python, process)
        finally:
            os.close(requests)

    @classmethod
    def found(cls, folder: Path) -> tuple[Self, Key | None]:
        """One that a former owner has left in `folder`, dead or alive.

        There is no key if it is not there, or not to be asked for new sessions, because it runs other code than ours.
        """
        try:
            config = json.loads((folder / "config").read_text(encoding="utf-8"))
            pid, born = json.loads((folder / "process").read_text(encoding="utf-8"))
            environ = frozenset((name, value) for name, value in config["environ"])
            key = Key(config["python"], config["shell"], tuple(config["preload"]), environ)
        except (OSError, ValueError, KeyError, TypeError):
            return cls(folder, "", Found(0, "")), None
        return cls(folder, key.python, Found(pid, born)), key if config["code"] == _code() else None

    @property
    def pid(self) -> int:
        """Its process, which may be gone."""
        return self._process.pid

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

    def leave(self) -> None:
        """Let it live as long as it has sessions; who comes after us may find it."""
        self.let_go()
        _left.append(self._process)
        reap()

    def join(self, wait_s: float) -> None:
        """Wait for its end, then insist."""
        try:
            self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


#: Children of ours that were left alone: somebody has to ask how they ended, lest they stay in the process table.
_left: list[subprocess.Popen[bytes] | Found] = []


class Found:
    """A process that somebody else has started, with the words that `subprocess.Popen` has for its own."""

    def __init__(self, pid: int, born: str) -> None:
        self.pid = pid
        self._born = born

    def poll(self) -> int | None:
        """None as long as it lives. How it ended is not told to us."""
        lives = self._born and processes.birth(self.pid) == self._born and processes.alive(self.pid)
        return None if lives else 0

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        deadline = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired([str(self.pid)], timeout or 0)
            time.sleep(_CHECK_S)
        return 0

    def kill(self) -> None:
        """End it."""
        if self.poll() is None:
            processes.kill(self.pid, signal.SIGKILL)


def reap() -> None:
    """Ask those that were left alone, and have ended, how they did."""
    for process in [process for process in _left if process.poll() is not None]:
        _left.remove(process)


def _popen(key: Key, bootstrap: Path, log: Path) -> subprocess.Popen[bytes]:
    try:
        with log.open("wb") as file:
            return subprocess.Popen(  # noqa: S603 - starting the caller's interpreter is the purpose
                [key.python, str(bootstrap)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env=dict(key.environ),
                cwd="/",
                start_new_session=True,
            )
    except OSError as error:
        raise _not_startable(key.python, error) from error


def _code() -> str:
    """What tells this version of the worker from others."""
    files = sorted(_WORKER.rglob("*.py"))
    return f"{WIRE_VERSION}/{len(files)}/{max(_mtime_ns(str(file)) for file in files)}"


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
