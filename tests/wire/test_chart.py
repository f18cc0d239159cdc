"""What a worker says about a picture becomes a typed value, or an error that a reader of the wire expects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.model.chart import Axis, Chart, Plot, Series
from ramet.wire.chart import chart


def test_every_field_arrives() -> None:
    """A figure with a plot, axes and a series."""
    read = chart(
        {
            "kind": "figure",
            "width": 640,
            "height": 480,
            "plots": [
                {
                    "title": "Power",
                    "x": {"label": "year", "low": "1970-01-01", "high": "1982-01-01"},
                    "y": {"low": 46, "high": 230.5, "scale": "log"},
                    "color": {"categories": ["usa"], "categories_omitted": 2},
                    "series": [{"kind": "line", "label": "usa", "points": 3, "shape": [], "values": [1, 2.5]}],
                    "texts": ["peak"],
                }
            ],
        }
    )
    assert read == Chart(
        kind="figure",
        width=640,
        height=480,
        plots=(
            Plot(
                title="Power",
                x=Axis(label="year", low="1970-01-01", high="1982-01-01"),
                y=Axis(low=46, high=230.5, scale="log"),
                color=Axis(categories=("usa",), categories_omitted=2),
                series=(Series(kind="line", label="usa", points=3, values=(1, 2.5)),),
                texts=("peak",),
            ),
        ),
    )


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": 3},
        {"kind": "figure", "width": -1},
        {"kind": "figure", "width": True},
        {"kind": "figure", "plots": {}},
        {"kind": "figure", "plots": ["x"]},
        {"kind": "figure", "plots": [{"x": {"low": float("nan")}}]},
        {"kind": "figure", "plots": [{"x": []}]},
        {"kind": "figure", "plots": [{"series": [{}]}]},
        {"kind": "figure", "plots": [{"texts": [1]}]},
    ],
)
def test_what_is_no_chart_is_refused(data: dict[str, object]) -> None:
    """Wrong shapes raise what `wire.report` turns into a note."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        chart(data)


FIELDS = (*Chart.__slots__, *Plot.__slots__, *Axis.__slots__, *Series.__slots__)
names = st.sampled_from(FIELDS)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(names, values, max_size=6))
def test_any_object_is_a_chart_or_refused(data: dict[str, object]) -> None:
    """Nothing else is raised, and what is read has the types that it promises."""
    try:
        read = chart(data)
    except (KeyError, TypeError, ValueError):
        return
    assert isinstance(read.kind, str)
    assert all(isinstance(series.kind, str) for plot in read.plots for series in plot.series)
