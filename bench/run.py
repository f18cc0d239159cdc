"""Measure ramet and ipykernel in turn, print the table and write docs/benchmarks.md. `make bench` runs it.

Every measure of either side is a process of its own, and the two sides alternate, so that what else the machine does
falls on both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import workloads
from document import page
from machine import machine
from rows import rows
from table import table

if TYPE_CHECKING:
    from workloads import Figures

_HERE = Path(__file__).resolve().parent
_PYTHON = _HERE / ".venv/bin/python"
_DOCUMENT = _HERE.parent / "docs/benchmarks.md"

#: Measures of both sides, and those that only ramet has.
_BOTH = ("start", "round_trip", "memory", "lines", "bulk", "crowd")
_ONCE_A_PROCESS = ("cold", "fresh")
_ONLY_RAMET = ("checkpoints",)
_TIMEOUT_S = 120


def main() -> None:
    """Run everything; the exit status is 0 whether targets are met or not."""
    began = time.monotonic()
    here = machine(_PYTHON)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        environ = os.environ | {"IPYTHONDIR": folder, "JUPYTER_RUNTIME_DIR": folder}
        _warm_caches(environ)
        ramet: dict[str, Figures] = {}
        ipykernel: dict[str, Figures] = {}
        for measure in _ONCE_A_PROCESS * workloads.COLD_ROUNDS:
            _add(ramet, measure, _ramet(measure, environ))
        for measure in _ONLY_RAMET:
            _add(ramet, measure, _ramet(measure, environ))
        for measure in _BOTH * workloads.TURNS:
            _add(ramet, measure, _ramet(measure, environ))
            _add(ipykernel, measure, _ipykernel(measure, environ))
    lines = rows(ramet, ipykernel)
    _DOCUMENT.write_text(page(lines, here, time.monotonic() - began), encoding="utf-8")
    print(table(lines))


def _warm_caches(environ: dict[str, str]) -> None:
    """Have byte code and font caches written, which neither side shall pay for."""
    modules = "matplotlib.pyplot, numpy, pandas, pandas.io.formats.html, ipykernel.kernelapp"
    subprocess.run([_PYTHON, "-c", f"import {modules}"], check=True, env=environ, capture_output=True)


def _add(side: dict[str, Figures], measure: str, figures: Figures) -> None:
    """Put the samples of another turn with those of the former."""
    known = side.setdefault(measure, {})
    for name, samples in figures.items():
        known.setdefault(name, []).extend(samples)


def _ramet(measure: str, environ: dict[str, str]) -> Figures:
    return _figures([sys.executable, _HERE / "ramet_side.py", measure, _PYTHON], environ)


def _ipykernel(measure: str, environ: dict[str, str]) -> Figures:
    return _figures([_PYTHON, _HERE / "ipykernel_side.py", measure], environ)


def _figures(command: list[str | Path], environ: dict[str, str]) -> Figures:
    print("measuring", Path(command[1]).stem, command[2], file=sys.stderr)
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    if done.returncode:
        raise SystemExit(f"{command[1]} {command[2]} failed:\n{done.stderr[-2000:]}")
    figures: Figures = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    main()
