"""Variables and objects read well and fit."""

from __future__ import annotations

import pytest

from ramet.model.inspection import ColumnProfile, DataProfile, Inspection, NotFound, Variable, Variables
from ramet.render.inspection import inspection_text, variables_text

ROWS = (
    Variable(
        name="cars", type="DataFrame", value="DataFrame 406x9 ('Name', ... 8 more)", shape=(406, 9), size_bytes=82_000
    ),
    Variable(name="rows", type="list", value="[1, 2, ... 998 more]", length=1000),
)


def test_variables() -> None:
    """Aligned; the type where the value does not say it; the size where it is known."""
    assert variables_text(Variables(rows=ROWS, omitted=3)).splitlines() == [
        "cars        DataFrame 406x9 ('Name', ... 8 more)  (82 kB)",
        "rows  list  [1, 2, ... 998 more]  (1,000 items)",
        "... 3 more variables",
    ]
    assert variables_text(Variables(rows=())) == "no variables"


def test_many_variables() -> None:
    """Those that do not fit are counted."""
    rows = tuple(Variable(name=f"v{number:03}", type="int", value="1") for number in range(500))
    text = variables_text(Variables(rows=rows), 300)
    assert len(text) <= 300
    kept = text.count("int")
    assert text.endswith(f"... {500 - kept} more variables")


DATA = DataProfile(
    rows=10_000_000,
    sampled=500_000,
    columns=(
        ColumnProfile(name="hp", dtype="float64", missing=6, low="46", high="230"),
        ColumnProfile(name="kind", dtype="str", missing=0, distinct=3, top=(("'a'", 254), ("'b'", 79))),
    ),
    columns_omitted=2,
)


def test_a_table() -> None:
    """What it holds, from how many rows that is known, and how many columns are not told."""
    found = Inspection(
        expression="df", kind="object", type="DataFrame", module="pandas", value="DataFrame 9x4", data=DATA
    )
    assert inspection_text(found).splitlines() == [
        "df: DataFrame of pandas",
        "DataFrame 9x4",
        "",
        "of 10,000,000 values down, 500,000 were looked at:",
        "hp    float64, 46 to 230, 6 missing",
        "kind  str, 3 distinct: 'a' 254x, 'b' 79x",
        "... 2 more columns",
    ]


@pytest.mark.parametrize("limit", [80, 200, 1000])
def test_it_fits(limit: int) -> None:
    """How to call it comes first; documentation and source are cut, and say so."""
    found = Inspection(
        expression="f", kind="function", type="function", signature="f(x)", doc="d" * 2000, source="s\n" * 2000
    )
    text = inspection_text(found, limit)
    assert text.startswith("f: function\nf(x)")
    assert len(text) <= limit


def test_what_was_not_found() -> None:
    """One sentence."""
    text = inspection_text(NotFound(expression="df.hed", reason="it has no attribute 'hed'", near=("head",)))
    assert text == "df.hed: it has no attribute 'hed'; did you mean head?"
