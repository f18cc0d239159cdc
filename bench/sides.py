"""The sides of the comparison: scripts that measure, each measure in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from workloads import Figures

_HERE = Path(__file__).resolve().parent
_TIMEOUT_S = 120

#: How an interpreter ends when an exception was raised; the exception says more.
_RAISED = "exit status 1"

#: Long enough for a process that hangs to write where.
_LAST_WORDS_S = 5

#: Long enough for a measure that is broken off to end what it has started.
_CLEANING_UP_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A measure that came to nothing; `reason` is one line."""

    measure: str
    reason: str

    def __str__(self) -> str:
        return f"{self.measure}: {self.reason}"


class Incomplete(dict[str, list[float]]):
    """The figures of a measure that has failed: where there are none, there are no samples."""

    def __missing__(self, name: str) -> list[float]:
        return []


class Side:
    """`script` beside this file, run by `python` with a measure and `arguments`; keeps the figures it prints."""

    def __init__(self, script: str, python: Path, environ: Mapping[str, str], *arguments: str | Path) -> None:
        self._script, self._python, self._environ, self._arguments = script, python, environ, arguments
        self.name = Path(script).stem
        self.figures: dict[str, Figures] = {}
        self.failures: list[Failure] = []

    def measure(self, measure: str) -> None:
        """Carry out one measure, and put its samples with those of former times.

        One that fails shows what it wrote, and is among the `failures` from then on; the run goes on.
        """
        what = f"{self.name} {measure}"
        print("measuring", what, file=sys.stderr)
        command = [self._python, "-X", "faulthandler", _HERE / self._script, measure, *self._arguments]
        try:
            figures = _figures(command, self._environ)
        except _FailedError as error:
            print(f"{what} failed: {error}", error.details, sep="\n", file=sys.stderr)
            self._note(Failure(measure=what, reason=str(error)))
            self.figures[measure] = Incomplete(self.figures.get(measure, {}))
            return
        known = self.figures.setdefault(measure, {})
        for name, samples in figures.items():
            known[name] = known.get(name, []) + samples

    def _note(self, failure: Failure) -> None:
        """What fails in each turn for the same reason is told once."""
        if failure not in self.failures:
            self.failures.append(failure)


class _FailedError(Exception):
    """What went wrong, in a line, and all that the process complained of."""

    def __init__(self, reason: str, details: str) -> None:
        super().__init__(reason)
        self.details = details


def _figures(command: list[str | Path], environ: Mapping[str, str]) -> Figures:
    # Files, not pipes: what a failed measure leaves behind could hold a pipe open for ever.
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environ, start_new_session=True)
        try:
            problem = _problem(process)
        except BaseException:  # Ctrl+C: a measure may have started what only it can end
            process.terminate()
            process.wait(_CLEANING_UP_S)
            raise
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        printed, complaint = _contents(out), _contents(err)
    if problem == _RAISED:
        problem = _last_line(complaint) or problem
    if problem:
        raise _FailedError(problem, complaint)
    try:
        figures: Figures = json.loads(printed)
    except ValueError:
        raise _FailedError(f"printed {printed[:60]!r} instead of figures", complaint) from None
    return figures


def _problem(process: subprocess.Popen[bytes]) -> str:
    """Wait for the end; return what was wrong with it, '' if nothing."""
    try:
        status = process.wait(_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # has the interpreter write where it hangs
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LAST_WORDS_S)
        return f"not done after {_TIMEOUT_S} s"
    if status < 0:
        return f"killed by signal {-status} ({signal.strsignal(-status)})"
    return f"exit status {status}" if status else ""


def _contents(file: TextIO) -> str:
    file.seek(0)
    return file.read()


def _last_line(text: str) -> str:
    """The last one that says something: a group of exceptions ends with a rule."""
    lines = (line.strip(" |") for line in reversed(text.splitlines()))
    return next((line for line in lines if line.strip("+-")), "")
