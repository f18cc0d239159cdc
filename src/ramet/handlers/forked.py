"""The local handler: a worker forked from a warm zygote, reached through two FIFOs in the session's folder."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, InternalError, InvalidError, TimedOutError
from ramet.handlers import processes
from ramet.handlers.base import Ability
from ramet.handlers.pipes import Pipes
from ramet.handlers.stacks import StackFile
from ramet.handlers.ward import Ward
from ramet.model.report import Began, Done, ExitStatus, Failed, Gone, Promoted, Report, Up
from ramet.wire import request as wire_request
from ramet.wire.report import report as read_report
from ramet.wire.stream import StreamDecoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet.handlers.zygotes import Zygote, Zygotes
    from ramet.model.memory import MemoryUse
    from ramet.model.options import SessionOptions
    from ramet.model.session import ProcessInfo

#: The signal on which a worker dumps its stacks; `worker/birth.py` registers it.
STACK_SIGNAL = signal.SIGRTMIN + 7 if hasattr(signal, "SIGRTMIN") else signal.SIGUSR1

#: The signal that only wakes the interpreter; `worker/interrupts.py` registers it.
NUDGE_SIGNAL = signal.SIGRTMIN + 9 if hasattr(signal, "SIGRTMIN") else signal.SIGURG

#: The signal that wakes a checkpoint; `worker/checkpoints.py` waits for it.
WAKE_SIGNAL = signal.SIGRTMIN + 8 if hasattr(signal, "SIGRTMIN") else signal.SIGUSR2

_START_S = 60.0
_ZYGOTE_CHECK_S = 0.05
_STATUS_S = 2.0
_STATUS_MAX_S = 60.0  # a zygote may be busy with an import
_TICK_S = 0.02
_PROMOTE_S = 10.0
_NUDGE_S = (0.05, 0.2, 0.8)


class ForkedHandler:
    """A process of a session on this machine."""

    abilities = frozenset({Ability.STACK, Ability.EXIT_STATUS, Ability.CHECKPOINT}) | (
        {Ability.MEMORY} if sys.platform.startswith("linux") else frozenset()
    )

    def __init__(self, options: SessionOptions, zygotes: Zygotes, first_cell: int = 1) -> None:
        self._options, self._zygotes, self._first_cell = options, zygotes, first_cell
        self._nonce = secrets.token_hex(8)
        self._decoder = StreamDecoder(self._nonce)
        self._folder: Path | None = None
        self._stacks: StackFile | None = None
        self._pipes: Pipes | None = None
        self._zygote: Zygote | None = None
        self._ward = Ward(options, self.interrupt, self._tell)
        self._pid = 0
        self._leader = 0  #: the first process: its checkpoints are in its process group and session
        self._pidfd = -1
        self._status: ExitStatus | None = None
        self._ready = False
        self._gone_pid = 0
        self._ending = False
        self._promoted: asyncio.Future[None] | None = None
        self._dead = asyncio.Event()
        self._status_timer: asyncio.TimerHandle | None = None
        self._nudging: asyncio.TimerHandle | None = None
        self._interrupt_due = False
        self._cell_submitted = False
        self._cell_began: float | None = None
        self._closed = False
        self._closing: asyncio.Task[None] | None = None

    async def start(self, on_report: Callable[[Report], None]) -> ProcessInfo:
        began = time.perf_counter()
        self._on_report = on_report
        self._up: asyncio.Future[ProcessInfo] = asyncio.get_running_loop().create_future()
        if not Path(self._options.cwd).is_dir():  # noqa: ASYNC240 - one look at a local folder
            raise _no_folder(self._options.cwd)
        if self._options.limit_bytes is not None and Ability.MEMORY not in self.abilities:
            raise InvalidError("limit_bytes cannot be kept on this system", hint="Linux tells how much memory is used")
        try:
            self._make_folder()
            info = await self._forked()
        except BaseException:
            await self.close(grace_s=0)
            raise
        self._pid = self._leader = info.pid
        self._ward.stands_on(info.pid, info.pid)
        self._watch()
        if self._dead.is_set():
            await self.close(grace_s=0)
            raise self._stillborn()
        self._ready = True
        self._info = replace(info, seconds=time.perf_counter() - began)
        return self._info

    def submit(self, request: int, code: str) -> None:
        self._cell_began = None
        self._cell_submitted = True
        self._interrupt_due = False
        self._write(wire_request.run(request, code))

    def answer(self, ask: int, text: str | None) -> None:
        self._write(wire_request.answer(ask, text))

    def interrupt(self) -> None:
        """SIGINT for the process and for what the running cell started in its process group, nothing older."""
        if not self._cell_submitted or self._dead.is_set():
            return
        if self._cell_began is None:
            self._interrupt_due = True  # it is on its way to the process
            return
        since = time.monotonic() - self._cell_began + _TICK_S
        processes.kill(self._pid, signal.SIGINT)
        self._nudge(_NUDGE_S)
        for process in processes.family(self._leader):
            if process.group == self._leader and process.pid != self._pid and process.age_s <= since:
                processes.kill(process.pid, signal.SIGINT)

    def _nudge(self, after_s: tuple[float, ...]) -> None:
        """Wake the interpreter some moments after an interrupt, in case it has missed it.

        It does miss a signal that comes between its last look and a system call that blocks, such as that of
        `time.sleep`: it would handle it, but only when the call returns.
        """
        self._stop_nudging()
        if after_s:
            loop = asyncio.get_running_loop()
            self._nudging = loop.call_later(after_s[0], self._nudge_now, after_s[1:])

    def _nudge_now(self, after_s: tuple[float, ...]) -> None:
        processes.kill(self._pid, NUDGE_SIGNAL)
        self._nudge(after_s)

    def _stop_nudging(self) -> None:
        if self._nudging is not None:
            self._nudging.cancel()
            self._nudging = None

    async def stack(self, wait_s: float = 1.0) -> str:
        if not self._pid or self._dead.is_set() or self._stacks is None:
            return ""
        size = self._stacks.size
        if not processes.kill(self._pid, STACK_SIGNAL):
            return ""
        return await self._stacks.written_after(size, wait_s)

    def checkpoint(self) -> None:
        self._write(wire_request.checkpoint())

    async def promote(self, checkpoint: int) -> ProcessInfo:
        began = time.perf_counter()
        assert self._pipes is not None
        assert self._zygote is not None
        await self._end_present()
        self._pipes.forget_requests()
        self._promoted = asyncio.get_running_loop().create_future()
        self._pid, self._status, self._dead = checkpoint, None, asyncio.Event()
        self._ward.stands_on(checkpoint, self._leader)
        self._zygote.adopt(checkpoint, str(self._folder))
        self._watch()
        if not processes.kill(checkpoint, WAKE_SIGNAL):
            raise BrokenError("that checkpoint is not there any more")
        try:
            async with asyncio.timeout(_PROMOTE_S):
                await self._promoted
        except TimeoutError:
            raise BrokenError("that checkpoint did not wake") from None
        finally:
            self._promoted = None
        self._info = replace(self._info, pid=checkpoint, seconds=time.perf_counter() - began)
        return self._info

    def drop(self, checkpoint: int) -> None:
        self._ward.forget(checkpoint)
        processes.kill(checkpoint, signal.SIGKILL)

    async def memory(self) -> MemoryUse:
        return await asyncio.to_thread(self._ward.memory)

    async def checkpoints_too_large(self) -> bool:
        return await asyncio.to_thread(self._ward.checkpoints_too_large)

    async def _end_present(self) -> None:
        """Kill the process as it stands, and report what it had written."""
        self._ending = True
        try:
            if not self._dead.is_set():
                processes.kill(self._pid, signal.SIGKILL)
                async with asyncio.timeout(_STATUS_S):
                    await self._dead.wait()
            if self._pipes is not None:
                self._pipes.drain()
        except TimeoutError:
            raise BrokenError(f"process {self._pid} cannot be ended") from None
        finally:
            self._ending = False
        self._cell_began, self._cell_submitted = None, False

    async def close(self, grace_s: float = 1.0) -> None:
        # A task of its own, so that giving up the waiting does not leave half of it undone.
        if self._closing is None:
            self._closed = True
            self._closing = asyncio.get_running_loop().create_task(self._close(grace_s))
        await asyncio.shield(self._closing)

    async def _close(self, grace_s: float) -> None:
        if self._zygote is not None and not self._pid:
            await self._catch_newborn(self._zygote)
        if self._pid:
            await self._end_process(grace_s)
        self._ward.gone()
        self._stop_nudging()
        if self._status_timer is not None:
            self._status_timer.cancel()
        self._unwatch()
        if self._pipes is not None:
            self._pipes.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _make_folder(self) -> None:
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="session-", dir=self._zygotes.root))
            self._stacks = StackFile(self._folder / "stack")
            self._pipes = Pipes(self._folder, self._on_data)
            spec = {
                "folder": str(self._folder),
                "nonce": self._nonce,
                "cwd": self._options.cwd,
                "environ": self._options.environ(),
                "first_cell": self._first_cell,
                "lease": self._zygotes.lease,
                "checkpoints": self._options.checkpoints,
                "limit_bytes": self._options.limit_bytes,
            }
            (self._folder / "spec").write_text(json.dumps(spec), encoding="utf-8")
        except OSError as error:
            raise BrokenError(f"the session's folder could not be made: {error}") from error

    async def _forked(self) -> ProcessInfo:
        """Have a zygote fork, once more with a new one if it ended between the request and the fork."""
        assert self._folder is not None
        deadline = time.monotonic() + _START_S
        for last_try in (False, True):
            zygote, was_ready = self._zygotes.fork(self._options, str(self._folder))
            self._zygote = zygote
            if await self._up_or_ended(zygote, deadline):
                return self._up.result()
            if last_try or not was_ready:
                raise zygote.failure()
        raise InternalError("unreachable")

    async def _up_or_ended(self, zygote: Zygote, deadline: float) -> bool:
        """Whether the process came up (or said why not); False if its zygote ended."""
        while True:
            await asyncio.wait({self._up}, timeout=_ZYGOTE_CHECK_S)
            if self._up.done():
                return True
            if not zygote.alive:
                return False
            if time.monotonic() > deadline:
                raise TimedOutError(
                    f"{self._options.python} did not start a session within {_START_S:.0f} s",
                    hint=zygote.log[-500:],
                )

    def _watch(self) -> None:
        """Notice the death of the process even when its zygote is not there to tell."""
        if hasattr(os, "pidfd_open"):
            try:
                self._pidfd = os.pidfd_open(self._pid)
            except ProcessLookupError:
                self._dead.set()
            else:
                asyncio.get_running_loop().add_reader(self._pidfd, self._on_death)

    def _unwatch(self) -> None:
        if self._pidfd >= 0:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1

    def _on_death(self) -> None:
        """The process is dead: its zygote says how within moments, if it lives."""
        self._unwatch()
        self._ward.gone()
        self._stop_nudging()
        self._dead.set()
        if self._promoted is not None and not self._promoted.done():
            self._promoted.set_exception(BrokenError("that checkpoint died when it was woken"))
        if self._ending or self._promoted is not None:
            return  # somebody waits for this
        self._await_status(self._pid, time.monotonic() + _STATUS_MAX_S)

    def _await_status(self, pid: int, deadline: float) -> None:
        """Report the end once its status is known, or once it is clear that it will not be."""
        alive = self._zygote is not None and self._zygote.alive
        if self._status is None and alive and time.monotonic() < deadline:
            loop = asyncio.get_running_loop()
            self._status_timer = loop.call_later(_ZYGOTE_CHECK_S, self._await_status, pid, deadline)
        else:
            self._gone(pid)

    def _on_data(self, data: bytes) -> None:
        for item in self._decoder.feed(data):
            self._take(read_report(item))

    def _take(self, report: Report) -> None:
        match report:
            case Up(info=info):
                if not self._up.done():
                    self._up.set_result(info)
                return
            case Failed():
                if not self._up.done():
                    self._up.set_exception(_start_error(report, self._options))
                return
            case Promoted(pid=pid):
                if self._promoted is not None and not self._promoted.done() and pid == self._pid:
                    self._promoted.set_result(None)
                return
            case ExitStatus():
                if self._pid and report.pid != self._pid:
                    return  # of a process that has been replaced
                self._status = report
                if self._pidfd < 0:
                    self._dead.set()
                if self._dead.is_set() and not self._ending and self._promoted is None:
                    asyncio.get_running_loop().call_soon(self._gone, self._pid)
                if not self._up.done():
                    self._up.set_exception(self._stillborn())
                return
            case Began(at=at):
                self._cell_began = at
                if self._interrupt_due:
                    self._interrupt_due = False
                    self.interrupt()
            case Done():
                self._cell_began = None
                self._cell_submitted = False
                self._stop_nudging()
        if not self._ward.take(report):
            self._tell(report)

    def _tell(self, report: Report) -> None:
        if not self._closed:
            self._on_report(report)

    def _gone(self, pid: int) -> None:
        """Report the end, once, after everything that was written before it."""
        if self._closed or not self._ready or self._pipes is None or pid != self._pid or self._gone_pid == pid:
            return
        self._gone_pid = pid
        if self._status_timer is not None:
            self._status_timer.cancel()
        self._pipes.drain()
        for item in self._decoder.finish():
            self._take(read_report(item))
        self._on_report(self._obituary())

    def _obituary(self) -> Gone:
        if self._status is None:
            silent = self._zygote is not None and self._zygote.alive
            return Gone(
                reason=f"nobody can tell how: its parent process {'does not answer' if silent else 'is gone too'}"
            )
        code = os.waitstatus_to_exitcode(self._status.status)
        return (
            Gone(signal=-code, reason=self._ward.reason, stack=self._stacks.fatal() if self._stacks else "")
            if code < 0
            else Gone(exit_status=code)
        )

    def _stillborn(self) -> BrokenError:
        gone = self._obituary()
        how = signal.Signals(gone.signal).name if gone.signal else f"exit status {gone.exit_status}"
        return BrokenError(f"the session's process ended at its start ({gone.reason or how})", hint="try again")

    async def _catch_newborn(self, zygote: Zygote) -> None:
        """Given up while it was being made: learn its pid, so that it can be ended."""
        deadline = time.monotonic() + _STATUS_S
        while not self._up.done() and zygote.alive and time.monotonic() < deadline:
            await asyncio.wait({self._up}, timeout=_ZYGOTE_CHECK_S)
        if self._up.done() and not self._up.cancelled() and self._up.exception() is None:
            self._pid = self._leader = self._up.result().pid
            self._watch()
        else:
            self._write(wire_request.leave())  # should it come up after all

    async def _end_process(self, grace_s: float) -> None:
        relatives = processes.family(self._leader)
        if grace_s and not self._cell_submitted and not self._dead.is_set():
            self._write(wire_request.leave())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._dead.wait(), grace_s)
        if not self._dead.is_set():
            processes.kill(self._pid, signal.SIGKILL)
        for process in relatives:
            processes.kill(process.pid, signal.SIGKILL)
        for process in processes.family(self._leader):
            processes.kill(process.pid, signal.SIGKILL)
        if not self._dead.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._dead.wait(), _STATUS_S)

    def _write(self, data: bytes) -> None:
        if self._pipes is not None:
            self._pipes.write(data)


def _no_folder(cwd: str) -> InvalidError:
    what = "is not a folder" if Path(cwd).exists() else "does not exist"
    return InvalidError(f"the working folder {cwd} {what}", hint="make it, or give another as cwd=")


def _start_error(failed: Failed, options: SessionOptions) -> InvalidError | BrokenError | InternalError:
    match failed.code:
        case "cwd":
            return InvalidError(f"the working folder {options.cwd} cannot be entered: {failed.message}")
        case "fork":
            return BrokenError(
                f"the operating system refused another process: {failed.message}",
                hint="close sessions, or raise the limit of processes or memory",
            )
        case _:
            return InternalError(f"the session's process failed at its start: {failed.message}")
