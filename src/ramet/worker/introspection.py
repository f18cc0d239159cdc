"""Let the standard library's tools see cells, which are no files."""

from __future__ import annotations

import linecache
import re
from typing import Any

from .provenance import is_cell


def let_debuggers_see_cells(bdb: Any) -> None:
    """Keep `bdb` from taking `cell 3` for a path relative to the working folder."""
    canonic = bdb.Bdb.canonic

    def keeping_cells(self: Any, filename: str) -> Any:
        return filename if is_cell(filename) else canonic(self, filename)

    bdb.Bdb.canonic = keeping_cells


def let_inspect_find_cell_classes(inspect: Any) -> None:
    """Let `inspect` find the source of classes that cells defined; it finds that of functions by itself."""
    getfile = inspect.getfile

    def knowing_cells(object: Any) -> Any:  # noqa: A002 - the name that inspect gives it
        if isinstance(object, type) and object.__module__ == "__main__":
            return _cell_of(object) or getfile(object)
        return getfile(object)

    inspect.getfile = knowing_cells


def _cell_of(cls: type) -> str | None:
    """The newest cell that defines a class of that name, preferring the one that its methods are from."""
    for member in vars(cls).values():
        code = getattr(getattr(member, "__func__", member), "__code__", None)
        if code is not None and is_cell(code.co_filename):
            return str(code.co_filename)
    definition = re.compile(rf"^\s*class\s+{re.escape(cls.__name__)}\b", re.MULTILINE)
    cells = sorted((name for name in linecache.cache if is_cell(name)), key=lambda name: int(name[5:]), reverse=True)
    return next((name for name in cells if definition.search("".join(linecache.getlines(name)))), None)
