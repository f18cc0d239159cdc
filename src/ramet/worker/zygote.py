"""The warm parent of sessions: an interpreter with the shell and the preload modules imported, which only forks.

It never runs user code and has one thread. Requests come over a FIFO, one line each, and are answered on the new
session's own out stream; so is a session's death, after its last words, because nobody but the parent learns the exit
status.

A lasting zygote lives on without an owner as long as it has sessions. It holds the stream of one that has ended open
until the session's folder is gone: a pipe that nobody holds forgets what is in it.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import importlib.util
import json
import os
import select
import shutil
import signal
import sys
import time
import traceback
from typing import Any, Callable

from . import warm
from .birth import Newborn
from .facts import figures
from .forking.offspring import Child, Spare, descendants
from .imports import after_import
from .interrupts import Interrupts
from .place import contents, read_spec
from .shells.display import Displays
from .shells.python_shell import PythonShell
from .stream import FrameWriter

_PR_SET_CHILD_SUBREAPER = 36
_RETRY_MS = 50
_UNCLAIMED_S = 5.0
_LOOK_S = 1.0
_SELDOM_S = 60.0


class Zygote:
    """`config` has `folder`, `root`, `shell`, `preload`, `lease`, `owner` (pid), `linger_s` and `lasting`."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._root: str = config["root"]
        self._folder: str = config["folder"]
        self._linger_s: float = config["linger_s"]
        self._lasting: bool = config["lasting"]
        #: The out streams of sessions without a process, by folder.
        self._ended: dict[str, int] = {}
        self._children: dict[int, Child] = {}
        self._unsent: list[tuple[Child, bytes]] = []
        self._unclaimed: dict[int, tuple[int, float]] = {}
        self._buffer = b""
        self._retiring = False
        self._spare: Spare | None = None
        self._requests = os.open(os.path.join(config["folder"], "in"), os.O_RDWR | os.O_NONBLOCK)
        self._lease = os.open(config["lease"], os.O_RDONLY | os.O_NONBLOCK) if config["lease"] else -1
        self._orphaned = bool(config["lease"]) and os.getppid() != config["owner"]
        self._wakeup, wake = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._own_fds = [self._requests, self._wakeup, wake, *([self._lease] if self._lease >= 0 else [])]
        self._make_shell(config["shell"])
        imports = [functools.partial(self._import, name) for name in config["preload"]]
        self._idle_work: list[Callable[[], None]] = [
            functools.partial(warm.repeat, self._shell.warm), *imports, _settle_memory, self._fork_spare,
        ]  # fmt: skip
        self._write_ready(config["folder"])

    def serve(self) -> None:
        """Fork, reap and report until there is nobody left to do it for."""
        poll = select.poll()
        poll.register(self._requests, select.POLLIN)
        poll.register(self._wakeup, select.POLLIN)
        idle_since = time.monotonic()
        watching = False
        while True:
            serving = self._lasting and self._has_sessions()
            if self._lease >= 0 and watching is serving:
                watching = not serving
                if watching:
                    poll.register(self._lease, 0)  # only POLLHUP: the owner is gone
                else:
                    poll.unregister(self._lease)
            ready = dict(poll.poll(self._timeout_ms()))
            if self._is_over(ready, watching):
                self._sweep()
                return
            if self._wakeup in ready:
                self._reap()
            self._report()
            if self._requests in ready:
                self._receive()
            elif self._idle_work and not ready:
                _attempt(self._idle_work.pop(0))
            if self._children or self._ended or self._idle_work or self._unsent or ready:
                idle_since = time.monotonic()
            elif self._retiring or time.monotonic() - idle_since > self._linger_s:
                return

    def _has_sessions(self) -> bool:
        """Whether there is anybody for whom a lasting zygote has to be there."""
        living = {child.folder for child in self._children.values()}
        for folder in [folder for folder in self._ended if folder in living or not os.path.exists(folder)]:
            os.close(self._ended.pop(folder))
        return bool(self._children or self._ended or self._unsent)

    def _is_over(self, ready: dict[int, int], watching: bool) -> bool:
        if self._lasting and not os.path.exists(self._folder):
            return True  # nobody can reach us any more, or any session of ours
        asked = self._lasting and self._requests in ready  # maybe by an owner that lives no more
        return watching and not asked and (self._orphaned or bool(ready.get(self._lease, 0) & select.POLLHUP))

    def _timeout_ms(self) -> float:
        if self._idle_work:
            return 0
        if self._unsent:
            return _RETRY_MS
        if self._lasting and not (self._retiring and not self._has_sessions()):
            return (_LOOK_S if self._ended else _SELDOM_S) * 1000
        return 0 if self._retiring and not self._children else self._linger_s * 1000

    def _make_shell(self, choice: str) -> None:
        self._interrupts = Interrupts()
        self._frames = FrameWriter(self._interrupts)
        displays = Displays(self._frames)
        self._note = ""
        if choice != "python":
            try:
                from .shells.ipython_shell import IPythonShell

                self._shell: Any = IPythonShell(displays, self._send_traceback)
            except ImportError as error:
                if choice == "ipython":
                    sys.stderr.write(f"IPython cannot be imported: {error}\n")
                    raise SystemExit(98) from None
                self._note = f"IPython cannot be imported in {sys.executable} ({error}), so this is plain Python"
                self._shell = PythonShell(displays)
        else:
            self._shell = PythonShell(displays)
        after_import("matplotlib", figures.choose_backend)

    def _send_traceback(self, text: str) -> None:
        self._shell.displays.streams.flush()
        self._frames.send("traceback", {"text": text})

    def _write_ready(self, folder: str) -> None:
        """Tell which folders modules come from: when one of them changes, this zygote's imports may be stale."""
        sites = [path for path in sys.path if path.endswith(("site-packages", "dist-packages")) and os.path.isdir(path)]
        ready = {"sites": {path: os.stat(path).st_mtime_ns for path in sites}}
        partial = os.path.join(folder, "ready.partial")
        with open(partial, "w", encoding="utf-8") as file:
            json.dump(ready, file)
        os.replace(partial, os.path.join(folder, "ready"))

    def _import(self, name: str) -> None:
        if importlib.util.find_spec(name.partition(".")[0]) is not None:
            importlib.import_module(name)
            warm.after_import(name)

    def _receive(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._buffer += os.read(self._requests, 1 << 16)
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            request = json.loads(line)
            if request["op"] == "fork":
                self._fork(request["folder"])
            elif request["op"] == "adopt":
                self._adopt(request["pid"], request["folder"])
            elif request["op"] == "retire":
                self._retiring = True
                if self._spare is not None:
                    self._spare.drop()
                    self._spare = None

    def _fork(self, folder: str) -> None:
        try:
            nonce = read_spec(folder)["nonce"]
            out = os.open(os.path.join(folder, "out"), os.O_RDWR | os.O_NONBLOCK)
        except FileNotFoundError:
            return  # the session was closed before it began
        child = Child(out, nonce, folder)
        self._idle_work.append(self._fork_spare)
        spare, self._spare = self._spare, None
        if spare is not None and spare.use(folder):
            self._children[spare.pid] = child
            return
        try:
            pid = _flushed_fork()
        except OSError as error:
            self._unsent.append((child, child.frame("failed", {"code": "fork", "message": str(error)})))
            return
        if pid:
            self._children[pid] = child
        else:
            self._be_session(lambda: folder, [out])

    def _adopt(self, pid: int, folder: str) -> None:
        """Process `pid`, a checkpoint whose parent has died, is a session now: report its end."""
        known = self._children.get(pid)
        if known is not None and known.folder == folder:
            return
        with contextlib.suppress(OSError):
            out = os.open(os.path.join(folder, "out"), os.O_RDWR | os.O_NONBLOCK)
            child = Child(out, read_spec(folder)["nonce"], folder)
            ended = self._unclaimed.pop(pid, None)
            if ended is None or time.monotonic() - ended[1] > _UNCLAIMED_S:  # the number may be another's by now
                self._children[pid] = child
            else:
                self._unsent.append((child, child.frame("exited", {"pid": pid, "status": ended[0]})))

    def _fork_spare(self) -> None:
        """Fork ahead of the next request: the child waits until it is told which session to be."""
        if self._spare is not None or self._retiring:
            return
        told, tell = os.pipe()
        try:
            pid = _flushed_fork()
        except OSError:
            os.close(told)
            os.close(tell)
            return
        if pid:
            os.close(told)
            self._spare = Spare(pid, tell)
            return
        os.close(tell)
        self._be_session(lambda: _told(told), [])

    def _be_session(self, folder: Callable[[], str], fds: list[int]) -> None:
        """In a child: let go of what is the zygote's, and be the session in `folder()`. Never returns."""
        try:
            for other in self._children.values():
                os.close(other.out)
            for fd in (*self._own_fds, *fds):
                os.close(fd)
            for child, _ in self._unsent:
                os.close(child.out)
            for out in self._ended.values():
                os.close(out)
            self._children.clear()
            newborn = Newborn(self._shell, self._frames, self._interrupts)
            newborn.live(folder(), self._note)
        except BaseException:  # noqa: BLE001 - the child must never return into the zygote's loop
            message = traceback.format_exc()
            with contextlib.suppress(BaseException):
                self._frames.send("failed", {"code": "internal", "message": message})
        finally:
            os._exit(70)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wakeup, 4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if self._spare is not None and pid == self._spare.pid:
                self._spare.drop()
                self._spare = None
            child = self._children.pop(pid, None)
            if child is None:
                self._keep_unclaimed(pid, status)
            else:
                self._unsent.append((child, child.frame("exited", {"pid": pid, "status": status})))

    def _keep_unclaimed(self, pid: int, status: int) -> None:
        """It may have been a checkpoint that was woken and died before we read that it is to be adopted."""
        now = time.monotonic()
        self._unclaimed = {old: ended for old, ended in self._unclaimed.items() if now - ended[1] < _UNCLAIMED_S}
        self._unclaimed[pid] = (status, now)

    def _report(self) -> None:
        """Write what could be written of the reports; a full stream is tried again."""
        waiting, self._unsent = self._unsent, []
        for child, frame in waiting:
            try:
                os.write(child.out, frame)
            except BlockingIOError:
                self._unsent.append((child, frame))
            else:
                self._let_go(child)

    def _let_go(self, child: Child) -> None:
        if not self._lasting:
            os.close(child.out)
            return
        former = self._ended.get(child.folder)
        if former is not None:
            os.close(former)
        self._ended[child.folder] = child.out

    def _sweep(self) -> None:
        """Nobody is there for whom to go on: leave no process and no file of our sessions behind."""
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for pid in descendants(os.getpid()):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                break
            time.sleep(0.005)
        shutil.rmtree(self._folder if self._lasting else self._root, ignore_errors=True)


def _attempt(work: Callable[[], None]) -> None:
    """A broken package must not take the zygote along; a session that imports it will see."""
    try:
        work()
    except BaseException:  # noqa: BLE001 - modules raise anything when they are imported, SystemExit included
        traceback.print_exc()


def _settle_memory() -> None:
    """Leave nothing for the collectors of the sessions to touch, and so to copy."""
    gc.collect()
    gc.freeze()


def _flushed_fork() -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    return os.fork()


def _told(fd: int) -> str:
    """Wait for what the zygote tells its spare; if it tells nothing it is gone, and so are we."""
    folder = contents(fd)
    if not folder:
        os._exit(0)
    return os.fsdecode(folder)


def _become_subreaper() -> None:
    """Have orphans of dead sessions handed to us instead of to init, so that they can be found."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def main(folder: str) -> None:
    """Be the zygote that `folder/config` describes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with open(os.path.join(folder, "config"), encoding="utf-8") as file:
        config = json.load(file)
    _become_subreaper()
    Zygote(config).serve()
