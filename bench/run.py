"""Measure ramet, ipykernel and Talo in turn, print the tables and write docs/benchmarks.md. `make bench` runs it.

Every measure of any side is a process of its own, and the sides alternate, so that what else the machine does falls on
all. A measure that fails is shown, and the run goes on; the exit status then is 1. Unless it was one of ramet, the page
is written all the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import fork_workloads
import workloads
from document import page
from fork_rows import fork_rows
from machine import machine
from rows import rows
from sides import Side
from table import table

_HERE = Path(__file__).resolve().parent
_PYTHON = _HERE / ".venv/bin/python"
_DOCUMENT = _HERE.parent / "docs/benchmarks.md"

#: Measures of ramet and ipykernel, and those that only ramet has.
_BOTH = ("start", "round_trip", "memory", "lines", "bulk", "crowd")
_ONCE_A_PROCESS = ("cold", "fresh")


def main() -> None:
    """Run everything; the exit status is 0 whether targets are met or not, and 1 if something could not be measured."""
    began = time.monotonic()
    here = machine(_PYTHON)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        environ = os.environ | {"IPYTHONDIR": folder, "JUPYTER_RUNTIME_DIR": folder}
        ramet = Side("ramet_side.py", Path(sys.executable), environ, _PYTHON)
        ipykernel = Side("ipykernel_side.py", _PYTHON, environ)
        ramet_forks = Side("ramet_forks.py", Path(sys.executable), environ, _PYTHON)
        talo_forks = Side("talo_forks.py", _PYTHON, environ)
        _warm_caches(environ)
        _measure(ramet, ipykernel)
        _measure_forks(ramet_forks, talo_forks)
    lines = rows(ramet.figures, ipykernel.figures)
    forks = fork_rows(ramet_forks.figures, talo_forks.figures)
    print(table(lines, "ipykernel"), table(forks, "Talo"), sep="\n\n")
    ours, theirs = ramet.failures + ramet_forks.failures, ipykernel.failures + talo_forks.failures
    if not ours:
        _DOCUMENT.write_text(page(lines, forks, theirs, here, time.monotonic() - began), encoding="utf-8")
    if ours or theirs:
        sys.exit("\n".join(["", "could not be measured:", *map(str, ours + theirs)]))


def _warm_caches(environ: dict[str, str]) -> None:
    """Have byte code and font caches written, which no side shall pay for."""
    modules = "matplotlib.pyplot, numpy, pandas, pandas.io.formats.html, ipykernel.kernelapp, talo.supervisor"
    subprocess.run([_PYTHON, "-c", f"import {modules}"], check=True, env=environ, stdout=subprocess.DEVNULL)


def _measure(ramet: Side, ipykernel: Side) -> None:
    for measure in _ONCE_A_PROCESS * workloads.COLD_ROUNDS:
        ramet.measure(measure)
    for measure in _BOTH * workloads.TURNS:
        ramet.measure(measure)
        ipykernel.measure(measure)


def _measure_forks(ramet: Side, talo: Side) -> None:
    for measure in fork_workloads.MEASURES:
        ramet.measure(measure)
        talo.measure(measure)
    for measure in fork_workloads.ONLY_RAMET:
        ramet.measure(measure)


if __name__ == "__main__":
    main()
