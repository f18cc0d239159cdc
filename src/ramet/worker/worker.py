"""The session's process: reads requests, runs cells on its main thread, writes what happens to the stream.

No helper threads live between cells: that is what makes the process forkable at any such moment.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import os
import pickle
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

from .facts import figures, plotly_backend
from .failures.failure import after_own, cell_traceback, describe, message_of, nothing_but_type
from .forking import thread_pools
from .forking.branches import shared
from .forking.checkpoints import Checkpoints
from .forking.children import Children
from .imports import after_import
from .introspection import let_debuggers_see_cells, let_inspect_find_cell_classes
from .looking.peeks import Peeks
from .loop import SessionLoop
from .requests import Input
from .spawning import MainFile

if TYPE_CHECKING:
    from .interrupts import Interrupts
    from .memory import Memory
    from .place import Place
    from .shells.shell import Shell
    from .standard_streams import Streams

#: A value that takes more than this pickled is not sent.
_PICKLE_MAX = 256 << 20

#: The version of what is said on the two streams; the owner refuses a worker that speaks another.
WIRE_VERSION = 1


class Worker:
    """One session's process, from its birth in the zygote to its end."""

    def __init__(
        self,
        shell: Shell,
        place: Place,
        interrupts: Interrupts,
        streams: Streams,
        loop: SessionLoop,
        memory: Memory,
        policy: str,
    ) -> None:
        self._shell, self._place, self._interrupts = shell, place, interrupts
        self._frames, self._requests = place.frames, place.requests
        self._streams = shell.displays.streams = streams
        self._loop, self._memory = loop, memory
        self._input = Input(self._frames, self._streams, self._requests)
        self._children = Children()
        self._checkpoints = Checkpoints(policy, place, streams, self._children, self)
        self._peeks = Peeks(place, self._children, shell, streams)
        self._pid = os.getpid()
        self._running: dict[str, Any] | None = None
        self._began = 0.0

    def prepare(self, first_cell: int) -> None:
        """Make the shell this process's `__main__` and lead figures and spawned children to it."""
        self._input.install()
        self._loop.install()
        self._shell.on_code = self._interrupts.code_begins
        self._shell.install(first_cell, self._await)
        figures.install(self._shell.displays)
        after_import(plotly_backend.MODULE, self._choose_plotly_renderer)
        main_file = MainFile(self._shell.namespace, self._place)
        after_import("multiprocessing.spawn", main_file.install)
        after_import("bdb", let_debuggers_see_cells)
        after_import("inspect", let_inspect_find_cell_classes)
        self._children.hide()
        self._peeks.install()
        self._interrupts.watch_finalisers()
        self._memory.install()
        self._interrupts.disarm()

    def _choose_plotly_renderer(self, module: Any) -> None:
        show = self._shell.displays.show
        plotly_backend.choose_renderer(module, lambda portrait: show(dict(portrait.forms), about=portrait.about))

    def serve(self) -> None:
        """Handle requests until told to exit, and then end the process. Never returns.

        Signals are deferred here, but for the time in which a cell runs or none is there to run.
        """
        while True:
            try:
                if self._running is not None:
                    # An interrupt, or a handler of user code, hit between the cell's last instruction and its report.
                    self._finish({"kind": "interrupted"})
                if not self._handle(self._next()):
                    self._leave()
            except BaseException:  # noqa: BLE001 - a background task or a signal handler of user code may raise anything
                self._report_stray()

    def _next(self) -> dict[str, Any]:
        """Wait for the next request; in the meantime make the checkpoint that is due."""
        while True:
            rest_s = self._checkpoints.wait_s()
            if rest_s == 0:
                self._checkpoints.make(self._shell.cell)
            elif self._requests.at_hand:
                return self._requests.next()
            elif self._rest(rest_s):
                self._requests.fill()
            if os.getpid() != self._pid:
                os._exit(0)  # a background task has forked, and this is the child

    def _rest(self, wait_s: float | None) -> bool:
        """Wait for up to `wait_s` seconds, background tasks going on; return whether a request is there to be read."""
        with self._interrupts.delivered_while_idle():
            if self._loop.used:
                return self._loop.pump_until_readable(self._requests.fd, wait_s)
            return self._requests.wait(wait_s)

    def take_over(self) -> None:
        """In a checkpoint, before it sleeps: all that must be this process's own when it is woken."""
        self._pid = os.getpid()
        self._input.adopt()
        self._requests.clear()
        self._shell.adopt()
        thread_pools.renew()
        self._place.lease.renew()

    def branch_off(self, folder: str) -> str:
        """In a copy of a checkpoint: be the session in `folder` from here on; return its checkpoint policy."""
        self.take_over()
        own = self._loop.renew()
        policy: str = self._place.take(folder)["checkpoints"]
        self._frames.send("up", {**introduce(self._shell, ""), "shared": shared(own, os.path.dirname(folder))})
        return policy

    def _leave(self) -> None:
        """An orderly end: `sys.exit` would unwind into the zygote's frames instead."""
        self._interrupts.disarm()
        atexit._run_exitfuncs()  # noqa: SLF001 - what the interpreter does at its end
        self._streams.flush()
        os._exit(0)

    def _handle(self, request: dict[str, Any]) -> bool:
        """Carry out one request; return whether to go on."""
        op = request["op"]
        if op == "run":
            self._run(request)
        elif op == "checkpoint":
            self._checkpoints.make(self._shell.cell, asked=True)
        elif op == "echo":
            self._frames.send("echo", {"id": request["id"]})
        elif op == "exit":
            return False
        # Anything else is an answer that came too late, or a newer owner's word: there is nothing to do for it.
        return True

    def _run(self, request: dict[str, Any]) -> None:
        self._running = request
        self._shell.displays.figures_shown.clear()
        self._loop.install()
        self._frames.send("begin", {"id": request["id"], "cell": self._shell.cell, "at": time.monotonic()})
        self._began = time.perf_counter()
        error: BaseException | None = None
        try:
            self._memory.tighten()
            self._interrupts.arm()
            if "given" in request:
                self._interrupts.code_begins()
                self._shell.namespace.update(pickle.loads(base64.b64decode(request["given"])))  # noqa: S301 - the owner's
            error = self._shell.run(request["code"])
            if os.getpid() != self._pid:
                self._leave_child(error)
            drawing = self._show_figures()
            error = error or drawing
            if request.get("value") and error is None:
                self._send_value(request["id"])
            self._interrupts.disarm()
        except BaseException as raised:  # noqa: BLE001 - an interrupt just before or after the cell's own code
            error = error or raised
        self._shell.value = None
        self._memory.loosen()
        outcome = self._outcome(error)
        self._memory.cell_ended(error)
        self._finish(outcome)

    def _send_value(self, request: int) -> None:
        """Send the cell's value to the owner, as far as it can be sent."""
        value: dict[str, Any] = {"id": request, "pickle": "", "problem": ""}
        try:
            data = pickle.dumps(self._shell.value, protocol=4)
        except Exception as error:  # noqa: BLE001 - any object may refuse, each in its own way
            value["problem"] = f"{type(error).__name__}: {message_of(error)}"
        else:
            if len(data) > _PICKLE_MAX:
                value["problem"] = f"it takes {len(data):,} bytes, more than {_PICKLE_MAX:,}"
            else:
                value["pickle"] = base64.b64encode(data).decode("ascii")
        self._streams.flush()
        self._frames.send("value", value)

    def _leave_child(self, error: BaseException | None) -> None:
        """The cell forked, and this is the child: its part ends where the cell ends, as a program would."""
        self._interrupts.disarm()
        status = 0
        try:
            if isinstance(error, SystemExit):
                status, message = _exit_code(error)
                if message:
                    self._streams.stderr.write(f"{message}\n")
            elif error is not None:
                status = 1
                self._streams.stderr.write(self._shell.traceback_text(error))
            self._streams.flush()
        finally:
            os._exit(status)

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
        return {"kind": "interrupted" if stopped else "raised", "error": self._described(error, text)}

    def _described(self, error: BaseException, text: str) -> dict[str, Any]:
        try:
            return describe(error, text)
        except Exception as problem:  # noqa: BLE001 - the exception is the user's, and so is all that it is asked
            return nothing_but_type(error, f"this exception cannot be described: {type(problem).__name__}", text)

    def _finish(self, outcome: dict[str, Any]) -> None:
        self._interrupts.disarm()
        self._memory.loosen()
        sys.settrace(None)
        sys.setprofile(None)
        request = self._running
        if request is None:
            return
        done: dict[str, Any] = {"id": request["id"], "outcome": outcome, "seconds": time.perf_counter() - self._began}
        try:
            self._streams.flush()
            self._mend(done)
            done["came"], done["went"] = self._shell.names_changed()
        except Exception as error:  # noqa: BLE001 - whatever a cell has done to the process, its end must be told
            done["note"] = f"after this cell the session could not be put in order: {error!r}"
        self._frames.send("done", done)
        self._running = None
        self._checkpoints.cell_ran()

    def _mend(self, done: dict[str, Any]) -> None:
        """Put back what the cell has closed or broken."""
        note = self._streams.repair()
        if note:
            done["note"] = note
        self._input.repair()
        if self._loop.used and (self._loop.is_closed() or self._loop.broken):
            self._loop.abandon()
            self._loop = SessionLoop(self._interrupts)

    def _await(self, awaitable: Any) -> Any:
        if self._loop.is_closed():
            self._loop = SessionLoop(self._interrupts)
            self._loop.install()
        return self._loop.run(awaitable)

    def _report_stray(self) -> None:
        with contextlib.suppress(Exception):
            self._streams.repair()
            error = sys.exc_info()[1]
            if error is not None:
                tb = cell_traceback(error) or after_own(error)
                traceback.print_exception(type(error), error, tb, file=self._streams.stderr)
            self._streams.flush()


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
