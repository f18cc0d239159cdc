"""Measure ramet and its peers in turn, print the tables and write docs/benchmarks.md. `make bench` runs it.

Every measure of any side is a process of its own, and the sides alternate, so that what else the machine does falls on
all. A measure that fails is shown, and the run goes on; the exit status then is 1. Unless it was one of ramet, the page
is written all the same.

`run.py NAME...` carries out some measures only, prints what they came to and writes nothing. A name is that of a
measure or of a side, which is called like its script: `run.py warm`, `run.py ramet_doors`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import door_workloads
import fork_workloads
import workloads
from document import page
from door_rows import PEERS, door_rows
from fork_rows import fork_rows
from machine import machine
from rows import rows
from sides import Side
from summary import summary
from table import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from machine import Machine

_HERE = Path(__file__).resolve().parent
_PYTHON = _HERE / ".venv/bin/python"
_REPLD = _HERE / ".repld/bin/repld"
_DOCUMENT = _HERE.parent / "docs/benchmarks.md"

#: Measures of ramet and ipykernel, and those that only ramet has.
_BOTH = ("start", "round_trip", "memory", "lines", "bulk", "crowd")
_ONCE_A_PROCESS = ("cold", "fresh")


def main(*names: str) -> None:
    """Run everything; the exit status is 0 whether targets are met or not, and 1 if something could not be measured."""
    began = time.monotonic()
    here = machine(_PYTHON, _REPLD.with_name("python"))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        sides = _sides({"IPYTHONDIR": folder, "JUPYTER_RUNTIME_DIR": folder})
        turns = list(_turns(sides))
        _check(names, turns)
        for side, measure in turns:
            if not names or side.name in names or measure in names:
                side.measure(measure)
    if names:
        print(summary(sides.values()))
    else:
        _report(sides, here, began)
    failures = [failure for side in sides.values() for failure in side.failures]
    if failures:
        sys.exit("\n".join(["", "could not be measured:", *map(str, failures)]))


def _sides(folders: Mapping[str, str]) -> dict[str, Side]:
    """All sides by name; a cache of byte code is what none of them shall do without."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | folders
    _warm_caches(environ)
    ours = Path(sys.executable)
    sides = (
        Side("ramet_side.py", ours, environ, _PYTHON),
        Side("ipykernel_side.py", _PYTHON, environ),
        Side("ramet_forks.py", ours, environ, _PYTHON),
        Side("talo_forks.py", _PYTHON, environ),
        Side("ramet_doors.py", ours, environ, _PYTHON),
        Side("talo_doors.py", _PYTHON, environ),
        Side("repld_doors.py", ours, environ, _REPLD),
        Side("mcp_repl_doors.py", ours, environ, _PYTHON.with_name("mcp-repl"), _PYTHON),
    )
    return {side.name: side for side in sides}


def _warm_caches(environ: dict[str, str]) -> None:
    """Have byte code and font caches written, which no side shall pay for."""
    modules = "matplotlib.pyplot, numpy, pandas, pandas.io.formats.html, ipykernel.kernelapp"
    subprocess.run([_PYTHON, "-c", f"import {modules}"], check=True, env=environ, stdout=subprocess.DEVNULL)
    # May be missing: then its own measures tell.
    subprocess.run([_PYTHON, "-c", "import talo.supervisor"], env=environ, stderr=subprocess.DEVNULL)


def _turns(sides: Mapping[str, Side]) -> Iterator[tuple[Side, str]]:
    """All measures of all sides, in their order."""
    yield from ((sides["ramet_side"], measure) for measure in _ONCE_A_PROCESS * workloads.COLD_ROUNDS)
    for measure in _BOTH * workloads.TURNS:
        yield sides["ramet_side"], measure
        yield sides["ipykernel_side"], measure
    for measure in fork_workloads.MEASURES:
        yield sides["ramet_forks"], measure
        yield sides["talo_forks"], measure
    yield from ((sides["ramet_forks"], measure) for measure in fork_workloads.ONLY_RAMET)
    for measure in door_workloads.MEASURES["ramet"]:
        yield from (
            (sides[f"{side}_doors"], measure) for side, has in door_workloads.MEASURES.items() if measure in has
        )


def _check(names: Iterable[str], turns: Iterable[tuple[Side, str]]) -> None:
    known = {name for side, measure in turns for name in (side.name, measure)}
    for name in names:
        if name not in known:
            sys.exit(f"{name} is no measure; there are: {', '.join(sorted(known))}")


def _report(sides: Mapping[str, Side], here: Machine, began: float) -> None:
    """Print the tables, and write the page unless a measure of ramet has failed."""
    lines = rows(sides["ramet_side"].figures, sides["ipykernel_side"].figures)
    forks = fork_rows(sides["ramet_forks"].figures, sides["talo_forks"].figures)
    doors = door_rows({side: sides[f"{side}_doors"].figures for side in door_workloads.MEASURES})
    print(table(lines, "ipykernel"), table(forks, "Talo"), table(doors, *PEERS.values()), sep="\n\n")
    if not any(side.failures for name, side in sides.items() if name.startswith("ramet_")):
        theirs = [failure for side in sides.values() for failure in side.failures]
        _DOCUMENT.write_text(page(lines, forks, doors, theirs, here, time.monotonic() - began), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
