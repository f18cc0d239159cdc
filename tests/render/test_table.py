"""Tables as text: true, aligned, and never longer than asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.model.table import Column, Table
from ramet.render.table import as_markdown, as_text


def frame(*columns: Column, head: list[str], tail: tuple[str, ...] = (), rows: int = 0, **facts: object) -> Table:
    """A frame with a plain index; a row is its values with blanks between, label first."""
    first, last = [tuple(row.split()) for row in head], [tuple(row.split()) for row in tail]
    rows = rows or len(first) + len(last)
    return Table(
        kind="pandas.DataFrame",
        shape=(rows, len(columns)),
        axes=("rows", "columns"),
        rows=rows,
        index=(Column(name="", numeric=True),),
        columns=columns,
        gap=len(columns),
        head=tuple(first),
        tail=tuple(last),
        **facts,  # type: ignore[arg-type]
    )


NAME = Column(name="name", dtype="str")
HP = Column(name="hp", dtype="float64", numeric=True)


def test_a_frame() -> None:
    """Its class and size, names and data types, numbers below each other at their points, text to the left."""
    table = frame(NAME, HP, head=["0 ford 130.0", "1 amc 97.125"], tail=("405 opel NaN",), rows=406)
    assert as_text(table).splitlines() == [
        "pandas.DataFrame 406 rows x 2 columns",
        "     name       hp",
        "     str   float64",
        "  0  ford  130.0",
        "  1  amc    97.125",
        "… 403 rows left out …",
        "405  opel      NaN",
    ]


def test_markdown() -> None:
    """The same as a table of Markdown, whose own signs are escaped in values."""
    table = frame(NAME, HP, head=["0 a|b 1.5"], tail=("405 *opel <NA>",), rows=406)
    assert as_markdown(table).splitlines() == [
        "pandas.DataFrame 406 rows x 2 columns",
        "",
        "|  | name | hp |",
        "| ---: | :--- | ---: |",
        "|  | *str* | *float64* |",
        "| 0 | a\\|b | 1.5 |",
        "| … 404 rows left out … |",
        "| 405 | \\*opel | \\<NA> |",
    ]


def test_one_data_type_is_said_once() -> None:
    """In the first line, with that of the index, instead of below each name."""
    columns = (Column(name="a", dtype="int64", numeric=True), Column(name="b", dtype="int64", numeric=True))
    assert as_text(frame(*columns, head=["0 1 2"], dtype="int64")).splitlines() == [
        "pandas.DataFrame 1 row x 2 columns, all int64",
        "   a  b",
        "0  1  2",
    ]


def test_an_index_with_a_name_is_not_taken_for_a_column() -> None:
    """The first line says which names are those of the index."""
    table = Table(
        kind="pandas.Series",
        shape=(1,),
        axes=("rows",),
        dtype="int64",
        rows=1,
        index=(Column(name="year", dtype="str"),),
        columns=(Column(name="", dtype="int64", numeric=True),),
        gap=1,
        head=(("1970", "5"),),
    )
    assert as_text(table) == "pandas.Series 1 row int64, index year str\nyear\n1970  5"


def test_columns_that_do_not_fit_are_listed() -> None:
    """The first and last are shown; the names and types of the others stand below, those without a name are counted."""
    columns = [Column(name=f"column{i}", dtype="int64" if i < 9 else "str", numeric=i < 9) for i in range(10)]
    table = frame(*columns, head=[f"{i} " + " ".join("0123456789") for i in range(9)])
    text = as_text(table, width=40)
    assert text.splitlines()[1] == "   column0  column1  column2  …  column9"
    assert text.splitlines()[-1] == (
        "6 columns left out at …: column3, column4, column5, column6, column7, column8 (int64)"
    )


def test_lines_may_be_a_little_longer_if_all_columns_fit_then() -> None:
    """Two columns more are worth more than a straight margin."""
    columns = [Column(name=f"column{i}", dtype="int64", numeric=True) for i in range(5)]
    table = frame(*columns, head=[f"{i} 1 2 3 4 5" for i in range(9)])
    assert as_text(table, width=40).splitlines()[1] == "   column0  column1  column2  column3  column4"


def test_a_few_rows_of_many_columns_have_a_line_for_each_column() -> None:
    """Nothing is left out of `head()` only because it is wide."""
    columns = [Column(name=f"column{i}", dtype="int64", numeric=True) for i in range(10)]
    table = frame(*columns, NAME, head=["0 0 1 2 3 4 5 6 7 8 9 ford", "1 9 8 7 6 5 4 3 2 1 0 amc"])
    lines = as_text(table, width=40).splitlines()
    assert lines[0] == "pandas.DataFrame 2 rows x 11 columns; a line for each column"
    assert lines[1] == "column   dtype  0     1"
    assert lines[3] == "column1  int64  1     8"
    assert lines[-1] == "name     str    ford  amc"


def test_columns_that_were_not_read_are_listed() -> None:
    """Hidden columns stand at their place between those that were read, also where all of those fit."""
    table = Table(
        kind="polars.DataFrame",
        shape=(1, 1000),
        axes=("rows", "columns"),
        rows=1,
        columns=(Column(name="a", dtype="Int64", numeric=True), Column(name="z", dtype="String")),
        gap=1,
        hidden=(Column(name="b", dtype="Int64"), Column(name="c", dtype="String")),
        unnamed=996,
        head=(("1", "x"),),
    )
    assert as_text(table).splitlines()[1:] == [
        "    a  …  z",
        "Int64  …  String",
        "    1  …  x",
        "998 columns left out at …: b (Int64); c (String); and 996 more",
    ]


def test_a_run_of_values_goes_in_lines() -> None:
    """An array of one dimension is not a column of one value each."""
    values = tuple((str(value),) for value in range(40))
    table = Table(
        kind="numpy.ndarray",
        shape=(1000,),
        axes=("values",),
        dtype="int64",
        facts=("values 0 to 999, mean 499.5",),
        unit="values",
        rows=1000,
        columns=(Column(name="", numeric=True),),
        gap=1,
        head=values,
        tail=(("998",), ("999",)),
    )
    lines = as_text(table, width=80).splitlines()
    assert lines[0] == "numpy.ndarray 1,000 values int64; values 0 to 999, mean 499.5"
    assert " ".join(lines).endswith("39, … 958 values left out …, 998, 999")
    assert all(len(line) <= 80 for line in lines)


def test_a_table_without_rows_is_its_columns() -> None:
    """A query that has not run."""
    table = Table(
        kind="polars.LazyFrame",
        shape=(2,),
        axes=("columns",),
        facts=("not collected",),
        hidden=(Column(name="a", dtype="Int64"), Column(name="b", dtype="Int64")),
    )
    assert as_text(table) == "polars.LazyFrame 2 columns; not collected\ncolumns: a, b (Int64)"


def test_wide_characters_take_two_places() -> None:
    """What stands right of Japanese text is in line."""
    table = frame(NAME, HP, head=["0 東京 1.5", "1 abcde 2.5"])
    assert [line[:8] for line in as_text(table).splitlines()[3:]] == ["0  東京   ", "1  abcde"]


def test_long_values_are_cut_where_columns_would_not_fit() -> None:
    """But names are not: they will be typed again."""
    name = Column(name="a_very_long_name_of_a_column", dtype="str")
    table = frame(name, *[NAME] * 4, head=["0 " + " ".join(["x" * 90] * 5)])
    lines = as_text(table, width=140).splitlines()
    assert lines[1].split() == ["a_very_long_name_of_a_column", *["name"] * 4]
    assert lines[3].count("…") == 5


def test_values_are_cut_before_rows_are_given_up() -> None:
    """A little of each value says more than no value."""
    table = frame(NAME, head=[f"{i} " + "x" * 90 for i in range(9)], rows=1000)
    lines = as_text(table, limit=300).splitlines()
    assert len(lines) > 9
    assert all(line.endswith("x…") for line in lines[3:9])


def test_few_rows_of_many_are_shown() -> None:
    """Sixteen tell what they look like, however much room there is; all are shown if they can be."""
    rows = [f"{i} ford 1.0" for i in range(40)]
    assert len(as_text(frame(NAME, HP, head=rows)).splitlines()) == 3 + 40
    lines = as_text(frame(NAME, HP, head=rows, tail=("99 opel 2.0",) * 10, rows=100)).splitlines()
    assert len(lines) == 3 + 16 + 1
    assert lines[-1].startswith("99")


names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Any table that can be."""
    columns = draw(st.lists(st.builds(Column, name=names, dtype=names, numeric=st.booleans()), max_size=6))
    levels = draw(st.integers(0, len(columns)))
    rows = st.lists(st.tuples(*[names for _ in columns]), max_size=12)
    head, tail = draw(rows), draw(rows)
    return Table(
        kind=draw(names),
        shape=tuple(draw(st.lists(st.integers(0, 10**12), max_size=3))),
        dtype=draw(names),
        facts=tuple(draw(st.lists(names, max_size=3))),
        rows=len(head) + len(tail) + draw(st.integers(0, 10**9)),
        index=tuple(columns[:levels]),
        columns=tuple(columns[levels:]),
        gap=draw(st.integers(0, len(columns) - levels)),
        hidden=tuple(draw(st.lists(st.builds(Column, name=names, dtype=names), max_size=6))),
        unnamed=draw(st.integers(0, 5000)),
        head=tuple(head),
        tail=tuple(tail),
    )


@given(table=tables(), limit=st.integers(0, 700), width=st.integers(1, 150))
def test_never_longer_than_asked_for(table: Table, limit: int, width: int) -> None:
    """Whatever the table, and however small the limit."""
    assert len(as_text(table, limit, width)) <= limit
    assert len(as_markdown(table, limit)) <= limit


@given(table=tables())
def test_nothing_is_hidden_silently(table: Table) -> None:
    """Where rows or columns are not shown, it says how many."""
    text = as_text(table, 100_000)
    missing = table.rows - len(table.head) - len(table.tail)
    assert not missing or "left out" in text or not (table.head or table.tail)
    assert not (table.hidden or table.unnamed) or "columns" in text or "column" in text


@pytest.mark.parametrize("limit", [4000, 1000, 300, 100, 10])
def test_less_room_means_fewer_rows_then_columns_then_names(limit: int) -> None:
    """The first line goes last."""
    columns = [Column(name=f"column{i}", dtype="int64", numeric=True) for i in range(20)]
    table = frame(*columns, head=[" ".join(["1"] * 21)] * 40, tail=(" ".join(["2"] * 21),) * 10, rows=500)
    text = as_text(table, limit)
    assert len(text) <= limit
    assert text.startswith("pandas.Da")
    assert ("column0" in text) == (limit >= 100)
    assert ("rows left out" in text) == (limit >= 300)
