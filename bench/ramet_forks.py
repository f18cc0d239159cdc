"""What ramet's forks cost: `ramet_forks.py MEASURE PYTHON` prints figures as JSON; PYTHON runs the sessions.

A measure is the name of a method, with a load after a dot where it takes one: `checkpoints.large`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import fork_workloads as forks
from fork_workloads import LOADS
from memory import cost_mb, parent
from ramet_side import settled, warm_up
from workloads import SMALL_CELL, SMALL_TEXT, Figures, check, timed

import ramet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from ramet.model.session import CheckpointPolicy


class Bench:
    """Sessions of one interpreter. Every public method is a measure."""

    def __init__(self, python: str) -> None:
        self._python = python

    async def checkpoints(self, load: str) -> Figures:
        """A cell and its checkpoint, undoing a cell, and coming back from a segfault."""
        async with self._loaded(load) as session:
            cells = [await timed(lambda: _run(session, SMALL_CELL), SMALL_TEXT) for _ in range(forks.ROUNDS + 1)]
            undo, recover = [], []
            for _ in range(forks.ROUNDS):
                await _run(session, forks.MARK_CELL)
                await settled(session)
                undo.append(await timed(lambda: _undo(session), ""))
                check(await _run(session, forks.MARKED_CELL), forks.UNMARKED_TEXT)
                await settled(session)
                recover.append(await timed(lambda: _crash_and_go_on(session), forks.UNMARKED_TEXT))
                await settled(session)
        return {"cell_s": cells[1:], "undo_s": undo, "recover_s": recover}

    async def growth(self, load: str) -> Figures:
        """What the checkpoints of cells that each change a hundredth of the data cost together."""
        async with self._loaded(load) as session:
            before = _cost_mb([session])
            for cell in forks.change_cells(load):
                await _run(session, cell)
                await settled(session)
            return {"extra_mb": [_cost_mb([session]) - before]}

    async def rapid(self, load: str) -> Figures:
        """Tiny cells, each sent when the former is done, with automatic checkpoints and without any."""
        figures: Figures = {"off_s": [], "auto_s": []}
        async with self._loaded(load, "off") as off, self._loaded(load, "auto") as auto:
            for _ in range(forks.RAMET_RAPID_ROUNDS):
                figures["off_s"].append(await timed(lambda: _run_all(off), ""))
                figures["auto_s"].append(await timed(lambda: _run_all(auto), ""))
        return figures

    async def branches(self, load: str) -> Figures:
        """A branch until its first result, and `map` for each of its cases."""
        async with self._loaded(load) as session:
            branch = [await _branch_to_first_result(session) for _ in range(forks.ROUNDS)]
            cases = [{"case": number} for number in range(forks.MAP_CASES)]
            began = time.perf_counter()
            done = await session.map("case + 1", cases, workers=forks.MAP_WORKERS)
            seconds = time.perf_counter() - began
            check(str([case.value for case in done]), str([number + 1 for number in range(forks.MAP_CASES)]))
        return {"branch_s": branch, "case_s": [seconds / forks.MAP_CASES]}

    async def family(self, load: str) -> Figures:
        """Many branches of one session, alive at once: the time and the memory of each."""
        async with self._loaded(load) as session:
            before = _cost_mb([session])
            began = time.perf_counter()
            branches = [await _branch(session) for _ in range(forks.FAMILY)]
            seconds = time.perf_counter() - began
            for branch in branches:
                await settled(branch)
            extra = _cost_mb([session, *branches]) - before
            for branch in branches:
                await branch.close()
        return {"each_s": [seconds / forks.FAMILY], "each_mb": [extra / forks.FAMILY]}

    @asynccontextmanager
    async def _loaded(self, load: str, checkpoints: CheckpointPolicy = "every") -> AsyncIterator[ramet.AsyncSession]:
        """A session that holds `load`, and its checkpoint if it has any; the zygote is warm."""
        await warm_up(self._session)
        async with self._session(checkpoints) as session:
            check(await _run(session, LOADS[load]), "")
            if checkpoints != "off":
                await settled(session)
            yield session

    def _session(self, checkpoints: CheckpointPolicy = "off") -> ramet.AsyncSession:
        return ramet.AsyncSession(shell="ipython", python=self._python, checkpoints=checkpoints)


async def _run(session: ramet.AsyncSession, code: str) -> str:
    return (await session.run(code)).text


async def _run_all(session: ramet.AsyncSession) -> str:
    return "".join([await _run(session, cell) for cell in forks.rapid_cells()])


async def _undo(session: ramet.AsyncSession) -> str:
    await session.undo()
    return ""


async def _crash_and_go_on(session: ramet.AsyncSession) -> str:
    """A segfault, and the first cell of the process that takes over."""
    await session.run(forks.CRASH_CELL)
    return await _run(session, forks.MARKED_CELL)


async def _branch(session: ramet.AsyncSession) -> ramet.AsyncSession:
    branch = await session.branch()
    check(await _run(branch, SMALL_CELL), SMALL_TEXT)
    return branch


async def _branch_to_first_result(session: ramet.AsyncSession) -> float:
    began = time.perf_counter()
    branch = await _branch(session)
    seconds = time.perf_counter() - began
    await branch.close()
    return seconds


def _cost_mb(sessions: Iterable[ramet.AsyncSession]) -> float:
    """What the sessions, their checkpoints and the zygote take together."""
    pids = [pid for session in sessions for pid in (session.info.pid, *(each.pid for each in session.checkpoints))]
    return cost_mb([*pids, parent(pids[0])])


def main(measure: str, python: str) -> None:
    """Carry out one measure."""
    name, *load = measure.split(".")
    print(json.dumps(asyncio.run(getattr(Bench(python), name)(*load))))


if __name__ == "__main__":
    main(*sys.argv[1:])
