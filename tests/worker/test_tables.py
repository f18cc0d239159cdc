"""Tables of many libraries become descriptions: true, bounded, quick, whatever the objects do."""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.wire import description
from ramet.worker.facts import table_values, tables

if TYPE_CHECKING:
    from ramet.model.table import Table


def described(value: object) -> Table:
    """The description of `value` after its way over the wire."""
    data = tables.describe(value)
    assert data is not None
    sent = json.dumps(data)
    assert len(sent) < 80_000
    return description.table(json.loads(sent))


def installed(name: str) -> Any:
    """A library that need not be there for development."""
    return pytest.importorskip(name, reason=f"{name} is not installed here")


@pytest.mark.parametrize("value", [2, "text", None, [1, 2], {"a": 1}, object(), int, sys, np.float64(2), [{}] * 20])
def test_what_is_no_table_has_no_description(value: object) -> None:
    """Scalars, small containers and objects of unknown classes are clear by their own text."""
    assert tables.describe(value) is None


@pytest.mark.parametrize("value", [np.arange(5), pd.Index([1, 2]), pd.RangeIndex(10**6), np.zeros((0, 3))])
def test_what_is_small_speaks_for_itself(value: object) -> None:
    """A few values in a row are clearest as the library writes them."""
    assert tables.describe(value) is None


def test_a_frame() -> None:
    """Names, data types, index and values as pandas shows them, without what says nothing."""
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "x": [1.5, None],
            "day": pd.to_datetime(["2020-01-01", None]),
            "kind": pd.Categorical(["u", None]),
            "maybe": pd.array([True, None], dtype="boolean"),
        },
        index=["a", "b"],
    )
    table = described(frame)
    assert (table.kind, table.shape, table.axes) == ("pandas.DataFrame", (2, 5), ("rows", "columns"))
    assert [column.name for column in table.columns] == ["n", "x", "day", "kind", "maybe"]
    assert [column.numeric for column in table.columns] == [True, True, False, False, False]
    assert table.columns[1].dtype == "float64"
    assert table.head == (("a", "1", "1.5", "2020-01-01", "u", "True"), ("b", "2", "NaN", "NaT", "NaN", "<NA>"))


def test_describing_changes_nothing() -> None:
    """The frame is what it was, down to its flags."""
    frame = pd.DataFrame({"a": [3, 1, 2], "b": [[1], [2], [3]]})
    before = frame.copy(deep=True)
    described(frame)
    pd.testing.assert_frame_equal(frame, before)
    frame["c"] = 1  # a frame that had become a copy of a slice would warn


def test_first_and_last_rows_of_many() -> None:
    """Ten million rows: the ends are shown, and the rest is not looked at."""
    frame = pd.DataFrame({"a": np.arange(10_000_000), "b": 0.5})
    began = time.perf_counter()
    table = described(frame)
    assert time.perf_counter() - began < 0.5
    assert (table.rows, len(table.head), len(table.tail)) == (10_000_000, 40, 10)
    assert table.head[0] == ("0", "0", "0.5")
    assert table.tail[-1] == ("9999999", "9999999", "0.5")


def test_first_and_last_columns_of_many() -> None:
    """Five thousand columns: some in full, more by name, the others counted."""
    table = described(pd.DataFrame(np.zeros((100, 5000))).add_prefix("c"))
    assert len(table.columns) == 60
    assert [table.columns[0].name, table.columns[-1].name] == ["c0", "c4999"]
    assert [table.hidden[0].name, len(table.hidden)] == ["c40", 240]
    assert len(table.columns) + len(table.hidden) + table.unnamed == 5000
    assert table.dtype == "float64"


def test_strange_column_names_cannot_be_confused() -> None:
    """A number, its digits, a tuple, a line break, the same name twice: each as code would write it."""
    frame = pd.DataFrame([range(7)], columns=pd.Index([0, "0", ("a", 1), "b\nc", "d", "d", None], dtype=object))
    table = described(frame)
    assert [column.name for column in table.columns] == ["0", "'0'", "('a', 1)", "'b\\nc'", "d", "d", "None"]
    assert "some columns have the same name" in table.facts


def test_levels_of_indexes_and_columns() -> None:
    """Each level of an index is a column in front; names of several levels are tuples."""
    cells = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["letter", None])
    columns = pd.MultiIndex.from_tuples([("x", "min"), ("x", "max")])
    table = described(pd.DataFrame(np.zeros((4, 2)), index=cells, columns=columns))
    assert [(level.name, level.dtype != "") for level in table.index] == [("letter", True), ("", True)]
    assert table.head[3][:2] == ("b", "2")
    assert table.columns[1].name == "('x', 'max')"


def test_what_text_columns_hold_is_told_apart() -> None:
    """Quotes stand where a reader could see something else: nothing, a blank, a line, a missing value, a number."""
    plain, _ = table_values.column(["a b", "", " x", "a\nb", "NaN", None, "5", "\x1b[31m"])
    assert plain == ["a b", "''", "' x'", "'a\\nb'", "'NaN'", "None", "5", "'\\x1b[31m'"]
    mixed, _ = table_values.column(["5", 5, 5.0])
    assert mixed == ["'5'", "5", "5.0"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (18.0, "18.0"),
        (1 / 3, "0.333333"),
        (1234567.891, "1234567.9"),
        (999999.96, "1000000.0"),
        (0.00001234, "1.234e-05"),
        (1e300, "1e+300"),
        (-0.1, "-0.1"),
        (float("nan"), "NaN"),
        (float("-inf"), "-inf"),
    ],
)
def test_floats(value: float, text: str) -> None:
    """Six significant digits, or all integer ones; a float never looks like an integer."""
    assert table_values.text(value) == text


def test_long_and_nested_values_say_what_is_cut() -> None:
    """Sizes stand where the rest is missing, and no value is longer than a hundred characters."""
    nested = [list(range(1000)), {"a": {"b": [1]}}, np.zeros((2, 3))]
    values = ["x" * 10_000_000, *nested, b"y" * 1000, 10**9999]
    texts = [table_values.text(value) for value in values]
    assert all(len(text) <= 100 for text in texts)
    assert texts[0].endswith("… (10,000,000 characters)")
    assert texts[1:4] == ["[0, 1, 2, 3, … 996 more]", "{'a': {'b': list of 1}}", "ndarray 2 x 3"]


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.datetimes(), st.decimals()
    ),
    lambda inner: st.one_of(
        st.lists(inner), st.dictionaries(st.text(), inner), st.tuples(inner, inner), st.frozensets(st.integers())
    ),
    max_leaves=20,
)


@given(column=st.lists(values, max_size=8))
def test_any_values_are_short_printable_texts(column: list[object]) -> None:
    """One line each, within the bound, safe for any terminal and codec."""
    texts, _ = table_values.column(column)
    assert len(texts) == len(column)
    assert all(text and len(text) <= 100 and text.isprintable() for text in texts)


@given(
    columns=st.lists(st.one_of(st.text(max_size=80), st.integers(), st.tuples(st.text(), st.integers())), max_size=9)
)
def test_names_of_any_kind_tell_columns_apart(columns: list[object]) -> None:
    """Different names that are not too long are written differently."""
    short = {column for column in columns if len(repr(column)) <= 60}
    assert len({table_values.name(column) for column in short}) == len(short)


class Hostile:
    """Nothing of it works."""

    def __repr__(self) -> str:
        raise RuntimeError("no text")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no equal")

    __hash__ = None  # type: ignore[assignment]


class Recursive:
    """Its text is its text."""

    def __str__(self) -> str:
        return str(self)


def test_values_whose_own_code_fails() -> None:
    """The others are described; pandas itself fails at such a frame."""
    table = described(pd.DataFrame({"a": [Hostile(), Recursive(), 1]}))
    assert [row[1] for row in table.head] == [
        "<Hostile: its text raises RuntimeError>",
        "<Recursive: its text raises RecursionError>",
        "1",
    ]


def test_values_whose_text_is_slow() -> None:
    """Patience ends after a second for the whole table, and the rest is known to be left out."""

    class Slow:
        def __str__(self) -> str:
            time.sleep(0.6)
            return "slow"

    table = described(pd.DataFrame({"a": [Slow() for _ in range(50)], "b": range(50)}))
    assert [row[1] for row in table.head[:3]] == ["slow", "slow", "…"]
    assert "took too long" in table.facts[-1]


def test_a_list_in_itself() -> None:
    """Depth is bounded."""
    endless: list[object] = []
    endless.append(endless)
    assert table_values.text(endless) == "[[list of 1]]"


def test_a_derived_class_that_fails_has_no_description() -> None:
    """Its own text, if it has any, must do."""

    class Frame(pd.DataFrame):
        @property
        def columns(self) -> Any:
            raise RuntimeError("no columns")

    class Whole(pd.DataFrame):
        pass

    assert tables.describe(Frame({"a": [1]})) is None
    assert described(Whole({"a": [1]})).kind.endswith(".Whole")


def test_series_and_indexes() -> None:
    """A series is a column with an index; a long index is a column without."""
    series = described(pd.Series([1, 2], name="n", index=pd.Index(["a", "b"], name="key")))
    assert (series.dtype, series.index[0].name, series.head) == ("int64", "key", (("a", "1"), ("b", "2")))
    assert described(pd.Series([1])).columns[0].name == ""
    days = described(pd.date_range("2020", periods=30, tz="Europe/Berlin"))
    assert (days.kind, days.head[0]) == ("pandas.DatetimeIndex", ("2020-01-01",))
    assert described(pd.MultiIndex.from_product([range(1000), range(1000)])).shape == (1_000_000, 2)


def test_empty_tables() -> None:
    """No rows, no columns, or neither."""
    assert described(pd.DataFrame()).shape == (0, 0)
    assert described(pd.DataFrame({"a": []})).columns[0].dtype == "float64"
    assert len(described(pd.DataFrame(index=range(3))).head) == 3


def test_groups() -> None:
    """The number of rows in each group, unless there could be one for each combination of categories."""
    frame = pd.DataFrame({"k": pd.Categorical(["a", "b", "a"]), "j": pd.Categorical(["x", "y", "x"]), "v": 1})
    table = described(frame.groupby("k", observed=True))
    assert (table.shape, table.head) == ((2,), (("a", "2"), ("b", "1")))
    assert described(frame.groupby(["k", "j"], observed=False)).head == ()
    assert described(frame.groupby(["k", "v"], observed=True, as_index=False)["j"]).rows == 2


def test_arrays() -> None:
    """Type, sizes and range; one dimension in one column, more as vectors with their places."""
    line = described(np.arange(100.0))
    assert (line.dtype, line.axes, line.facts) == ("float64", ("values",), ("values 0.0 to 99.0, mean 49.5",))
    image = described(np.zeros((480, 640, 3), dtype=np.uint8))
    assert (image.shape, image.rows, image.unit) == ((480, 640, 3), 480 * 640, "vectors")
    assert image.tail[-1] == ("[479, 639]", "0", "0", "0")
    matrix = described(np.arange(10_000).reshape(100, 100))
    assert (matrix.head[1][:2], matrix.head[1][-1], matrix.unnamed) == (("100", "101"), "199", 40)


def test_unusual_arrays() -> None:
    """What is masked, missing or of a compound type is shown as such."""
    masked = described(np.ma.masked_less(np.arange(30), 2))
    assert (masked.head[1], masked.facts[-1]) == (("--",), "2 masked (--)")
    assert described(np.array([np.nan, 1.0] * 20)).facts == ("values all 1.0", "20 NaN")
    records = described(np.zeros(30, dtype=[("x", "f4"), ("y", "i8")]))
    assert [column.dtype for column in records.columns] == ["float32", "int64"]
    days = described(np.arange("2020-01-01", "2020-03-01", dtype="datetime64[D]").astype("datetime64[ns]"))
    assert days.head[0] == ("2020-01-01",)


def test_lists_and_dicts_that_are_tables() -> None:
    """Many flat dicts with the same keys, or lists of the same length; nothing less regular."""
    records = described([{"id": i, "name": f"n{i}"} for i in range(100)])
    assert (records.kind, records.shape, records.head[1]) == ("list of dicts", (100, 2), ("1", "n1"))
    assert described({"a": list(range(50)), "b": [0.5] * 50}).shape == (50, 2)
    assert tables.describe([{"a": 1}] * 20 + [{"b": 1}]) is None
    assert tables.describe([{"a": [1]}] * 20) is None
    assert tables.describe({"a": [1] * 20, "b": [1] * 21}) is None


def test_polars() -> None:
    """Frames and series with polars' words; a query by its columns."""
    polars = installed("polars")
    frame = polars.DataFrame({"n": [1, None], "l": [[1] * 1_000_000, [2]], "s": [{"p": 1}, None]})
    table = described(frame)
    assert [column.dtype for column in table.columns] == ["Int64", "List(Int64)", "Struct({p: Int64})"]
    assert table.head[0] == ("1", "[1, 1, 1, 1, … 999,996 more]", "{'p': 1}")
    assert table.head[1] == ("null", "[2]", "null")
    plan = described(frame.lazy().filter(polars.col("n") > 0))
    assert ([column.name for column in plan.hidden], plan.rows) == (["n", "l", "s"], 0)


def test_arrow() -> None:
    """Tables, batches and arrays; nested values are not read as a whole."""
    arrow = installed("pyarrow")
    whole = arrow.table({"n": [1, None] * 10, "l": [list(range(1000)), [3]] * 10})
    for value in (whole, whole.to_batches()[0]):
        assert described(value).head[0] == ("1", "[0, 1, 2, 3, … 996 more]")
    assert described(whole["n"]).facts == ("10 null",)


def test_a_query_of_duckdb_is_not_run() -> None:
    """Its columns are known without; its own text shows rows already."""
    duckdb = installed("duckdb")
    calls = []
    connection = duckdb.connect()
    connection.create_function("seen", lambda n: calls.append(n) or n, ["BIGINT"], "BIGINT", side_effects=True)
    table = described(connection.sql("select seen(i) as n, 'x' as t from range(10) r(i)"))
    assert [(column.name, column.dtype) for column in table.hidden] == [("n", "BIGINT"), ("t", "VARCHAR")]
    assert table.own_text
    assert not calls


def test_xarray() -> None:
    """A row for each variable and coordinate."""
    xarray = installed("xarray")
    array = xarray.DataArray(np.zeros((3, 4)), dims=("x", "y"), coords={"x": [1, 2, 3]}, name="t", attrs={"unit": "K"})
    table = described(array)
    assert (table.shape, table.facts) == ((3, 4), ("dims x, y", "unit: K"))
    assert table.head[1] == ("x (coordinate)", "x", "int64", "1 2 3")
    assert described(array.to_dataset()).facts == ("dims x 3, y 4",)


def test_sparse_matrices() -> None:
    """The stored values with their places, the same for each format."""
    sparse = installed("scipy.sparse")
    matrix = sparse.coo_matrix(([1.0, 2.0, 3.0], ([0, 0, 5], [1, 9, 2])), shape=(6, 10))
    for form in ("coo", "csr"):
        table = described(matrix.asformat(form))
        assert table.head == (("0", "1", "1.0"), ("0", "9", "2.0"), ("5", "2", "3.0"))
    assert described(matrix.tocsc()).head[2] == ("0", "9", "2.0")
    assert "5% " not in described(matrix.tolil()).facts[1]


def test_tensors() -> None:
    """As arrays, with what matters of gradients."""
    torch = installed("torch")
    table = described(torch.ones((10, 3), requires_grad=True))
    assert (table.kind, table.shape, table.dtype) == ("torch.Tensor", (10, 3), "float32")
    assert table.facts == ("requires grad", "values 1.0 to 1.0, mean 1.0")
    assert table.head[0] == ("1.0", "1.0", "1.0")
    assert tables.describe(torch.empty((100, 100), device="meta")) is None


def test_jax() -> None:
    """Without compiling anything."""
    installed("jax")
    numpy = importlib.import_module("jax.numpy")
    table = described(numpy.ones((10, 3)))
    assert (table.kind, table.shape, table.head[0]) == ("jax.Array", (10, 3), ("1.0", "1.0", "1.0"))


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_long_containers_tell_how_much_they_hold(kind: type) -> None:
    """IPython's own text of them stops after 1,000 items and does not say of how many."""
    table = described(kind(range(5000)))
    assert (table.kind, table.shape, table.dtype) == (kind.__name__, (5000,), "int")
    assert (table.head[0], table.tail[-1]) == (("0",), ("4999",))
    assert tables.describe(kind(range(1000))) is None


def test_a_long_dict() -> None:
    """Its first and last keys with their values."""
    table = described({f"key {n}": [n] for n in range(2000)})
    assert (table.kind, table.rows, [column.dtype for column in table.columns]) == ("dict", 2000, ["str", "list"])
    assert (table.head[0], table.tail[-1]) == (("key 0", "[0]"), ("key 1999", "[1999]"))


def test_data_types_are_called_by_their_name() -> None:
    """As pandas writes `frame.dtypes`: int64, which is not Int64."""
    table = described(pd.DataFrame({"n": [1], "x": [0.5]}).dtypes)
    assert table.head == (("n", "int64"), ("x", "float64"))
