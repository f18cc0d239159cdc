"""What the figures were measured on, without its name."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PACKAGES = ("ipykernel", "jupyter_client", "ipython", "numpy", "pandas", "matplotlib", "pytalo", "posit-mcp-repl")

_HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")

#: Tells which of the packages named by its arguments are there, after the interpreter.
_VERSIONS = """
import importlib.metadata, json, platform, sys
there = {each.name: each.version for each in importlib.metadata.distributions()}
named = {name: there[name] for name in sys.argv[1:] if name in there}
print(json.dumps({"Python": platform.python_version(), **named}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """`versions` are those of ramet and of what the sessions of all sides use; `load` is the one before the run.

    `huge_pages` says when the system gives them: "always", "madvise" (to who asks) or "never".
    """

    cores: int
    memory_gib: float
    system: str
    huge_pages: str
    load: float
    versions: dict[str, str]

    def __str__(self) -> str:
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return (
            f"{self.cores} cores, {self.memory_gib:.0f} GiB, {self.system} (huge pages: {self.huge_pages}), "
            f"with a load average of {self.load:.1f} before it began; {versions}"
        )


def machine(python: Path, repld_python: Path) -> Machine:
    """This machine, and the versions that the two interpreters find; the second may not be there."""
    repld = _versions(repld_python, ("repld-tool",)) if repld_python.exists() else {}
    return Machine(
        cores=os.cpu_count() or 1,
        memory_gib=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30,
        system=platform.system(),
        huge_pages=_huge_pages(),
        load=os.getloadavg()[0],
        versions={
            "ramet": version("ramet"),
            **_versions(python, _PACKAGES),
            **{name.replace("Python", "the Python of repld"): number for name, number in repld.items()},
        },
    )


def _versions(python: Path, packages: Iterable[str]) -> dict[str, str]:
    found = subprocess.run([python, "-c", _VERSIONS, *packages], check=True, stdout=subprocess.PIPE, text=True)
    versions: dict[str, str] = json.loads(found.stdout)
    return versions


def _huge_pages() -> str:
    """The choice that stands in brackets."""
    try:
        choices = _HUGE_PAGES.read_text()
    except OSError:
        return "never"
    return choices.partition("[")[2].partition("]")[0]
