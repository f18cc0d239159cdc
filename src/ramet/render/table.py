"""A described table as text: what it is, its first and last rows, and what is left out, within a number of characters.

Where there is not enough room, rows go first, then columns; in the end there are the names of the columns alone. But a
few rows of many columns, such as a frame's `head()`, are shown whole: with a line for each column.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from ramet.model.table import Column, Table
from ramet.render import grid
from ramet.render.grid import ELLIPSIS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ramet.render.choice import Choice

#: A painting that has no room for so many rows gives way to one with fewer columns.
_FEW_ROWS = 6

#: Of a table whose rows are not all shown, so many tell what they look like; those of a run take less room.
_MANY_ROWS = 16

#: A longer value is not set in line with others.
_LONGEST_IN_LINE = 32


def as_text(table: Table, limit: int = 4000, width: int = 120) -> str:
    """The table in lines of about `width` for a fixed-width font, never more than `limit` characters."""
    if _is_run(table):
        return _run(table, limit, width)
    return _turned(table, limit, width) or _fitted(table, grid.aligned(table, width), limit)


def as_markdown(table: Table, limit: int = 4000) -> str:
    """The table in Markdown, never more than `limit` characters."""
    return _fitted(table, grid.markdown(table), limit, apart=[""])


def _fitted(table: Table, paintings: Iterable[grid.Painting], limit: int, apart: Sequence[str] = ()) -> str:
    """The first of `paintings` that has room for some rows; `apart` are lines to set it off from what is around it."""
    heading = _heading(table)
    for painting in paintings:
        names = _columns_left_out(table, painting.choice, limit // 3)
        above = [heading, *apart, *painting.above]
        below = [*apart, names] if names else []
        room = limit - sum(len(line) + 1 for line in (*above, *below))
        rows = _excerpt(table, painting.rows, room, most=_MANY_ROWS, least=_FEW_ROWS, form=painting.form)
        if rows is not None:
            return "\n".join([*above, *rows, *below])
    return _outline(table, heading, limit)


def _turned(table: Table, limit: int, width: int) -> str:
    """A few rows of more columns than stand side by side, with a line for each column; empty if not all of it fits."""
    shown = len(table.head) + len(table.tail)
    if not 0 < shown == table.rows <= _FEW_ROWS or table.hidden or table.unnamed:
        return ""
    if not next(grid.aligned(table, width)).choice.left_out:
        return ""
    painting = next(grid.aligned(_transposed(table), width))
    lines = [f"{_heading(table)}; a line for each column", *painting.above, *painting.rows]
    whole = "\n".join(lines)
    return whole if len(whole) <= limit and not painting.choice.left_out else ""


def _transposed(table: Table) -> Table:
    levels = len(table.index)
    rows = (*table.head, *table.tail)
    dtypes = () if table.dtype else (Column(name="dtype"),)
    return Table(
        kind=table.kind,
        unit="columns",
        rows=len(table.columns),
        index=(Column(name="column"), *dtypes),
        columns=tuple(Column(name=" ".join(row[:levels])) for row in rows),
        gap=len(rows),
        head=tuple(
            (column.name, *([column.dtype] if dtypes else []), *(row[levels + i] for row in rows))
            for i, column in enumerate(table.columns)
        ),
    )


def _excerpt(
    table: Table, items: Sequence[str], room: int, *, most: int, least: int, form: str = "{}"
) -> list[str] | None:
    """All `items`, one for each row, or as many of those described as there is room for; None if not even `least`.

    If some are left out, at `most` so many are shown, a quarter of them from the end, and between them stands, in
    `form`, how many are not.
    """
    if table.rows == len(items) and _length(items) <= room:
        return list(items)
    for count in range(min(most, len(items)), min(least, len(items)) - 1, -1):
        last = len(table.tail) if count == len(items) else min((count + 2) // 4, len(table.tail) or count)
        first = min(count - last, len(table.head))
        missing = table.rows - first - last
        note = f"{ELLIPSIS} {missing:,} {_counted(table.unit, missing)} left out {ELLIPSIS}"
        shown = [*items[:first], form.format(note), *items[len(items) - last :]]
        if _length(shown) <= room:
            return shown
    return None


def _length(items: Iterable[str]) -> int:
    return sum(len(item) + 2 for item in items)  # in a run, a comma and a blank go between them


def _heading(table: Table) -> str:
    """`pandas.DataFrame 406 rows x 9 columns, all float64, index Year datetime64[us]; fact; fact`."""
    sizes = [f"{size:,}" for size in table.shape]
    if table.axes:
        sizes = [f"{size:,} {_counted(axis, size)}" for size, axis in zip(table.shape, table.axes, strict=True)]
    words = f"{table.kind} {' x '.join(sizes)}".rstrip()
    if table.dtype:
        words += f", all {table.dtype}" if table.axes and table.many_columns else f" {table.dtype}"
    levels = [f"{level.name} {level.dtype if table.dtype else ''}".strip() for level in table.index]
    if any(levels):
        words += f", index {', '.join(filter(None, levels))}"
    return "; ".join([words, *table.facts])


def _counted(word: str, count: int) -> str:
    return word.removesuffix("s") if count == 1 else word


def _columns_left_out(table: Table, choice: Choice, room: int) -> str:
    """What is to be said of the columns that are not shown; nothing if there are none."""
    if not choice.left_out:
        return ""
    words = f"{choice.left_out:,} {_counted('columns', choice.left_out)} left out at {ELLIPSIS}"
    return _listing(words if table.columns else "columns", table, choice.hidden, choice.left_out, room)


def _listing(words: str, table: Table, columns: Sequence[Column], count: int, room: int) -> str:
    """`words: a, b (int64); c (str); and 2 more`: the first of `count` columns, as far as there is room."""
    named = []
    for column in columns:
        room -= len(column.name) + len(column.dtype) + 5
        if room < 0:
            break
        named.append(column)
    parts = []
    for dtype, group in groupby(named, key=lambda column: "" if table.dtype else column.dtype):
        names = ", ".join(column.name for column in group)
        parts.append(f"{names} ({dtype})" if dtype else names)
    if named and count > len(named):
        parts.append(f"and {count - len(named):,} more")
    return f"{words}: {'; '.join(parts)}" if parts else words


def _outline(table: Table, heading: str, limit: int) -> str:
    """The heading and the names of the columns, as far as there is room."""
    columns = [*table.columns[: table.gap], *table.hidden, *table.columns[table.gap :]]
    named = [column for column in columns if column.name]
    listing = _listing("columns", table, named, len(columns) + table.unnamed, limit - len(heading) - 40)
    return _cut(f"{heading}\n{listing}" if named else heading, limit)


def _is_run(table: Table) -> bool:
    """Whether the table is a plain sequence of short values, which go in lines one after the other."""
    if table.index or len(table.columns) != 1 or table.hidden or table.unnamed:
        return False
    return all(len(text) <= _LONGEST_IN_LINE and ", " not in text for (text,) in (*table.head, *table.tail))


def _run(table: Table, limit: int, width: int) -> str:
    """The heading, then the first and last values in lines of `width`."""
    name = table.columns[0].name
    heading = f"{_heading(table)}; name {name}" if name else _heading(table)
    values = [text for (text,) in (*table.head, *table.tail)]
    values = _excerpt(table, values, limit - len(heading) - 1, most=len(values), least=1) or []
    if not values:
        return _cut(heading, limit)
    lines = [""]
    for value in values:
        if lines[-1] and grid.display_width(lines[-1]) + grid.display_width(value) >= width:
            lines.append("")
        lines[-1] += f"{value}, "
    return "\n".join([heading, *(line.rstrip() for line in lines)]).removesuffix(",")


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + ELLIPSIS[:limit]
