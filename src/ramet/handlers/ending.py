"""The end of a session's process: by itself where it may tidy up, else by force."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from ramet.errors import BrokenError
from ramet.handlers import processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet.handlers.vigil import Vigil

_DEATH_S = 2.0


async def end_alone(vigil: Vigil) -> None:
    """Kill the process as it stands; what it has started lives on, with the one that takes its place.

    Raises:
        BrokenError: it cannot be ended.
    """
    if vigil.dead.is_set():
        return
    processes.kill(vigil.pid, signal.SIGKILL)
    try:
        async with asyncio.timeout(_DEATH_S):
            await vigil.dead.wait()
    except TimeoutError:
        raise BrokenError(f"process {vigil.pid} cannot be ended") from None


async def end_with_family(
    vigil: Vigil, leader: int, *, leave: Callable[[], None] | None, grace_s: float, has_lease: bool
) -> None:
    """End the process and all that the session which `leader` leads has started.

    If it may `leave`, which asks it to, it has `grace_s` seconds for that. Without a lease nothing else ends what it
    forks in its last moment.
    """
    relatives = processes.family(leader)
    if leave is not None and grace_s and not vigil.dead.is_set():
        leave()
        await _died_within(vigil, grace_s)
    if not vigil.dead.is_set():
        processes.kill(vigil.pid, signal.SIGKILL)
    for process in relatives:
        processes.kill(process.pid, signal.SIGKILL)
    _kill_family(leader)
    if not vigil.dead.is_set():
        await _died_within(vigil, _DEATH_S)
    if not has_lease:
        _kill_family(leader)


async def _died_within(vigil: Vigil, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(vigil.dead.wait(), seconds)


def _kill_family(leader: int) -> None:
    for process in processes.family(leader):
        processes.kill(process.pid, signal.SIGKILL)
