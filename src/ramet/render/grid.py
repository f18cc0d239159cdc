"""Rows and columns of a table as lines: aligned for a fixed-width font, or as Markdown.

Both give one painting after the other, each of fewer columns, for a caller to take the first that is small enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.render.choice import Choice, choices, choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ramet.model.table import Table

ELLIPSIS = "…"

_BETWEEN = "  "
#: Values of a text column are cut at this width; the next limit holds if the columns do not fit otherwise. A moment to
#: the second is never cut.
_WIDEST = (100, 40, 20)

#: What would end a cell of a Markdown table, vanish as a tag (`<NA>`) or change how the rest looks.
_MARKDOWN_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\|<*`"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """The chosen columns as lines: those `above` the rows, and one for each of the `rows`.

    `form` is what any other text needs around it to stand among the rows.
    """

    choice: Choice
    above: list[str]
    rows: list[str]
    form: str = "{}"


def aligned(table: Table, width: int) -> Iterator[Painting]:
    """As many columns as stand side by side in `width`: numbers below each other at their points, text to the left.

    Lines may be a third longer if all columns fit then. Values are cut shorter before columns are left out.
    """
    labels = [line for line in (_names(table), _dtypes(table)) if any(line)]
    whole = len(table.columns)
    for limit in _WIDEST:
        strips = [
            _strip([line[i] for line in labels], [row[i] for row in _rows(table)], column.numeric, limit)
            for i, column in enumerate((*table.index, *table.columns))
        ]
        if _count_that_fits(table, strips, width) == whole:
            yield _painting(choose(table, whole), strips, len(labels))
    count = _count_that_fits(table, strips, width)
    if _count_that_fits(table, strips, width + width // 3) == whole:
        count = whole
    for choice in choices(table, count):
        yield _painting(choice, strips, len(labels))


def markdown(table: Table) -> Iterator[Painting]:
    """All columns first, below a line of names, which Markdown asks for even if there are none."""
    rules = ["---:" if column.numeric else ":---" for column in (*table.index, *table.columns)]
    dtypes = [f"*{_escaped(dtype)}*" if dtype else "" for dtype in _dtypes(table)]
    labels = [list(map(_escaped, _names(table))), rules, *([dtypes] if any(dtypes) else [])]
    for choice in choices(table, len(table.columns)):
        above = [_markdown_line(choice.of(line, "---" if line is rules else ELLIPSIS)) for line in labels]
        rows = [_markdown_line([_escaped(text) for text in choice.of(row, ELLIPSIS)]) for row in _rows(table)]
        yield Painting(choice=choice, above=above, rows=rows, form="| {} |")


def display_width(text: str) -> int:
    """The columns that `text` takes on a screen."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth  # its tables take a while to load

    width = wcswidth(text)
    return len(text) if width < 0 else width


def _painting(choice: Choice, strips: Sequence[list[str]], labels: int) -> Painting:
    mark = [ELLIPSIS] * (labels + len(_rows(choice.table)))
    lines = [_BETWEEN.join(cells).rstrip() for cells in zip(*choice.of(strips, mark), strict=True)]
    return Painting(choice=choice, above=lines[:labels], rows=lines[labels:])


def _rows(table: Table) -> Sequence[Sequence[str]]:
    return (*table.head, *table.tail)


def _names(table: Table) -> list[str]:
    return [column.name for column in (*table.index, *table.columns)]


def _dtypes(table: Table) -> list[str]:
    """The data types; empty where the heading says one for all."""
    return ["" if table.dtype else column.dtype for column in (*table.index, *table.columns)]


def _count_that_fits(table: Table, strips: Sequence[Sequence[str]], width: int) -> int:
    widths = [display_width(strip[0]) if strip else 0 for strip in strips]
    for count in range(len(table.columns), 1, -1):
        chosen = choose(table, count).of(widths, len(ELLIPSIS))
        if sum(chosen) + len(_BETWEEN) * (len(chosen) - 1) <= width:
            return count
    return min(1, len(table.columns))


def _strip(labels: Sequence[str], values: Sequence[str], numeric: bool, limit: int) -> list[str]:
    """A column from top to bottom, all texts of the same width. Names stay whole, because they are typed again."""
    values = _at_their_points(values) if numeric else [_shortened(value, limit) for value in values]
    texts = [*labels[:1], *(_shortened(label, limit) for label in labels[1:]), *values]
    widths = [display_width(text) for text in texts]
    blanks = [" " * (max(widths) - width) for width in widths]
    return [blank + text if numeric else text + blank for text, blank in zip(texts, blanks, strict=True)]


def _at_their_points(numbers: Sequence[str]) -> list[str]:
    """Numbers with blanks instead of the decimals that they lack; what is missing or whole stands at the right."""
    decimals = [len(number) - number.find(".") if "." in number else 0 for number in numbers]
    most = max(decimals, default=0)
    return [number + " " * (most - own if own else 0) for number, own in zip(numbers, decimals, strict=True)]


def _shortened(text: str, limit: int) -> str:
    if display_width(text) <= limit:
        return text
    while display_width(text) >= limit:
        text = text[: max(len(text) - 1 - (display_width(text) - limit) // 2, 0)]
    return text + ELLIPSIS


def _markdown_line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return text.translate(_MARKDOWN_SIGNS)
