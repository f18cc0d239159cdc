"""Which columns of a table are shown, and which are left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ramet.model.table import Column, Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The index of `table`, the `first` of its columns and the `last` ones."""

    table: Table
    first: int
    last: int

    @property
    def hidden(self) -> list[Column]:
        """The columns between them that have a name, in order."""
        return [column for column in self._between() if column.name]

    @property
    def left_out(self) -> int:
        """How many columns are not shown, with or without a name."""
        return len(self._between()) + self.table.unnamed

    def of(self, items: Sequence[T], mark: T) -> list[T]:
        """Those of `items`, one for each level and column, that are chosen; `mark` where some are left out."""
        place = len(self.table.index) + self.first
        rest = items[len(items) - self.last :]
        return [*items[:place], mark, *rest] if self.left_out else [*items[:place], *rest]

    def _between(self) -> list[Column]:
        columns = self.table.columns
        end = len(columns) - self.last
        gap = min(max(self.table.gap, self.first), end)
        return [*columns[self.first : gap], *self.table.hidden, *columns[gap:end]]


def choose(table: Table, count: int) -> Choice:
    """`count` columns, two thirds of them from the beginning: the newest columns of a frame are its last ones."""
    if count == len(table.columns):
        return Choice(table=table, first=table.gap, last=count - table.gap)
    return Choice(table=table, first=count - count // 3, last=count // 3)


def choices(table: Table, count: int) -> Iterator[Choice]:
    """`count` columns, then ever fewer, down to one."""
    while True:
        yield choose(table, count)
        if count <= 1:
            return
        count = count * 2 // 3
