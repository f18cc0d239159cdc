"""The local handler: a worker forked from a warm zygote, or a branch of one, reached through the FIFOs of a folder."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import signal
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ramet.errors import BrokenError
from ramet.handlers import processes
from ramet.handlers.base import Ability
from ramet.handlers.births import BranchBirth, ZygoteBirth, newborn, start_error, stillborn
from ramet.handlers.ending import end_alone, end_with_family
from ramet.handlers.interrupter import Interrupter
from ramet.handlers.legacy import Legacy
from ramet.handlers.peeks import Peeks
from ramet.handlers.pipes import Pipes, make_fifos
from ramet.handlers.roster import Head, Roster
from ramet.handlers.signals import STACK_SIGNAL, WAKE_SIGNAL
from ramet.handlers.stacks import StackFile
from ramet.handlers.vigil import Vigil
from ramet.handlers.ward import Ward
from ramet.model.report import Began, Checkpointed, Done, Echo, ExitStatus, Failed, Promoted, ReadTo, Report, Told, Up
from ramet.wire import request as wire_request
from ramet.wire.report import report as read_report
from ramet.wire.stream import StreamDecoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ramet.handlers.births import Birth
    from ramet.handlers.lodging import Lodging
    from ramet.handlers.zygotes import Zygotes
    from ramet.model.memory import MemoryUse
    from ramet.model.options import SessionOptions
    from ramet.model.question import Answer, Question
    from ramet.model.session import CheckpointPolicy, ProcessInfo

_PROMOTE_S = 10.0


class ForkedHandler:
    """A process of a session on this machine."""

    abilities = frozenset({Ability.STACK, Ability.EXIT_STATUS, Ability.CHECKPOINT, Ability.PEEK}) | (
        {Ability.MEMORY} if sys.platform.startswith("linux") else frozenset()
    )

    def __init__(
        self,
        options: SessionOptions,
        zygotes: Zygotes,
        first_cell: int = 1,
        *,
        birth: Birth | None = None,
        lodging: Lodging | None = None,
    ) -> None:
        self._options, self._zygotes, self._lodging = options, zygotes, lodging
        self._birth: Birth = birth or ZygoteBirth(options, zygotes, first_cell)
        self._nonce = secrets.token_hex(8)
        self._decoder = StreamDecoder(self._nonce)
        self._folder: Path | None = None
        self._stacks: StackFile | None = None
        self._peeks: Peeks | None = None
        self._pipes: Pipes | None = None
        self._legacy: Legacy | None = None
        self._vigil: Vigil | None = None
        self._interrupter: Interrupter | None = None
        self._ward = Ward(options, self.interrupt, self._tell)
        self._info: ProcessInfo | None = None
        self._leader = 0  #: the first process: its checkpoints are in its process group and session
        self._promoted: asyncio.Future[None] | None = None
        self._echo: tuple[int, asyncio.Future[None]] | None = None
        self._mourned = False
        self._closed = self._detached = False
        self._closing: asyncio.Task[None] | None = None

    async def start(self, on_report: Callable[[Report], None]) -> ProcessInfo:
        began = time.perf_counter()
        self._on_report = on_report
        self._up: asyncio.Future[ProcessInfo] = asyncio.get_running_loop().create_future()
        try:
            info = await self._birth.bring_up(self._make_folder(), self._up)
        except BaseException:
            await self.close(grace_s=0)
            raise
        self._interrupter = Interrupter(info.pid)
        vigil = self._watch(info.pid)
        if vigil.dead.is_set():
            await self.close(grace_s=0)
            raise stillborn(vigil.obituary(self._fatal_stack))
        if self._legacy is not None:
            try:
                self._begin_roster(self._legacy, info.pid)
            except OSError as error:
                await self.close(grace_s=0)
                raise BrokenError(f"the session could not be written down: {error}") from error
        vigil.announce(self._gone)
        self._info = replace(info, seconds=time.perf_counter() - began)
        return self._info

    def submit(self, request: int, code: str, *, given: bytes | None = None, value: bool = False) -> None:
        if self._interrupter is not None:
            self._interrupter.submitted()
        self._write(wire_request.run(request, code, given=given, value=value))

    def answer(self, ask: int, text: str | None) -> None:
        self._write(wire_request.answer(ask, text))

    def interrupt(self) -> None:
        """SIGINT for the process and for what the running cell started in its process group, nothing older."""
        if self._interrupter is not None and self._alive:
            self._interrupter.interrupt()

    def kill(self, reason: str) -> None:
        if self._alive:
            self._ward.end(reason)

    async def stack(self, wait_s: float = 1.0) -> str:
        if self._vigil is None or not self._alive or self._stacks is None:
            return ""
        size = self._stacks.size
        if not processes.kill(self._vigil.pid, STACK_SIGNAL):
            return ""
        return await self._stacks.written_after(size, wait_s)

    async def ask(self, question: Question, wait_s: float) -> Answer:
        if self._vigil is None or self._peeks is None or not self._alive:
            raise BrokenError("the session has no process at this moment")
        return await self._peeks.ask(self._vigil, question, wait_s)

    def checkpoint(self) -> None:
        self._write(wire_request.checkpoint())

    async def promote(self, checkpoint: int) -> ProcessInfo:
        began = time.perf_counter()
        assert self._pipes is not None
        assert self._interrupter is not None
        assert self._birth.zygote is not None
        await self._end_present()
        self._pipes.forget_requests()
        self._interrupter.moved(checkpoint)
        self._promoted = asyncio.get_running_loop().create_future()
        vigil = self._watch(checkpoint)
        self._birth.zygote.adopt(checkpoint, str(self._folder))
        if not processes.kill(checkpoint, WAKE_SIGNAL):
            vigil.dead.set()
        try:
            await self._until_promoted(vigil)
        finally:
            self._promoted = None
        vigil.announce(self._gone)
        assert self._info is not None
        self._info = replace(self._info, pid=checkpoint, seconds=time.perf_counter() - began)
        return self._info

    def drop(self, checkpoint: int) -> None:
        self._ward.forget(checkpoint)
        if self._legacy is None or self.has(checkpoint):
            processes.kill(checkpoint, signal.SIGKILL)

    def live_in(self, lodging: Lodging) -> None:
        """Make a process that outlives its owner, there. Before `start`."""
        self._lodging = lodging

    def branch(self, checkpoint: int, policy: CheckpointPolicy) -> ForkedHandler:
        assert self._birth.zygote is not None
        assert self._folder is not None
        birth = BranchBirth(self._birth.zygote, self._folder, checkpoint, policy, self._is_present)
        branch = ForkedHandler(self._options, self._zygotes, birth=birth)
        branch._ward.descend_from(self._ward)
        return branch

    async def memory(self) -> MemoryUse:
        return await asyncio.to_thread(self._ward.memory)

    async def checkpoints_too_large(self) -> bool:
        return await asyncio.to_thread(self._ward.checkpoints_too_large)

    def has(self, checkpoint: int) -> bool:
        roster = self._legacy.roster if self._legacy is not None else None
        return processes.alive(checkpoint) if roster is None else roster.has(checkpoint)

    def read_to(self, *, settled: bool) -> ReadTo | None:
        if self._legacy is None:
            return None
        # What one of us waits for is told to the session only when it has come.
        coming = self._info is None or self._promoted is not None
        mourning = self._vigil is not None and self._vigil.status is not None and not self._mourned
        return self._legacy.read_to(clean=settled and not coming and not mourning and self._decoder.clean)

    def kept(self, read: ReadTo) -> None:
        if self._legacy is not None:
            self._legacy.kept(read)

    async def caught_up(self) -> None:
        """Ask for an echo, which requests cannot overtake."""
        assert self._vigil is not None
        number = secrets.randbits(32)
        echo: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._echo = number, echo
        self._write(wire_request.echo(number))
        if not await self._vigil.answers(echo):
            raise BrokenError("the session's process is gone")

    def detach(self) -> None:
        self._closed = self._detached = True
        if self._vigil is not None:
            self._vigil.close()
        self._let_go()

    async def close(self, grace_s: float = 1.0) -> None:
        if self._detached:
            return
        # A task of its own, so that giving up the waiting does not leave half of it undone.
        if self._closing is None:
            self._closed = True
            self._closing = asyncio.get_running_loop().create_task(self._close(grace_s))
        await asyncio.shield(self._closing)

    @property
    def _alive(self) -> bool:
        return self._vigil is not None and not self._vigil.dead.is_set()

    def _is_present(self, pid: int) -> bool:
        return self._vigil is not None and self._vigil.pid == pid

    def _watch(self, pid: int) -> Vigil:
        assert self._birth.zygote is not None
        assert self._folder is not None
        self._leader = self._leader or pid
        self._vigil = Vigil(pid, self._birth.zygote, self._folder)
        self._mourned = False
        self._ward.stands_on(pid, self._leader)
        return self._vigil

    def _begin_roster(self, legacy: Legacy, leader: int) -> None:
        assert self._birth.zygote is not None
        assert self._folder is not None
        tidy, inherited = self._birth.may_tidy_up, self._ward.inherited or 0
        head = Head(leader=leader, zygote=self._birth.zygote.name, inherited=inherited, tidy=tidy)
        legacy.roster = Roster(self._folder, head)
        legacy.roster.begin()
        legacy.roster.enter(leader)

    async def _until_promoted(self, vigil: Vigil) -> None:
        assert self._promoted is not None
        if not await vigil.answers(self._promoted, _PROMOTE_S):
            how = "is not there any more" if vigil.dead.is_set() else "did not wake"
            raise BrokenError(f"that checkpoint {how}")

    async def _end_present(self) -> None:
        """Kill the process as it stands, and report what it had written."""
        vigil = self._vigil
        assert vigil is not None
        vigil.announce(_say_nothing)
        try:
            await end_alone(vigil)
        except BrokenError:
            vigil.announce(self._gone)
            raise
        if self._pipes is not None:
            self._pipes.drain()
        vigil.close()

    async def _close(self, grace_s: float) -> None:
        if self._vigil is None:
            await self._catch_newborn()
        if self._vigil is not None:
            await self._end_process(self._vigil, grace_s)
            self._vigil.close()
        self._let_go()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _let_go(self) -> None:
        """Close what we hold open."""
        self._ward.gone()
        if self._interrupter is not None:
            self._interrupter.ended()
        if self._pipes is not None:
            self._pipes.close()
        if self._legacy is not None:
            self._legacy.close()

    def _make_folder(self) -> Path:
        try:
            lodging = self._lodging
            folder = lodging.add() if lodging is not None else self._zygotes.new_session_folder()
            self._folder = folder
            make_fifos(folder)
            self._legacy = Legacy(folder) if lodging is not None else None
            self._open(folder)
            lease = self._zygotes.lease if lodging is None else None
            spec = {"nonce": self._nonce, "lease": lease, **self._birth.spec()}
            (folder / "spec").write_text(json.dumps(spec), encoding="utf-8")
        except OSError as error:
            raise BrokenError(f"the session's folder could not be made: {error}") from error
        return folder

    def _open(self, folder: Path) -> None:
        self._stacks = StackFile(folder / "stack")
        self._peeks = Peeks(folder)
        self._pipes = Pipes(folder, self._on_data, self._legacy.spool if self._legacy is not None else None)

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
                    self._up.set_exception(start_error(report, self._options))
                return
            case Promoted(pid=pid):
                if self._promoted is not None and self._vigil is not None and pid == self._vigil.pid:
                    self._promoted.set_result(None)
                return
            case ExitStatus():
                self._take_status(report)
                return
            case Told() if self._peeks is not None:
                self._peeks.take(report)
                return
            case Echo(number=number):
                if self._echo is not None and number == self._echo[0] and not self._echo[1].done():
                    self._echo[1].set_result(None)
                return
            case Checkpointed(pid=pid) if self._legacy is not None:
                self._legacy.enter(pid)
            case Began(at=at) if self._interrupter is not None:
                self._interrupter.began(at)
            case Done() if self._interrupter is not None:
                self._interrupter.ended()
        if not self._ward.take(report):
            self._tell(report)

    def _tell(self, report: Report) -> None:
        if not self._closed:
            self._on_report(report)

    def _take_status(self, status: ExitStatus) -> None:
        if self._vigil is not None:
            self._vigil.learn(status)
        elif not self._up.done():
            self._up.set_exception(BrokenError("the session's process ended at its start", hint="try again"))

    def _gone(self) -> None:
        """Report the end after everything that was written before it."""
        if self._closed or self._pipes is None or self._vigil is None:
            return
        self._ward.gone()
        if self._interrupter is not None:
            self._interrupter.ended()
        self._pipes.drain()
        self._mourned = True
        for item in self._decoder.finish():
            self._take(read_report(item))
        self._on_report(self._vigil.obituary(self._fatal_stack, self._ward.reason))

    def _fatal_stack(self) -> str:
        return self._stacks.fatal() if self._stacks is not None else ""

    async def _catch_newborn(self) -> None:
        """It was given up while it was being made."""
        if self._birth.zygote is None:
            return
        pid = await newborn(self._up, self._birth.zygote)
        if pid is not None:
            self._watch(pid)
        else:
            self._leave()  # should it come up after all

    async def _end_process(self, vigil: Vigil, grace_s: float) -> None:
        idle = self._interrupter is None or not self._interrupter.busy
        leave = self._leave if idle and self._birth.may_tidy_up else None
        await end_with_family(vigil, self._leader, leave=leave, grace_s=grace_s, has_lease=self._legacy is None)

    def _leave(self) -> None:
        self._write(wire_request.leave())

    def _write(self, data: bytes) -> None:
        if self._pipes is not None:
            self._pipes.write(data)


def _say_nothing() -> None:
    """The end of a process that we end ourselves is no news."""
