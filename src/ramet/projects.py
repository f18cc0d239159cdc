"""Whose `main` is meant: each project has one of its own, and all who ask a host find the same one.

The project of a folder is the nearest folder, itself or above it, that has `.git` or `ramet.toml`; without one it is
the folder itself. The first project to want a `main` gets the session `main`; of another one, `cars`, it is called
`main-cars`. All other names mean the same session wherever they are said.
"""

from __future__ import annotations

import os
import re
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The session that is there without having been asked for.
MAIN = "main"

_MARKS = (".git", "ramet.toml")
_SHORT = 40


def project_of(folder: Path) -> Path:
    """The project that `folder` belongs to."""
    return next((place for place in (folder, *folder.parents) if _is_marked(place)), folder)


def main_of(folder: Path, open_sessions: Mapping[str, str]) -> str:
    """The name of `main` in `folder`, given the names and folders of all open sessions.

    If that is not the name of one, it is the name for a new one.
    """
    project = project_of(folder)
    stem = f"{MAIN}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', project.name)[:_SHORT] or 'root'}"
    ours = re.compile(rf"{MAIN}|{re.escape(stem)}(-\d+)?")
    for name, place in open_sessions.items():
        if ours.fullmatch(name) and project_of(Path(place)) == project:
            return name
    return next(name for name in _names(stem) if name not in open_sessions)


def _names(stem: str) -> Iterator[str]:
    yield MAIN
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))


def _is_marked(folder: Path) -> bool:
    return any(os.path.exists(folder / mark) for mark in _MARKS)  # noqa: PTH110 - what cannot be looked at is no mark
