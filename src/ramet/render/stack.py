"""Where running code is, in a line: made of the stack that its process wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FRAME = re.compile(r'  File "(?P<file>[^"]*)", line (?P<line>\d+) in (?P<function>.*)')
_CELL = re.compile(r"cell (\d+)")
_MOST = 10
_LIBRARY = re.compile(r".*/(?:site-packages|dist-packages|lib/python\d[\d.]*)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line that is being executed.

    `cell` is the number of the cell that it stands in, `line` counts from 1. `inside` says what the line has called,
    such as `time.py:12 sleep`, empty if that is not Python code.
    """

    cell: int
    line: int
    inside: str = ""

    def told(self, code: str) -> str:
        """`cell 3, line 2: fit(x)`, where `code` is that of the cell."""
        lines = code.splitlines()
        source = lines[self.line - 1].strip() if self.line <= len(lines) else ""
        shown = f": {source if len(source) <= 120 else f'{source[:117]}...'}" if source else ""
        inside = f" (in {self.inside})" if self.inside else ""
        return f"cell {self.cell}, line {self.line}{shown}{inside}"


def place(stack: str) -> Place | None:
    """The deepest line of a cell in `stack`, as `faulthandler` writes it; None if no cell is in it."""
    deepest = ""
    for frame in _frames(stack):
        cell = _CELL.fullmatch(frame["file"])
        if cell is not None:
            return Place(cell=int(cell[1]), line=int(frame["line"]), inside=deepest)
        deepest = deepest or _told(frame)
    return None


def chain(stack: str) -> str:
    """The calls in `stack`, the innermost first, in a line: `ctypes/__init__.py:519 string_at, from cell 2:3`."""
    told = [_told(frame) for frame in _frames(stack)]
    left = len(told) - _MOST
    shown = told if left <= 0 else [*told[: _MOST // 2], f"... {left} calls ...", *told[-_MOST // 2 :]]
    return ", from ".join(shown)


def _frames(stack: str) -> list[re.Match[str]]:
    """The frames of the thread that runs a cell, or of the first one if none does."""
    threads = stack.split("\n\n")
    thread = next((part for part in threads if '  File "cell ' in part), threads[0])
    return [frame for frame in map(_FRAME.match, thread.splitlines()) if frame is not None]


def _told(frame: re.Match[str]) -> str:
    function = "" if frame["function"] == "<module>" else f" {frame['function']}"
    return f"{_LIBRARY.sub('', frame['file'])}:{frame['line']}{function}"
