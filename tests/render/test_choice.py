"""Which columns are shown: the first and the last, and of each other one it is known that it is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ramet.model.table import Column, Table
from ramet.render.choice import choices, choose


def table(width: int, gap: int, hidden: int = 0, unnamed: int = 0) -> Table:
    """A table whose columns are called by their numbers."""
    columns = [Column(name=str(i)) for i in range(width + hidden)]
    return Table(
        kind="frame",
        columns=(*columns[:gap], *columns[gap + hidden :]),
        gap=gap,
        hidden=tuple(columns[gap : gap + hidden]),
        unnamed=unnamed,
    )


def test_two_thirds_are_from_the_beginning() -> None:
    """New columns are added at the end, and are seen there."""
    choice = choose(table(9, gap=9), 6)
    assert choice.of("abcdefghi", "…") == ["a", "b", "c", "d", "…", "h", "i"]
    assert [column.name for column in choice.hidden] == ["4", "5", "6"]


def test_what_was_not_read_is_left_out_even_if_all_columns_are_chosen() -> None:
    """It stands where it is in the table."""
    choice = choose(table(3, gap=2, hidden=5, unnamed=4), 3)
    assert choice.of("abc", "…") == ["a", "b", "…", "c"]
    assert choice.left_out == 9


@given(data=st.data(), width=st.integers(0, 20), hidden=st.integers(0, 5), unnamed=st.integers(0, 5))
def test_no_column_is_lost(data: st.DataObject, width: int, hidden: int, unnamed: int) -> None:
    """Those that are shown and those that are not make all of them, in every choice."""
    whole = table(width, data.draw(st.integers(0, width)), hidden, unnamed)
    counts = []
    for choice in choices(whole, width):
        assert choice.first + choice.last + choice.left_out == width + hidden + unnamed
        counts.append(choice.first + choice.last)
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == min(width, 1)
