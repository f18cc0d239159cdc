"""A table as its session describes it: sizes, columns, the first and last rows as texts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, or one level of an index.

    `name` is empty where there is none (a matrix, an unnamed index). It is written as in code: a string stands without
    quotes unless it could be taken for something else. `dtype` is the library's own word; it is empty for an index that
    counts the rows from 0 and for the columns of an array, which has one type for all.
    """

    name: str
    dtype: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A frame, series, array or the like, as far as it was read.

    `kind` is the class with its library (`pandas.DataFrame`), `axes` the words for the sizes in `shape`, if it has any.
    `dtype` is the type of all values, if they have one type. `facts` are short plain sentences.

    `head` and `tail` are the first and last of `rows` rows, which `unit` calls by their name. A row has a text for each
    column of `index`, then for each of `columns`. In front of column number `gap` there are `hidden` columns, known by
    name and type only, and `unnamed` ones of which nothing is told.

    `own_text` says that the object's own text shows rows that are not here.
    """

    kind: str
    shape: tuple[int, ...] = ()
    axes: tuple[str, ...] = ()
    dtype: str = ""
    facts: tuple[str, ...] = ()
    own_text: bool = False
    unit: str = "rows"
    rows: int = 0
    index: tuple[Column, ...] = ()
    columns: tuple[Column, ...] = ()
    gap: int = 0
    hidden: tuple[Column, ...] = ()
    unnamed: int = 0
    head: tuple[tuple[str, ...], ...] = ()
    tail: tuple[tuple[str, ...], ...] = ()

    @property
    def many_columns(self) -> bool:
        """Whether there is more than one column, shown or not."""
        return len(self.columns) + len(self.hidden) + self.unnamed > 1

    def __post_init__(self) -> None:
        width = len(self.index) + len(self.columns)
        if any(len(row) != width for row in chain(self.head, self.tail)):
            raise ValueError(f"each row must have {width} values")
        if self.rows < len(self.head) + len(self.tail):
            raise ValueError(f"more rows are shown than the {self.rows} that there are")
        if not 0 <= self.gap <= len(self.columns):
            raise ValueError(f"no column can be hidden at {self.gap}")
        if self.unnamed < 0 or any(size < 0 for size in self.shape):
            raise ValueError("a number of columns or a size is negative")
        if self.axes and len(self.axes) != len(self.shape):
            raise ValueError(f"{len(self.axes)} names for {len(self.shape)} sizes")
