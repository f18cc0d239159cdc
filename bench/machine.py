"""What the figures were measured on, without its name."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGES = ("ipykernel", "jupyter_client", "ipython", "numpy", "pandas", "matplotlib")

_VERSIONS = f"""
import importlib.metadata, json, platform
names = ["Python", *{_PACKAGES!r}]
print(json.dumps(dict(zip(names, [platform.python_version(), *map(importlib.metadata.version, names[1:])]))))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """`versions` are those of ramet and of what the sessions of both sides use; `load` is the one before the run."""

    cores: int
    memory_gib: float
    system: str
    load: float
    versions: dict[str, str]

    def __str__(self) -> str:
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return (
            f"{self.cores} cores, {self.memory_gib:.0f} GiB, {self.system}, with a load average of {self.load:.1f} "
            f"before it began; {versions}"
        )


def machine(python: Path) -> Machine:
    """This machine, and the versions that `python` finds."""
    found = subprocess.run([python, "-c", _VERSIONS], check=True, capture_output=True, text=True)
    return Machine(
        cores=os.cpu_count() or 1,
        memory_gib=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30,
        system=platform.system(),
        load=os.getloadavg()[0],
        versions={"ramet": version("ramet"), **json.loads(found.stdout)},
    )
