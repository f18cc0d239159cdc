"""Descriptions become types; what describes nothing is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.model.table import Column, Table
from ramet.wire.description import table

REFUSALS = (KeyError, TypeError, ValueError)


def data(**changes: object) -> dict[str, Any]:
    """A description of two rows and two columns, one of them hidden."""
    whole: dict[str, Any] = {
        "kind": "pandas.DataFrame",
        "shape": [2, 2],
        "axes": ["rows", "columns"],
        "dtype": "",
        "facts": ["a fact"],
        "own_text": False,
        "unit": "rows",
        "rows": 2,
        "index": [{"name": "", "dtype": "", "numeric": True}],
        "columns": [{"name": "a", "dtype": "int64", "numeric": True}],
        "gap": 1,
        "named": [["b", "str"]],
        "unnamed": 0,
        "head": [["0", "5"]],
        "tail": [["1", "6"]],
    }
    return {**whole, **changes}


def test_a_description_is_a_table() -> None:
    """Each fact has its place."""
    found = table(data())
    assert (found.kind, found.shape, found.axes, found.facts) == (
        "pandas.DataFrame",
        (2, 2),
        ("rows", "columns"),
        ("a fact",),
    )
    assert found.columns == (Column(name="a", dtype="int64", numeric=True),)
    assert found.hidden == (Column(name="b", dtype="str"),)
    assert (found.head, found.tail) == ((("0", "5"),), (("1", "6"),))


@pytest.mark.parametrize(
    "changes",
    [
        {"head": [["0"]]},
        {"head": [["0", 5]]},
        {"rows": 1},
        {"rows": True},
        {"rows": -1},
        {"gap": 2},
        {"axes": ["rows"]},
        {"named": [["b"]]},
        {"columns": ["a"]},
        {"facts": "a fact"},
        {"kind": None},
        {"unnamed": 1.5},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object]) -> None:
    """Rows that are too short, more rows than there are, numbers of things that are none."""
    with pytest.raises(REFUSALS):
        table(data(**changes))


def test_a_missing_fact_is_refused() -> None:
    """There are no silent defaults."""
    for name in data():
        with pytest.raises(KeyError):
            table({key: value for key, value in data().items() if key != name})


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


@given(changes=st.dictionaries(st.sampled_from(sorted(data())), json_values, max_size=4))
def test_anything_is_a_table_or_refused(changes: dict[str, object]) -> None:
    """No other exception leaves, whatever arrives."""
    with contextlib.suppress(*REFUSALS):
        assert isinstance(table(data(**changes)), Table)
