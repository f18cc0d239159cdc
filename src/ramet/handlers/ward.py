"""One session's process under the eyes of the watchdog: what it may have, and what happens when it has more.

Memory: at four fifths of the limit a note; at the limit an interrupt; beyond it, or a second later, the end of the
children if they are what uses it, else of the process. Processes: beyond their number all that the cell has started are
ended and the cell is interrupted; if it goes on nevertheless, the process ends. What ended it is the `reason` that the
obituary gives, and a checkpoint takes its place as after any death.
"""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from ramet.handlers import memory, processes
from ramet.handlers.signals import SIZES_SIGNAL
from ramet.handlers.watchdog import watchdog
from ramet.model.event import Note
from ramet.model.memory import MemoryUse, readable
from ramet.model.outcome import Raised
from ramet.model.report import Began, Checkpointed, Done, LimitReached, MemoryScarce, Report, Sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ramet.handlers.watchdog import Census
    from ramet.model.options import SessionOptions

_NEAR = 0.8
_MARGIN = 16 << 20  #: the process itself comes first, with a MemoryError
_SLACK = 64 << 20
_REACTION_S = 1.0
_SWEEP_S = 0.3  #: after the end of a cell with too many processes
_INSIST_TIMES = 10  #: an interrupt that hits a hook of `os.fork` is swallowed
_SCAN_S = 0.2  #: between two looks for new children
_SHARE = 0.1  #: of the time that may go into exact measurements
_SHOWN = 3
_LARGE = 10 << 20


class Ward:
    """`interrupt` interrupts the running cell; `report` tells the session something.

    `pid` is the session's process, `leader` the first one that it had, whose process group all are in.
    """

    def __init__(
        self, options: SessionOptions, interrupt: Callable[[], None], report: Callable[[Report], None]
    ) -> None:
        self._limit, self._max_processes = options.limit_bytes, options.max_processes
        self._checkpoints_limit = options.checkpoints_limit_bytes
        self._interrupt, self._report = interrupt, report
        self.reason = ""
        self.idle_since = 0.0
        self._pid = self._leader = 0
        #: The memory that the process was born with; None until it is known.
        self.inherited: int | None = None
        self._checkpoints: set[int] = set()
        self._began = 0.0
        self._running = False
        self._warned = self._note_due = False
        self._reached_at: float | None = None
        self._used_before = 0
        self._overran_at: float | None = None
        self._bomb = (0.0, 0.0)  # when the cell with too many processes began and ended
        self._sweep_at: float | None = None
        self._culled = False
        self._insist = 0
        self._sizes: Mapping[str, int] | None = None
        self._asked = False
        self._counted, self._counted_at = 0, -1
        self._children: list[int] = []
        self._children_at = (-1, 0.0)
        self._beyond, self._beyond_until = 0, 0.0

    def stands_on(self, pid: int, leader: int) -> None:
        """`pid` is the session's process from here on."""
        if self.inherited is None:
            self.inherited = memory.held(pid)
        self._pid, self._leader, self.reason = pid, leader, ""
        self._checkpoints.discard(pid)
        self._running = False
        self._beyond_until = 0.0

    def descend_from(self, parent: Ward) -> None:
        """The process will be a branch: what its parent had beyond its birth counts for it, too."""
        self.inherited = parent.inherited

    def forget(self, checkpoint: int) -> None:
        """That checkpoint is none any more."""
        self._checkpoints.discard(checkpoint)

    def gone(self) -> None:
        """The process has ended."""
        self._running = False
        watchdog().forget(self)

    def take(self, report: Report) -> bool:
        """Look at a report on its way to the session; return whether it was meant for us."""
        match report:
            case Began(at=at):
                self._begin(at)
            case Done():
                self._end(report)
            case Checkpointed(pid=pid):
                self._checkpoints.add(pid)
            case Sizes(bytes=found):
                self._sizes = found
                return True
        return False

    def look(self, census: Census) -> None:
        """See whether the session keeps to its limits."""
        if self._insist and self._running:
            self._insist -= 1
            self._cull(since=self._began)
            self._interrupt()
        if self._sweep_at is not None and time.monotonic() > self._sweep_at:
            self._sweep()
        if self._max_processes is not None and self.reason == "":
            self._look_at_processes(census, self._max_processes)
        if self._limit is not None and self._running and self.reason == "":
            self._renew_children(census)
            self._look_at_memory(self._limit)

    def scarce(self, machine: memory.Machine) -> None:
        """The machine has hardly any memory left."""
        if self._running and len(self._checkpoints) > 1:
            self._report(MemoryScarce(available_bytes=machine.available, total_bytes=machine.total))

    def end(self, reason: str) -> None:
        """End the process and what the cell has started; the obituary gives the reason."""
        self.reason = reason
        processes.kill(self._pid, signal.SIGKILL)
        self._cull(since=self._began)

    def memory(self) -> MemoryUse:
        """What the session uses. Takes up to 20 ms for each GB and process."""
        own = memory.shares(self._pid)
        kept = [memory.shares(pid) for pid in list(self._checkpoints)]
        children = [memory.shares(process.pid) for process in self._others(processes.table())]
        kept_bytes = sum(one.proportional for one in kept)
        children_bytes = sum(one.proportional for one in children)
        return MemoryUse(
            total_bytes=own.proportional + kept_bytes + children_bytes,
            private_bytes=own.private,
            shared_bytes=own.resident - own.private,
            peak_bytes=memory.peak(self._pid),
            checkpoints_bytes=kept_bytes,
            children_bytes=children_bytes,
            used_bytes=max(0, own.data - (self.inherited or 0)) + memory.beyond(own, children),
            limit_bytes=self._limit,
        )

    def checkpoints_too_large(self) -> bool:
        """Whether the checkpoints hold more than they may that the process itself has not."""
        bound = self._checkpoints_limit if self._checkpoints_limit is not None else memory.machine().total // 4
        kept = list(self._checkpoints)
        if sum(memory.held(pid) for pid in kept) <= bound:
            return False
        return memory.beyond(memory.shares(self._pid), [memory.shares(pid) for pid in kept]) > bound

    def _begin(self, at: float) -> None:
        self._began, self._running = at, True
        self.idle_since = float("inf")
        self._reached_at = self._overran_at = self._sizes = None
        self._asked = self._culled = False
        self._insist = 0
        self._children, self._children_at, self._beyond_until = [], (-1, 0.0), 0.0
        if self._limit is not None or self._max_processes is not None or self._checkpoints:
            watchdog().watch(self)

    def _end(self, done: Done) -> None:
        self._running = False
        self.idle_since = time.monotonic()
        if self._overran_at is not None:
            self._bomb = (self._began, self.idle_since)
            self._sweep_at = self.idle_since + _SWEEP_S
        if self._limit is None:
            return
        used = self._used()
        failed = isinstance(done.outcome, Raised) and done.outcome.error.type.endswith("MemoryError")
        if self._crossed(used, self._limit) or self._note_due or failed:
            self._report(Note(text=f"the session uses {self._account(used, self._limit)}"))
        self._note_due = False

    def _others(self, table: list[processes.Process]) -> list[processes.Process]:
        """What the session has started and what still runs of it."""
        own = {self._pid, *self._checkpoints}
        return [one for one in processes.family(self._leader, table) if one.pid not in own and not one.ended]

    def _look_at_processes(self, census: Census, bound: int) -> None:
        if self._counted_at >= 0 and self._counted + census.made - self._counted_at <= bound:
            return
        if census.crowded:
            processes.signal_group(self._leader, signal.SIGSTOP)
        running = len(self._others(census.table))
        if census.crowded:
            processes.signal_group(self._leader, signal.SIGCONT)
        self._counted, self._counted_at = running, census.made
        if running > bound:
            self._too_many(running, bound)

    def _too_many(self, running: int, bound: int) -> None:
        if running - self._cull(since=self._began) > bound:
            self._cull(since=0.0)
        self._counted_at = -1
        reason = f"it ran {running:,} processes at once, and max_processes is {bound:,}; those were ended"
        if not self._running:
            self._report(Note(text=f"after the last cell {reason}"))
        elif self._overran_at is not None and time.monotonic() - self._overran_at > _REACTION_S:
            self.end(reason)
        else:
            self._overran_at = self._overran_at or time.monotonic()
            self._insist = _INSIST_TIMES
            self._stop(reason)

    def _look_at_memory(self, limit: int) -> None:
        used = self._used()
        if self._crossed(used, limit):
            self._note_due = True
        if used <= limit + _MARGIN:
            self._reached_at = None
        elif self._reached_at is None:
            # The sizes are asked for one look ahead: after the interrupt nobody would be there to tell them.
            if self._ask_for_sizes():
                return
            self._reached_at = time.monotonic()
            self._stop(f"it used {self._account(used, limit)}")
        else:
            runs_away = used > limit + max(_SLACK, limit // 8) and used > self._used_before
            if runs_away or time.monotonic() - self._reached_at > _REACTION_S:
                self._overrun(used, limit)
        self._used_before = used

    def _overrun(self, used: int, limit: int) -> None:
        """The interrupt has not helped."""
        reason = f"it used {self._account(used, limit)}"
        if self._own() <= limit + _MARGIN and not self._culled:
            self._culled = True
            self._cull(since=self._began)
            self._beyond_until = 0.0
            self._stop(f"{reason}; the processes that it had started were ended")
        else:
            self.end(reason)

    def _crossed(self, used: int, limit: int) -> bool:
        """Whether four fifths of the limit were passed just now."""
        if used < limit * _NEAR:
            self._warned = False
            return False
        crossed, self._warned = not self._warned, True
        if crossed and self._running:
            self._ask_for_sizes()
        return crossed

    def _ask_for_sizes(self) -> bool:
        """Ask for the sizes of the variables, unless that was done during this cell."""
        if self._asked:
            return False
        self._asked = True
        return processes.kill(self._pid, SIZES_SIGNAL)

    def _account(self, used: int, limit: int) -> str:
        """`3.3 GB of its limit of 4 GB (largest: df 3.1 GB)`, as far as the sizes are known."""
        large = sorted(((size, name) for name, size in (self._sizes or {}).items() if size >= _LARGE), reverse=True)
        largest = ", ".join(f"{name} {readable(size)}" for size, name in large[:_SHOWN])
        return f"{readable(used)} of its limit of {readable(limit)}" + (f" (largest: {largest})" if largest else "")

    def _own(self) -> int:
        """What the process has beyond what it was born with."""
        return max(0, memory.held(self._pid) - (self.inherited or 0))

    def _used(self) -> int:
        """What the process and its children have, counted once."""
        own = self._own()
        if not self._children:
            return own
        if own + sum(memory.held(pid) for pid in self._children) < (self._limit or 0) * _NEAR:
            return own
        began = time.monotonic()
        if began >= self._beyond_until:
            self._beyond = memory.beyond(memory.shares(self._pid), [memory.shares(pid) for pid in self._children])
            self._beyond_until = began + (time.monotonic() - began) / _SHARE
        return own + self._beyond

    def _renew_children(self, census: Census) -> None:
        made, at = self._children_at
        if made != census.made and time.monotonic() - at > _SCAN_S:
            self._children = [process.pid for process in self._others(census.table)]
            self._children_at = census.made, time.monotonic()

    def _stop(self, reason: str) -> None:
        """Interrupt the cell; its outcome will say why."""
        self._report(LimitReached(reason=reason))
        self._interrupt()

    def _sweep(self) -> None:
        """End what a cell with too many processes has made between the last cull and its end.

        That is done some time after: until then the checkpoint of that moment is known to be one.
        """
        self._sweep_at = None
        self._cull(*self._bomb)

    def _cull(self, since: float, until: float = float("inf")) -> int:
        return processes.end_family(self._leader, {self._pid, *self._checkpoints}, since, until)
