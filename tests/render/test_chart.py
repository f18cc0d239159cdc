"""Charts in a line or a few, from which a reader who cannot see them knows what is drawn."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.model.chart import Axis, Chart, Plot, Series
from ramet.render import chart as module
from ramet.render.chart import as_text

LINE = Series(kind="line", points=3, low=1, high=5)


def told(*series: Series, **fields: object) -> str:
    """The line for a plot of `series`, without its beginning."""
    plot = Plot(series=series, **fields)  # type: ignore[arg-type]
    return as_text(Chart(kind="figure", plots=(plot,))).removeprefix("figure: ")


def test_the_example_is_true() -> None:
    """What the docstring shows is what it gives."""
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("series", "fields", "text"),
    [
        ([LINE], {"y": Axis(label="hp", low=1, high=5, scale="log")}, "line, y: hp (1 to 5, log); 3 points"),
        ([LINE], {"y": Axis(low=0, high=9)}, "line, y: 0 to 9; 3 points, 1 to 5"),
        ([LINE] * 2, {}, "line; line (3 points, 1 to 5), line (3 points, 1 to 5)"),
        ([LINE] * 20, {}, "line; 20 series of 3 points"),
        ([Series(kind="bar", points=2, unit="bar", values=(3, 0.25))], {}, "bar; 2 bars: 3, 0.25"),
        ([Series(kind="box", points=2, unit="box")], {"x": Axis(categories=("a", "b"))}, "box, x: (a, b); 2 boxes"),
        ([Series(kind="horizontal line", label="limit", low=2, high=2)], {}, "horizontal line; limit (at 2)"),
        ([Series(kind="heatmap", shape=(2, 3), low=0, high=1)], {}, "heatmap; 2 rows, 3 columns, 0 to 1"),
        ([Series(kind="image", shape=(20, 30, 3))], {}, "image; shape 20x30x3"),
        (
            [Series(kind="pie", label="x", values=(0.25,)), Series(kind="pie", label="y", values=(0.75,))],
            {},
            "pie; x 25.0%, y 75.0%",
        ),
        ([], {"texts": ("hi",)}, 'text: "hi"'),
        ([], {}, "nothing drawn"),
    ],
)
def test_a_plot_is_told_without_repetition(series: list[Series], fields: dict[str, object], text: str) -> None:
    """Each fact once: the span of the only series is left out where an axis says the same."""
    assert told(*series, **fields) == text


def test_several_plots_have_a_line_each() -> None:
    """The figure's line says how many there are; those that are left out are counted."""
    chart = Chart(
        kind="figure", title="Both", plots=(Plot(series=(LINE,)),) * 2, plots_omitted=7, note="1 empty subplot"
    )
    assert as_text(chart) == (
        'figure "Both", 9 plots; 1 empty subplot:\n'
        "1. line; 3 points, 1 to 5\n"
        "2. line; 3 points, 1 to 5\n"
        "... and 7 more plots"
    )


def test_a_chart_without_plots_has_its_note() -> None:
    """An image, a graph, an empty figure."""
    assert as_text(Chart(kind="image", width=50, height=30, note="mode RGB")) == "image 50x30; mode RGB"
    assert as_text(Chart(kind="figure")) == "figure, nothing drawn"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(1970.0, 1982.5, "1970 to 1982"), (-9.9e-08, 99.0, "0 to 99"), (1e20, 3e20, "1e+20 to 3e+20"), (0.1, 0.1, "0.1")],
)
def test_numbers_are_short(low: float, high: float, text: str) -> None:
    """Four digits are enough, and what is as good as nothing is nothing."""
    assert told(LINE, x=Axis(label="t", low=low, high=high)).startswith(f"line, x: t ({text})")


texts = st.text(max_size=30)
numbers = st.one_of(st.none(), texts, st.floats(allow_nan=False, allow_infinity=False), st.integers())
axes = st.builds(Axis, label=texts, low=numbers, high=numbers, categories=st.lists(texts, max_size=3).map(tuple))
many = st.builds(Series, kind=texts, label=texts, points=st.none() | st.integers(0), low=numbers, high=numbers)
plots = st.builds(Plot, title=texts, x=axes, color=axes, series=st.lists(many, max_size=10).map(tuple))


@given(plots=st.lists(plots, max_size=10).map(tuple), limit=st.integers(0, 400), omitted=st.integers(0, 3))
def test_the_limit_holds(plots: tuple[Plot, ...], limit: int, omitted: int) -> None:
    """Whatever is drawn."""
    assert len(as_text(Chart(kind="figure", plots=plots, plots_omitted=omitted), limit)) <= limit
