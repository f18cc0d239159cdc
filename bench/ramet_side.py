"""The measures of ramet: `ramet_side.py MEASURE PYTHON` prints figures as JSON; PYTHON runs the sessions."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Literal

import workloads
from memory import parent, pss_mb
from workloads import FIRST_CELL, FIRST_TEXT, SMALL_CELL, SMALL_TEXT, Figures, check, timed

import ramet

if TYPE_CHECKING:
    from collections.abc import Callable

Shell = Literal["ipython", "python"]

_PATIENCE_S = 60


class Bench:
    """Sessions of one interpreter. Every public method is a measure."""

    def __init__(self, python: str) -> None:
        self._python = python

    async def cold(self) -> Figures:
        """The first session of a process. A process can do this once."""
        return {"cold_s": [await self._start_to_first_result("ipython")]}

    async def fresh(self) -> Figures:
        """A session asked for when the zygote takes requests but has not imported its modules. Likewise once."""
        async with self._session("ipython"):
            return {"fresh_s": [await self._start_to_first_result("ipython")]}

    async def start(self) -> Figures:
        """New sessions of a warm zygote."""
        figures: Figures = {}
        for shell in ("ipython", "python"):
            await warm_up(partial(self._session, shell))
            samples = [await self._start_to_first_result(shell) for _ in range(workloads.RAMET_STARTS)]
            figures[f"{shell}_s"] = samples
        return figures

    async def round_trip(self) -> Figures:
        """The smallest cell in a session that has run it before, through both faces."""
        figures: Figures = {}
        for shell in ("ipython", "python"):
            await warm_up(partial(self._session, shell))
            async with self._session(shell) as session:
                samples = [await timed(lambda: _run(session, SMALL_CELL), SMALL_TEXT) for _ in _round_trips()]
            figures[f"{shell}_async_s"] = samples[1:]
        figures["ipython_blocking_s"] = await asyncio.to_thread(self._blocking_round_trips)
        return figures

    async def memory(self) -> Figures:
        """Idle sessions side by side, before and after their first cell, and the zygote with them and without."""
        await warm_up(partial(self._session, "ipython"))
        async with self._session("ipython") as session:
            zygote = parent(session.info.pid)
        alone = pss_mb(zygote)
        sessions = await self._start_many(workloads.RAMET_IDLE)
        started = _pss(sessions)
        for session in sessions:
            check(await _run(session, FIRST_CELL), FIRST_TEXT)
        for session in sessions:
            await settled(session)
        used = [own + _checkpoints_mb(session) for own, session in zip(_pss(sessions), sessions, strict=True)]
        together = sum(used) + pss_mb(zygote)
        await _close_all(sessions)
        return {"started_mb": started, "used_mb": used, "zygote_mb": [alone], "together_mb": [together]}

    async def lines(self) -> Figures:
        """Many printed lines, until the caller holds all of the text."""
        return {"lines_s": await self._printed(workloads.LINES_CELL, workloads.lines_text())}

    async def bulk(self) -> Figures:
        """One large print, likewise."""
        return {"bulk_s": await self._printed(workloads.BULK_CELL, workloads.bulk_text())}

    async def crowd(self) -> Figures:
        """Many sessions at once, from their start to their end."""
        await warm_up(partial(self._session, "ipython"))
        figures: Figures = {"start_s": [], "run_s": [], "session_mb": [], "close_s": []}
        for _ in range(workloads.CROWD_ROUNDS):
            times = [time.perf_counter()]
            sessions = await self._start_many(workloads.RAMET_CROWD)
            times.append(time.perf_counter())
            texts = await asyncio.gather(*(_run(session, SMALL_CELL) for session in sessions))
            times.append(time.perf_counter())
            check("".join(texts), SMALL_TEXT * len(sessions))
            figures["session_mb"] += _pss(sessions)
            closing = time.perf_counter()
            await _close_all(sessions)
            figures["start_s"].append(times[1] - times[0])
            figures["run_s"].append(times[2] - times[1])
            figures["close_s"].append(time.perf_counter() - closing)
        return figures

    def _session(self, shell: Shell) -> ramet.AsyncSession:
        return ramet.AsyncSession(shell=shell, python=self._python)

    async def _start_to_first_result(self, shell: Shell) -> float:
        session = self._session(shell)
        try:
            return await timed(lambda: _start_and_run(session, FIRST_CELL), FIRST_TEXT)
        finally:
            await session.close()

    async def _start_many(self, count: int) -> list[ramet.AsyncSession]:
        sessions = [self._session("ipython") for _ in range(count)]
        async with asyncio.TaskGroup() as group:
            for session in sessions:
                group.create_task(session.start())
        return sessions

    async def _printed(self, code: str, expected: str) -> list[float]:
        async with self._session("ipython") as session:
            return [await timed(lambda: _stdout(session, code), expected) for _ in range(workloads.PRINT_ROUNDS)]

    def _blocking_round_trips(self) -> list[float]:
        samples = []
        with ramet.Session(shell="ipython", python=self._python) as session:
            for _ in _round_trips():
                began = time.perf_counter()
                text = session.run(SMALL_CELL).text
                samples.append(time.perf_counter() - began)
                check(text, SMALL_TEXT)
        return samples[1:]


async def warm_up(session: Callable[[], ramet.AsyncSession]) -> None:
    """Return when new sessions are born with everything imported and the zygote has settled."""
    born_warm = False
    while not born_warm:
        await asyncio.sleep(0.1)
        async with session() as each:
            born_warm = await _run(each, "'matplotlib.pyplot' in __import__('sys').modules") == "True"
    await asyncio.sleep(1)  # it may have something left to do that nobody can see from here


async def settled(session: ramet.AsyncSession) -> None:
    """Return when the present state has its checkpoint.

    Raises:
        TimeoutError: it does not get one.
    """
    async with asyncio.timeout(_PATIENCE_S):
        while not any(checkpoint.cell == session.next_cell for checkpoint in session.checkpoints):
            await asyncio.sleep(0.001)


def _round_trips() -> range:
    """One more than is counted: the first cell of a session is not a warm one."""
    return range(workloads.ROUND_TRIPS + 1)


async def _run(session: ramet.AsyncSession, code: str) -> str:
    return (await session.run(code)).text


async def _stdout(session: ramet.AsyncSession, code: str) -> str:
    """All that `code` prints, followed as it comes: a result keeps 16 MB of a cell."""
    execution = await session.submit(code)
    return "".join([event.text async for event in execution if isinstance(event, ramet.Text)])


async def _start_and_run(session: ramet.AsyncSession, code: str) -> str:
    await session.start()
    return await _run(session, code)


async def _close_all(sessions: list[ramet.AsyncSession]) -> None:
    async with asyncio.TaskGroup() as group:
        for session in sessions:
            group.create_task(session.close())


def _checkpoints_mb(session: ramet.AsyncSession) -> float:
    return sum(pss_mb(checkpoint.pid) for checkpoint in session.checkpoints)


def _pss(sessions: list[ramet.AsyncSession]) -> list[float]:
    return [pss_mb(session.info.pid) for session in sessions]


def main(measure: str, python: str) -> None:
    """Carry out one measure."""
    print(json.dumps(asyncio.run(getattr(Bench(python), measure)())))


if __name__ == "__main__":
    main(*sys.argv[1:])
