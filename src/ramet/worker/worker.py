"""The session's process: reads requests, runs cells on its main thread, writes what happens to the stream.

No helper threads live between cells: that is what makes the process forkable at any such moment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

from . import figures
from .failure import describe, message_of
from .imports import after_import
from .loop import SessionLoop
from .spawning import MainFile
from .stream import FrameWriter, Streams

if TYPE_CHECKING:
    from .interrupts import Interrupts
    from .requests import Requests
    from .shell import Shell

#: The version of what is said on the two streams; the host refuses a worker that speaks another.
WIRE_VERSION = 1


class Worker:
    """One session's process, from its birth in the zygote to its end."""

    def __init__(self, shell: Shell, frames: FrameWriter, interrupts: Interrupts, requests: Requests) -> None:
        self._shell, self._frames, self._interrupts, self._requests = shell, frames, interrupts, requests
        self._streams = shell.displays.streams = Streams(frames)
        self._loop = SessionLoop(interrupts)
        self._pid = os.getpid()
        self._running: dict[str, Any] | None = None
        self._began = 0.0

    @property
    def streams(self) -> Streams:
        """The standard streams, for those who must flush them."""
        return self._streams

    def prepare(self, folder: str, first_cell: int) -> None:
        """Make the shell this process's `__main__` and lead figures and spawned children to it."""
        self._loop.install()
        self._shell.install(first_cell, self._await)
        figures.install(self._shell.displays)
        main_file = MainFile(self._shell.namespace, folder)
        after_import("multiprocessing.spawn", main_file.install)
        self._interrupts.on_seen = self._frames.acknowledge
        self._interrupts.disarm()

    def serve(self) -> None:
        """Handle requests until told to exit. Never returns to the caller's frame by an exception."""
        while True:
            try:
                self._interrupts.disarm()
                if self._running is not None:
                    # An interrupt hit between the cell's last instruction and its report.
                    self._finish({"kind": "interrupted"})
                if not self._handle(self._next()):
                    return
            except KeyboardInterrupt:
                continue
            except BaseException:  # noqa: BLE001 - a background task or an `atexit` of user code may raise anything
                self._report_stray()

    def _next(self) -> dict[str, Any]:
        while self._loop.used and not self._requests.at_hand:
            if self._loop.is_closed():
                self._loop = SessionLoop(self._interrupts)
                self._loop.install()
                break
            self._loop.pump_until_readable(self._requests.fd)
            break
        return self._requests.next()

    def _handle(self, request: dict[str, Any]) -> bool:
        """Carry out one request; return whether to go on."""
        op = request["op"]
        if op == "run":
            self._run(request)
        elif op == "exit":
            return False
        # Anything else is an answer that came too late, or a newer host's word: there is nothing to do for it.
        return True

    def _run(self, request: dict[str, Any]) -> None:
        self._running = request
        self._shell.displays.figures_shown.clear()
        self._frames.send("begin", {"id": request["id"], "cell": self._shell.cell})
        self._began = time.perf_counter()
        self._interrupts.arm()
        error = self._shell.run(request["code"])
        if os.getpid() != self._pid:
            # The cell forked, and this is the child: its part ends where the cell ends.
            self._streams.flush()
            os._exit(0 if error is None else _exit_code(error)[0])
        if error is None:
            error = self._show_figures()
        self._interrupts.disarm()
        self._finish(self._outcome(error))

    def _show_figures(self) -> BaseException | None:
        try:
            figures.flush()
        except BaseException as error:  # noqa: BLE001 - drawing runs user code: formatters, artists, fonts
            return error
        return None

    def _outcome(self, error: BaseException | None) -> dict[str, Any]:
        if error is None:
            return {"kind": "completed"}
        if isinstance(error, SystemExit):
            code, message = _exit_code(error)
            return {"kind": "exited", "code": code, "message": message}
        text = self._shell.traceback_text(error)
        stopped = isinstance(error, KeyboardInterrupt) or (
            self._interrupts.delivered and type(error).__name__ == "CancelledError"
        )
        return {"kind": "interrupted" if stopped else "raised", "error": describe(error, text)}

    def _finish(self, outcome: dict[str, Any]) -> None:
        request, self._running = self._running, None
        if request is None:
            return
        seconds = time.perf_counter() - self._began
        with _signals_blocked():
            self._streams.flush()
            note = self._streams.repair()
            came, went = self._shell.names_changed()
            done: dict[str, Any] = {"id": request["id"], "outcome": outcome, "seconds": seconds}
            if came:
                done["came"] = came
            if went:
                done["went"] = went
            if note:
                done["note"] = note
            self._frames.send("done", done)

    def _await(self, awaitable: Any) -> Any:
        if self._loop.is_closed():
            self._loop = SessionLoop(self._interrupts)
        self._loop.install()
        return self._loop.run(awaitable)

    def _report_stray(self) -> None:
        with contextlib.suppress(Exception):
            self._streams.repair()
            traceback.print_exc(file=self._streams.stderr)
            self._streams.flush()


@contextlib.contextmanager
def _signals_blocked() -> Any:
    """Let no handler of user code (an alarm that raises, say) run in the block."""
    everything = signal.valid_signals() - {
        signal.SIGSEGV,
        signal.SIGBUS,
        signal.SIGFPE,
        signal.SIGILL,
        signal.SIGABRT,
    }
    while True:
        try:
            before = signal.pthread_sigmask(signal.SIG_BLOCK, everything)
            break
        except BaseException:  # noqa: BLE001, S112 - a handler that was due; its exception belongs to no cell any more
            continue
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _exit_code(error: BaseException) -> tuple[int, str]:
    """The exit code and message that the interpreter would make of `error`."""
    code = getattr(error, "code", 1)
    if code is None:
        return 0, ""
    if isinstance(code, int):
        return code, ""
    return 1, message_of(error)


def introduce(shell: Shell, note: str) -> dict[str, Any]:
    """What a new process says of itself."""
    return {
        "wire": WIRE_VERSION,
        "pid": os.getpid(),
        "shell": shell.name,
        "ipython": shell.version,
        "python": sys.executable,
        "version": ".".join(map(str, sys.version_info[:3])),
        "cwd": os.getcwd(),
        "note": note,
    }
