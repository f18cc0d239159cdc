"""The two ways in which a session's process is made, from a zygote or from another session's checkpoint, or is not."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ramet.errors import BrokenError, InternalError, InvalidError, TimedOutError
from ramet.handlers import processes
from ramet.handlers.signals import BRANCH_SIGNAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet.errors import RametError
    from ramet.handlers.zygote import Zygote
    from ramet.handlers.zygotes import Zygotes
    from ramet.model.options import SessionOptions
    from ramet.model.report import Failed, Gone
    from ramet.model.session import CheckpointPolicy, ProcessInfo

_START_S = 60.0
_BRANCH_S = 20.0
_NEWBORN_S = 2.0
_CHECK_S = 0.05


class Birth(Protocol):
    """Brings up one process for the session in a folder."""

    @property
    def zygote(self) -> Zygote | None:
        """Whose child the process is or will be, once that is settled."""
        ...

    @property
    def may_tidy_up(self) -> bool:
        """Whether the process may run its exit handlers when the session is closed.

        Those of a branch would remove temporary files and the like that belong to the session it comes from.
        """
        ...

    def spec(self) -> dict[str, Any]:
        """What the process has to know beyond its streams.

        Raises:
            InvalidError: the working folder is no good, or a limit cannot be kept here.
        """
        ...

    async def bring_up(self, folder: Path, up: asyncio.Future[ProcessInfo]) -> ProcessInfo:
        """Ask for the process and wait until it has introduced itself, which sets `up`.

        Raises as `Handler.start`, and what `up` raises.
        """
        ...


class ZygoteBirth:
    """A new, empty process, whose first cell is number `first_cell`."""

    may_tidy_up = True

    def __init__(self, options: SessionOptions, zygotes: Zygotes, first_cell: int) -> None:
        self.zygote: Zygote | None = None
        self._options, self._zygotes, self._first_cell = options, zygotes, first_cell

    def spec(self) -> dict[str, Any]:
        options = self._options
        if options.limit_bytes is not None and not sys.platform.startswith("linux"):
            raise InvalidError("limit_bytes cannot be kept on this system", hint="Linux tells how much memory is used")
        if not Path(options.cwd).is_dir():
            raise _no_folder(options.cwd)
        return {
            "cwd": options.cwd,
            "environ": options.environ(),
            "first_cell": self._first_cell,
            "checkpoints": options.checkpoints,
            "limit_bytes": options.limit_bytes,
        }

    async def bring_up(self, folder: Path, up: asyncio.Future[ProcessInfo]) -> ProcessInfo:
        """Once more with a new zygote if the first one ended between the request and the fork."""
        deadline = time.monotonic() + _START_S
        for last_try in (False, True):
            self.zygote, was_ready = self._zygotes.fork(self._options, str(folder))
            if await self._up_or_ended(self.zygote, up, deadline):
                return up.result()
            if last_try or not was_ready:
                raise self.zygote.failure()
        raise InternalError("unreachable")

    async def _up_or_ended(self, zygote: Zygote, up: asyncio.Future[ProcessInfo], deadline: float) -> bool:
        """Whether the process came up (or said why not); False if its zygote ended."""
        while True:
            await asyncio.wait({up}, timeout=_CHECK_S)
            if up.done():
                return True
            if not zygote.alive:
                return False
            if time.monotonic() > deadline:
                raise TimedOutError(
                    f"{self._options.python} did not start a session within {_START_S:.0f} s",
                    hint=zygote.log[-500:],
                )


class BranchBirth:
    """A copy of process `checkpoint`, a checkpoint of the session in `parent`; `zygote` inherits it.

    `is_awake` says whether it is a checkpoint no more, but the process of its session.
    """

    may_tidy_up = False

    def __init__(
        self, zygote: Zygote, parent: Path, checkpoint: int, policy: CheckpointPolicy, is_awake: Callable[[int], bool]
    ) -> None:
        self.zygote: Zygote | None = zygote
        self._is_awake = is_awake
        self._zygote, self._parent, self._checkpoint, self._policy = zygote, parent, checkpoint, policy

    def spec(self) -> dict[str, Any]:
        return {"checkpoints": self._policy}

    async def bring_up(self, folder: Path, up: asyncio.Future[ProcessInfo]) -> ProcessInfo:
        try:
            with (self._parent / f"branch-{self._checkpoint}").open("ab") as requests:
                requests.write(bytes(folder) + b"\n")
        except OSError as error:
            raise BrokenError(f"a branch could not be asked for: {error}") from error
        processes.kill(self._checkpoint, BRANCH_SIGNAL)
        deadline = time.monotonic() + _BRANCH_S
        while not up.done():
            await asyncio.wait({up}, timeout=_CHECK_S)
            if up.done():
                break
            if self._is_awake(self._checkpoint) or not processes.alive(self._checkpoint):
                up.cancel()  # nobody will come
                raise BrokenError("the checkpoint to branch from is not there any more")
            if time.monotonic() > deadline:
                raise BrokenError(f"the checkpoint to branch from did not answer within {_BRANCH_S:.0f} s")
        info = up.result()
        self._zygote.adopt(info.pid, str(folder))
        return info


async def newborn(up: asyncio.Future[ProcessInfo], zygote: Zygote) -> int | None:
    """The pid of a process that was given up while it was being made, so that it can be ended; None if none comes."""
    deadline = time.monotonic() + _NEWBORN_S
    while not up.done() and zygote.alive and time.monotonic() < deadline:
        await asyncio.wait({up}, timeout=_CHECK_S)
    if up.done() and not up.cancelled() and up.exception() is None:
        return up.result().pid
    return None


def start_error(failed: Failed, options: SessionOptions) -> RametError:
    """What to raise when the process has told that it cannot begin."""
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


def stillborn(gone: Gone) -> BrokenError:
    """What to raise when the process has ended before it could begin."""
    how = signal.Signals(gone.signal).name if gone.signal else f"exit status {gone.exit_status}"
    return BrokenError(f"the session's process ended at its start ({gone.reason or how})", hint="try again")


def _no_folder(cwd: str) -> InvalidError:
    what = "is not a folder" if Path(cwd).exists() else "does not exist"
    return InvalidError(f"the working folder {cwd} {what}", hint="make it, or give another as cwd=")
