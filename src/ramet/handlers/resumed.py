"""The local handler of a process that another owner has started: it goes on where the reports of that one stopped.

What the former handler had taken out of the pipe is read again from the spool: silently from the last place where
nothing was half said up to where its reports stopped, aloud from there. Then comes what is in the pipe.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ramet.errors import BrokenError
from ramet.handlers import processes
from ramet.handlers.forked import ForkedHandler
from ramet.handlers.interrupter import Interrupter
from ramet.handlers.legacy import Legacy
from ramet.handlers.lodging import end_others, number
from ramet.handlers.roster import Roster
from ramet.handlers.signals import BRANCH_SIGNAL
from ramet.handlers.vigil import Vigil
from ramet.model.report import Began, Checkpointed, ExitStatus, Promoted, ReadTo, Report, Traceback, Value
from ramet.wire import request as wire_request
from ramet.wire.stream import StreamDecoder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ramet.handlers.lodging import Lodging
    from ramet.handlers.spool import Spool
    from ramet.handlers.zygote import Zygote
    from ramet.handlers.zygotes import Zygotes
    from ramet.model.options import SessionOptions
    from ramet.model.session import ProcessInfo

_COMING_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What the session knows of its process: the last that was written down.

    `running` says that a cell was handed over and has not ended, `began` when it did begin. `checkpoints` are their
    pids. `over` says that the process is known to have ended, or was about to be replaced: its end is no news. `tidy`
    is for a process that was being made: whether it may run its exit handlers when the session is closed.
    """

    read: ReadTo | None
    info: ProcessInfo | None
    running: bool
    began: Began | None
    checkpoints: frozenset[int]
    over: bool
    tidy: bool


class ResumedHandler(ForkedHandler):
    """The handler of the last process in `lodging`.

    Raises:
        BrokenError: nothing of it is there any more.
    """

    def __init__(self, options: SessionOptions, zygotes: Zygotes, lodging: Lodging, since: Since) -> None:
        self._resumption = _Resumption(tidy=since.tidy)
        super().__init__(options, zygotes, birth=self._resumption, lodging=lodging)
        self._since = since
        self._aloud = True
        self._last: Report | None = None
        self._known = set(since.checkpoints)
        self._woken: set[int] = set()
        self._statuses: dict[int, ExitStatus] = {}
        folder = lodging.last
        if folder is None:
            raise BrokenError("the session has no process any more")
        known = since.read is not None and since.read.process == number(folder)
        #: Whether the session has not heard of this process yet: it was being made when its owner ended.
        self.newborn = since.info is None or not known
        self._read = ReadTo(process=number(folder), position=0, clean=0)
        if since.read is not None and not self.newborn:
            self._read = since.read
        self._enter(folder)

    async def start(self, on_report: Callable[[Report], None]) -> ProcessInfo:
        """Go on: what was said meanwhile is reported before this returns.

        Raises:
            BrokenError: a process that was being made has not come up.
        """
        self._on_report = on_report
        self._up = asyncio.get_running_loop().create_future()
        return await self._receive() if self.newborn else self._go_on()

    async def promote(self, checkpoint: int) -> ProcessInfo:
        if not self.has(checkpoint):
            raise BrokenError("that checkpoint is not there any more")
        return await super().promote(checkpoint)

    def _enter(self, folder: Path) -> None:
        try:
            self._nonce = json.loads((folder / "spec").read_text(encoding="utf-8"))["nonce"]
            self._legacy = Legacy(folder)
            self._legacy.resume(self._read)
        except (OSError, ValueError, KeyError) as error:
            raise BrokenError(f"nothing is left of the session's process: {error!r}") from error
        self._folder = folder
        self._decoder = StreamDecoder(self._nonce, midway=True)

    def _go_on(self) -> ProcessInfo:
        info, legacy, folder = self._since.info, self._legacy, self._folder
        assert info is not None
        assert legacy is not None
        assert folder is not None
        self._info = info
        roster = legacy.roster = Roster.load(folder)
        self._resumption.zygote = self._zygotes.named(roster.head.zygote)
        self._leader = roster.head.leader
        self._interrupter = Interrupter(self._leader)
        self._interrupter.moved(info.pid)
        self._vigil = Vigil(info.pid, self._resumption.zygote, folder, gone=not roster.has(info.pid))
        self._ward.inherited = roster.head.inherited
        self._ward.stands_on(info.pid, self._leader)
        self._take_over(folder)
        self._read_again(legacy.spool)
        self._drain()
        for pid in roster.pids:
            # It may have been asked for a branch, and not been told to look.
            if roster.has(pid) and (folder / f"branch-{pid}").exists():
                processes.kill(pid, BRANCH_SIGNAL)
        end_others(roster, kept=self._known | {self._vigil.pid})
        if not self._since.over:
            self._vigil.announce(self._gone)
        return info

    def _read_again(self, spool: Spool) -> None:
        """Report what our forerunner had taken out of the pipe and had not reported."""
        content = spool.read(self._read.clean)
        reported = self._read.position - self._read.clean
        self._aloud = False
        self._on_data(content[:reported])
        self._aloud = True
        if isinstance(self._last, Traceback):
            self._tell(self._last)  # whether it is the cell's is to be seen from what comes next
        self._remind()
        self._on_data(content[reported:])

    def _remind(self) -> None:
        """Of what runs, and of the checkpoints."""
        assert self._interrupter is not None
        for pid in self._since.checkpoints:
            self._ward.take(Checkpointed(cell=0, pid=pid, seconds=0.0))
        if self._since.running:
            self._interrupter.submitted()
        if self._since.began is not None:
            self._interrupter.began(self._since.began.at)
            self._ward.take(self._since.began)

    async def _receive(self) -> ProcessInfo:
        """Wait for a process that was being made; if it does not come, it is to leave should it come after all."""
        legacy, folder = self._legacy, self._folder
        assert legacy is not None
        assert folder is not None
        self._take_over(folder)
        self._on_data(legacy.spool.read(0))
        self._drain()
        try:
            async with asyncio.timeout(_COMING_S):
                info = await asyncio.shield(self._up)
        except BaseException as error:
            self._write(wire_request.leave())
            await self.close(grace_s=0)
            if isinstance(error, TimeoutError):
                raise BrokenError("the process that was being made has not come up") from None
            raise
        self._info = info
        self._resumption.zygote = self._zygotes.parent_of(info.pid)
        self._interrupter = Interrupter(info.pid)
        vigil = self._watch(info.pid)
        self._begin_roster(legacy, info.pid)
        vigil.announce(self._gone)
        return info

    def _take_over(self, folder: Path) -> None:
        self._open(folder)
        self._write(b"\n")  # ends a request that our forerunner could not finish

    def _drain(self) -> None:
        assert self._pipes is not None
        self._pipes.drain()

    def _take(self, report: Report) -> None:
        self._last = report
        match report:
            case Promoted(pid=pid):
                self._woken.add(pid)
                self._known.add(pid)
            case Checkpointed(pid=pid):
                self._known.add(pid)
        super()._take(report)

    def _tell(self, report: Report) -> None:
        if self._aloud or isinstance(report, Value):
            super()._tell(report)

    def _take_status(self, status: ExitStatus) -> None:
        self._statuses[status.pid] = status
        super()._take_status(status)

    def _watch(self, pid: int) -> Vigil:
        vigil = super()._watch(pid)
        if pid in self._statuses:
            vigil.learn(self._statuses[pid])
        return vigil

    async def _until_promoted(self, vigil: Vigil) -> None:
        if vigil.pid not in self._woken:
            await super()._until_promoted(vigil)


class _Resumption:
    """In place of a birth: there was one before us."""

    def __init__(self, *, tidy: bool) -> None:
        self.zygote: Zygote | None = None
        self.may_tidy_up = tidy

    def spec(self) -> dict[str, Any]:
        raise NotImplementedError

    async def bring_up(self, folder: Path, up: asyncio.Future[ProcessInfo]) -> ProcessInfo:
        raise NotImplementedError
