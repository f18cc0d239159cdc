"""The same forks as `ramet_forks.py` by Talo: `talo_forks.py MEASURE` prints figures as JSON.

It runs in the interpreter that the sessions use, and drives Talo through its Python client. What ramet calls a
checkpoint is there a snapshot: with `autosnap` on, one is taken after each cell, before the reply.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fork_workloads as forks
from fork_workloads import LOADS
from memory import cost_mb
from talo.client import TaloError, call
from talo.paths import entry
from workloads import SMALL_CELL, SMALL_TEXT, Figures, check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PATIENCE_S = 60


class Session:
    """A session of Talo, known by its name."""

    def __init__(self, name: str, **options: object) -> None:
        self.name, self.last_snapshot = name, ""
        call("new", name=name, **options)

    def autosnap(self) -> None:
        """Have a snapshot taken of the present state, and after each cell from now on."""
        self.last_snapshot = call("autosnap", session=self.name, on=True, keep=10)["baseline"]

    def run(self, code: str) -> str:
        """The result of a cell, '' if it has none or did not get there."""
        job = call("run", session=self.name, code=code, timeout=_PATIENCE_S)
        if job["autosnap"]:
            self.last_snapshot = job["autosnap"]["snapshot"]
        return job["result"]["data"]["text/plain"] if job["result"] else ""

    def undo(self) -> str:
        """Go back by a cell."""
        self.last_snapshot = call("undo", session=self.name)["base"]
        return ""

    def go_back(self) -> None:
        """Be what the last snapshot was, whatever has happened since."""
        call("checkout", session=self.name, name=self.last_snapshot, discard=True)

    def crash_and_go_on(self) -> str:
        """A segfault, and the first cell of the process that takes over."""
        self.run(forks.CRASH_CELL)
        self.go_back()
        return self.run(forks.MARKED_CELL)

    def run_all(self) -> str:
        """Tiny cells, each sent when the former is done."""
        return "".join([self.run(cell) for cell in forks.rapid_cells()])

    def branch(self, name: str) -> Session:
        """A session that begins with the last snapshot, and has had its first result."""
        branch = Session(name, **{"from": self.last_snapshot})
        check(branch.run(SMALL_CELL), SMALL_TEXT)
        return branch

    def map(self) -> list[Any]:
        """The values of some cases, each in a fork of the present state."""
        reply = call(
            "map",
            session=self.name,
            code="case + 1",
            cases=list(range(forks.MAP_CASES)),
            parallel=forks.MAP_WORKERS,
            timeout=_PATIENCE_S,
        )
        return [row["result"] for row in reply["map"]["rows"]]

    def pids(self) -> list[int]:
        """The process and its snapshots."""
        own = next(each["pid"] for each in call("ls")["sessions"] if each["name"] == self.name)
        return [own, *(each["pid"] for each in call("snaps", session=self.name)["snapshots"])]

    def close(self) -> None:
        """End the process and its snapshots."""
        call("kill", name=self.name)


class Bench:
    """Every public method is a measure, as in `ramet_forks.Bench`."""

    def checkpoints(self, load: str) -> Figures:
        """A cell and its snapshot, undoing a cell, and coming back from a segfault."""
        session = _loaded(load)
        cells = [_timed(lambda: session.run(SMALL_CELL), SMALL_TEXT) for _ in range(forks.ROUNDS + 1)]
        undo, recover = [], []
        for _ in range(forks.ROUNDS):
            session.run(forks.MARK_CELL)
            undo.append(_timed(session.undo, ""))
            check(session.run(forks.MARKED_CELL), forks.UNMARKED_TEXT)
            recover.append(_timed(session.crash_and_go_on, forks.UNMARKED_TEXT))
        return {"cell_s": cells[1:], "undo_s": undo, "recover_s": recover}

    def growth(self, load: str) -> Figures:
        """What the snapshots of cells that each change a hundredth of the data cost together."""
        session = _loaded(load)
        before = cost_mb(session.pids())
        for cell in forks.change_cells(load):
            session.run(cell)
        return {"extra_mb": [cost_mb(session.pids()) - before]}

    def rapid(self, load: str) -> Figures:
        """Tiny cells with a snapshot of each, and without any."""
        figures: Figures = {"off_s": [], "auto_s": []}
        off, auto = _loaded(load, "off", autosnap=False), _loaded(load, "auto")
        for _ in range(forks.TALO_RAPID_ROUNDS):
            figures["off_s"].append(_timed(off.run_all, ""))
            figures["auto_s"].append(_timed(auto.run_all, ""))
        return figures

    def branches(self, load: str) -> Figures:
        """A branch until its first result, and `map` for each of its cases."""
        session = _loaded(load)
        figures: Figures = {"branch_s": []}
        for number in range(forks.ROUNDS):
            began = time.perf_counter()
            branch = session.branch(f"branch{number}")
            figures["branch_s"].append(time.perf_counter() - began)
            branch.close()
        began = time.perf_counter()
        values = session.map()
        figures["case_s"] = [(time.perf_counter() - began) / forks.MAP_CASES]
        check(str(values), str([number + 1 for number in range(forks.MAP_CASES)]))
        return figures

    def family(self, load: str) -> Figures:
        """Many branches of one session, alive at once: the time and the memory of each."""
        session = _loaded(load)
        before = cost_mb(session.pids())
        began = time.perf_counter()
        branches = [session.branch(f"branch{number}") for number in range(forks.FAMILY)]
        seconds = time.perf_counter() - began
        extra = cost_mb([pid for each in (session, *branches) for pid in each.pids()]) - before
        return {"each_s": [seconds / forks.FAMILY], "each_mb": [extra / forks.FAMILY]}


def _loaded(load: str, name: str = "main", *, autosnap: bool = True) -> Session:
    session = Session(name, python=sys.executable, cwd=str(Path.cwd()))
    check(session.run(LOADS[load]), "")
    if autosnap:
        session.autosnap()
    return session


def _timed(action: Callable[[], str], expected: str) -> float:
    began = time.perf_counter()
    got = action()
    seconds = time.perf_counter() - began
    check(got, expected)
    return seconds


@contextmanager
def _supervisor() -> Iterator[None]:
    """Talo's resident process, in a folder of its own; a child of this process, so that it cannot be left behind."""
    with tempfile.TemporaryDirectory(prefix="talo-", ignore_cleanup_errors=True) as folder:
        os.environ["TALO_HOME"] = folder
        process = subprocess.Popen(entry("talo.supervisor"))
        deadline = time.monotonic() + _PATIENCE_S
        while not _answers() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            yield
        finally:
            call("shutdown", autostart=False)
            process.wait(_PATIENCE_S)


def _answers() -> bool:
    try:
        call("ping", autostart=False)
    except TaloError:
        return False
    return True


def main(measure: str) -> None:
    """Carry out one measure."""
    name, *load = measure.split(".")
    with _supervisor():
        figures = getattr(Bench(), name)(*load)
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
