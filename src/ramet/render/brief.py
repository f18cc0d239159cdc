"""A brief in words: what the session holds, what was done last, what runs, how far back one can go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ramet.model.memory import readable
from ramet.render.bounds import cut, in_line
from ramet.render.reply import status
from ramet.render.terminal import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ramet.model.brief import Brief
    from ramet.model.inspection import Variable
    from ramet.model.past import PastCell

LIMIT = 2000

_SHORT = 100
_MODULES = ("module",)


def as_text(brief: Brief, limit: int = LIMIT) -> str:
    """`brief` in at most `limit` characters; the oldest cells and the smallest variables go first."""
    cells, variables = list(brief.cells), _by_size(brief)
    while True:
        text = "\n".join(_lines(brief, cells, variables))
        if len(text) <= limit or not (cells or variables):
            return cut(text, limit)[0]
        if len(cells) > 3 or not variables:
            cells.pop(0)
        else:
            variables.pop()


def _lines(brief: Brief, cells: list[PastCell], variables: list[Variable]) -> Iterator[str]:
    info = brief.info
    shell = f"IPython {info.ipython} on Python {info.version}" if info.ipython else f"Python {info.version}"
    yield f"session {brief.name}: {brief.state.value}; next cell {brief.next_cell}; {shell}; started in {info.cwd}"
    if brief.origin is not None:
        yield f"a branch of {brief.origin}"
    yield from _about_variables(brief, variables)
    hidden = brief.cells_before + len(brief.cells) - len(cells)
    if hidden:
        yield f"({hidden} earlier cells)"
    for past in cells:
        yield f"{status(past.result).strip('[]')}: {_code(past.result.code)}"
    if brief.running is not None:
        yield f"{status(brief.running).strip('[]')}: {_code(brief.running.code)}"
    if brief.checkpoints:
        yield f"undo can go back to before cell {_ranges([one.cell for one in brief.checkpoints])}"


def _about_variables(brief: Brief, shown: list[Variable]) -> Iterator[str]:
    if brief.variables is None:
        yield "its variables cannot be looked at just now"
        return
    modules = [row.name for row in brief.variables.rows if row.type in _MODULES]
    if modules:
        yield f"imported: {', '.join(modules)}"
    for row in shown:
        size = f" ({readable(row.size_bytes)})" if row.size_bytes else ""
        cell = f", of cell {row.cell}" if row.cell is not None else ""
        yield f"{row.name} = {_in_short(row.value)}{size}{cell}"
    more = len(brief.variables.rows) - len(modules) - len(shown) + brief.variables.omitted
    if more:
        yield f"({more} more variables)"


def _by_size(brief: Brief) -> list[Variable]:
    """The variables that are no modules: the largest and the newest first."""
    rows = [row for row in brief.variables.rows if row.type not in _MODULES] if brief.variables is not None else []
    return sorted(rows, key=lambda row: (-(row.size_bytes or 0) // (1 << 20), -(row.cell or 0)))


def _in_short(text: str) -> str:
    """The first and last words of a text, in one line."""
    return cut(" ".join(resolve(text).split()), _SHORT)[0]


def _code(code: str) -> str:
    """The first and last words of the code of a cell, in one line."""
    return cut(in_line(resolve(code)), _SHORT)[0]


def _ranges(numbers: list[int]) -> str:
    """`2 to 5, 9` for 2, 3, 4, 5 and 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
