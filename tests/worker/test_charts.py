"""What pictures show, read from the objects of many libraries without drawing them."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from ramet.render.chart import as_text
from ramet.wire.chart import chart
from ramet.worker.facts import charts, figures, plotly_backend, plotly_charts, renderers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from matplotlib.axes import Axes

PNG = b"\x89PNG\r\n\x1a\n"


def told(value: object) -> str:
    """What a reader learns of `value`, by way of the wire."""
    about = charts.describe(value)
    assert about is not None
    return as_text(chart(json.loads(json.dumps(about))))


def library(name: str) -> ModuleType:
    """An optional library, or the test is skipped."""
    return pytest.importorskip(name, reason=f"{name} is not installed here", exc_type=ImportError)


@pytest.fixture
def axes() -> Axes:
    """Axes of a figure that pyplot knows nothing of."""
    return Figure().subplots()


@pytest.fixture
def pyplot() -> Iterator[Any]:
    """Pyplot without a screen, with nothing left open."""
    before = mpl.get_backend()
    mpl.use("agg")
    module = importlib.import_module("matplotlib.pyplot")
    yield module
    module.close("all")
    mpl.use(before)


@pytest.fixture(autouse=True)
def _nothing_was_told_or_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "_told", set())
    monkeypatch.setattr(renderers, "_failures", {})


def test_lines_with_names_and_a_scale(axes: Axes) -> None:
    """Title, labels, ranges, series."""
    axes.plot([1970, 1982], [46, 230], label="usa")
    axes.plot([1970, 1975, 1982], [60, 70, 90], label="europe")
    axes.set(title="Horsepower\nover time", xlabel="year", ylabel="hp", yscale="log")
    axes.legend()
    assert told(axes.figure) == (
        'figure 640x480: line "Horsepower over time", x: year (1970 to 1982), y: hp (46 to 230, log); '
        "usa (2 points, 46 to 230), europe (3 points, 60 to 90)"
    )


@pytest.mark.parametrize(
    ("draw", "text"),
    [
        ("axes.bar(['a', 'b'], [3, 5])", "bar, x: (a, b), y: 0 to 5; 2 bars: 3, 5"),
        ("axes.barh(['a', 'b'], [3, 5])", "horizontal bar, x: 0 to 5, y: (a, b); 2 bars: 3, 5"),
        ("axes.hist([1, 2, 2, 3], bins=4)", "histogram, x: 1 to 3, y: 0 to 2; 4 bins"),
        ("axes.hist([1, 2, 2, 3], histtype='step')", "histogram outline, x: 1 to 3, y: 0 to 2"),
        ("axes.scatter([1, 2], [3, 4], c=[5, 6])", "scatter, x: 1 to 2, y: 3 to 4, colour: 5 to 6; 2 points"),
        ("axes.imshow([[1, 2, 3], [4, 5, 6]])", "image; 2 rows, 3 columns, 1 to 6"),
        ("axes.imshow([[[0, 0, 0]]])", "image; shape 1x1x3"),
        ("axes.pcolormesh([[1, 2, 3], [4, 5, 6]])", "heatmap, x: 0 to 3, y: 0 to 2; 2 rows, 3 columns, 1 to 6"),
        ("axes.pie([1, 3], labels=['a', 'b'])", "pie; a 25.0%, b 75.0%"),
        ("axes.boxplot([[1, 9], [2, 4]], tick_labels=['a', 'b'])", "box, x: (a, b), y: 1 to 9; 2 boxes"),
        ("axes.errorbar([1, 2], [4, 6], yerr=1)", "line with error bars, x: 1 to 2, y: 3 to 7; 2 points, 4 to 6"),
        ("axes.axhline(3, label='limit')", "horizontal line, x: 0 to 1, y: 3; limit (at 3)"),
        ("axes.plot(range(9), 'o')", "scatter, x: 0 to 8, y: 0 to 8; 9 points"),
        ("axes.plot([float('nan'), 1, float('inf'), 3])", "line, x: 1 to 3, y: 1 to 3; 4 points"),
        ("axes.text(0.5, 0.5, 'hi')", 'text: "hi"'),
        ("axes.plot([1, 2]); axes.invert_yaxis()", "line, x: 0 to 1, y: 2 to 1; 2 points, 1 to 2"),
        ("axes.set_xlim(5, 6); axes.plot(range(9))", "line, x: 5 to 6, y: 0 to 8; 9 points"),
    ],
)
def test_each_kind_has_its_words(axes: Axes, draw: str, text: str) -> None:
    """What is drawn, from where to where, how much of it."""
    exec(draw, {"axes": axes})
    assert told(axes.figure) == f"figure 640x480: {text}"


def test_dates_are_dates(axes: Axes) -> None:
    """Not the numbers that they are drawn at."""
    pandas = library("pandas")
    axes.plot(pandas.date_range("2024-01-01", periods=3), [1, 2, 3])
    assert "x: 2024-01-01 to 2024-01-03" in told(axes.figure)


def test_a_colour_bar_is_no_plot_of_its_own(axes: Axes) -> None:
    """It belongs to what it explains."""
    image = axes.imshow([[1, 2], [3, 4]])
    image.figure.colorbar(image, label="depth")
    assert told(axes.figure) == "figure 640x480: image, colour: depth (1 to 4); 2 rows, 2 columns"


def test_several_plots_are_bounded() -> None:
    """The first of them, and the number of all; empty ones are only counted."""
    figure = Figure()
    for axes in figure.subplots(4, 4).flat[:12]:
        axes.plot([1, 2])
    lines = told(figure).splitlines()
    assert lines[0] == "figure 640x480, 12 plots; 4 empty subplots:"
    assert lines[-1] == "... and 4 more plots"
    assert len(lines) == 10


def test_axes_are_told_once(pyplot: Any) -> None:
    """While pyplot holds their figure, the end of the cell will show it; afterwards they speak for themselves."""
    axes = pyplot.subplots()[1]
    axes.plot([1, 2])
    assert charts.describe(axes) is None
    pyplot.close("all")
    assert told(axes) == told(axes.figure)


def test_an_animation_says_so(pyplot: Any) -> None:
    """How many frames there are, and that the picture is the first."""
    animation = importlib.import_module("matplotlib.animation")
    figure, axes = pyplot.subplots()
    moving = animation.ArtistAnimation(figure, [axes.plot([1, 2]), axes.plot([2, 3])])
    moving._draw_was_started = True  # matplotlib warns of an animation that was never drawn
    assert told(moving).startswith("animation 640x480: line")


def test_nothing_is_changed_by_looking(axes: Axes) -> None:
    """The picture is the same before and after."""
    axes.plot([1, 5, 2], label="a")
    axes.bar([0, 1], [3, 4])
    axes.legend()
    before = figures.png(axes.figure)
    told(axes.figure)
    assert figures.png(axes.figure) == before


def test_what_is_no_picture_costs_nothing() -> None:
    """A microsecond or so, and no attribute of the value is asked for."""

    class Hostile:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

    hostile = Hostile()
    assert charts.portray(hostile) == (None, {})
    start = time.perf_counter()
    for _ in range(10_000):
        charts.portray(1)
    assert time.perf_counter() - start < 0.5


def test_a_hostile_figure_has_no_facts() -> None:
    """Whatever its parts raise."""

    class Broken(Figure):
        def get_size_inches(self) -> Any:
            raise RecursionError

    assert charts.describe(Broken()) is None


@pytest.mark.parametrize(("inches", "side"), [((300, 4), 4000), ((300, 300), 4000), ((6.4, 4.8), 700)])
def test_a_huge_figure_is_not_drawn_at_its_size(inches: tuple[float, float], side: int) -> None:
    """30,000 pixels would be gigabytes; the figure keeps its resolution."""
    figure = Figure(figsize=inches)
    figure.subplots().plot([1, 2])
    picture = figures.png(figure)
    assert max(int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")) < side
    assert figure.dpi == 100


def test_what_is_drawn_far_outside_does_not_make_it_huge(axes: Axes) -> None:
    """A tight crop would be of 25,000 pixels."""
    axes.plot([0, 1])
    axes.text(50, 50, "far")
    picture = figures.png(axes.figure)
    assert int.from_bytes(picture[16:20], "big") <= 2000


def test_a_figure_too_large_to_draw_is_an_error() -> None:
    """A clear one, before the memory is asked for."""
    with pytest.raises(ValueError, match="5000 by 5000 inches"):
        figures.png(Figure(figsize=(5000, 5000)))


def test_images() -> None:
    """Size and mode of what Pillow holds."""
    pillow = library("PIL.Image")
    assert told(pillow.new("RGB", (50, 30))) == "image 50x30; mode RGB"


def test_seaborn_names_its_colours(pyplot: Any) -> None:
    """The entries of a legend that are no series of their own."""
    seaborn = library("seaborn")
    axes = seaborn.scatterplot(x=[1, 2, 3], y=[4, 5, 6], hue=["m", "f", "m"])
    assert told(axes.figure).endswith("scatter, x: 1 to 3, y: 4 to 6; 3 points; legend: m, f")


def test_plotly() -> None:
    """Traces, axes and shares."""
    go = library("plotly.graph_objects")
    figure = go.Figure([go.Scatter(x=[1, 2], y=[3, 4], name="a"), go.Bar(x=[1, 2], y=[5, 6])])
    figure.update_layout(title="T", xaxis={"title": "t"}, yaxis={"type": "log"})
    assert told(figure) == (
        'figure "T": line and bar, x: t (1 to 2), y: (3 to 6, log); line a (2 points, 3 to 4), bar (2 bars: 5, 6)'
    )
    assert told(go.Figure(go.Pie(labels=["x", "y"], values=[1, 3]))) == "figure: pie; x 25.0%, y 75.0%"


def test_the_dict_of_a_plotly_figure_tells_the_same() -> None:
    """Though its arrays are in base 64."""
    go, numpy = library("plotly.graph_objects"), library("numpy")
    figure = go.Figure(go.Heatmap(z=numpy.arange(12.0).reshape(3, 4)))
    assert charts.portray_as("plotly", figure.to_dict()).about is not None
    assert plotly_charts.describe(figure.to_dict()) == plotly_charts.describe(figure)
    assert told(figure) == "figure: heatmap; 3 rows, 4 columns, 0 to 11"


def test_a_million_points_are_told_quickly() -> None:
    """Arrays are looked at as arrays; no form is made of them."""
    go, numpy = library("plotly.graph_objects"), library("numpy")
    figure = go.Figure(go.Scattergl(x=numpy.arange(1e6), y=numpy.random.default_rng(0).normal(size=1_000_000)))
    start = time.perf_counter()
    assert "1000000 points" in told(figure)
    assert time.perf_counter() - start < 0.5
    assert charts.forms(figure) == {}


def test_plotly_shows_in_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """`fig.show()` and a figure as result arrive as one portrait each, with a page for people."""
    go = library("plotly.graph_objects")
    monkeypatch.delenv("PLOTLY_RENDERER", raising=False)
    shown: list[charts.Portrait] = []
    plotly_backend.choose_renderer(importlib.import_module(plotly_backend.MODULE), shown.append)
    go.Figure(go.Scatter(y=[1, 2])).show()
    assert [as_text(chart(one.about)).partition(";")[0] for one in shown if one.about] == ["figure: line, y: 1 to 2"]
    assert len(str(shown[0].forms["text/html"])) < 20_000


def test_altair() -> None:
    """Marks and channels, from the data of the chart."""
    altair, pandas = library("altair"), library("pandas")
    data = pandas.DataFrame({"a": [1, 2, 3], "b": [4.0, 5.0, 6.0], "c": ["u", "v", "u"]})
    picture = altair.Chart(data, title="T").mark_point().encode(x="a:Q", y="mean(b)", color="c")
    assert told(picture) == 'figure: scatter "T", x: a (1 to 3), y: mean(b), colour: c (u, v); 3 rows'


def test_altair_is_drawn_in_a_process_of_its_own() -> None:
    """A picture, and no thread is left behind that would stand in the way of checkpoints."""
    threads = len(os.listdir("/proc/self/task"))
    altair, pandas = library("altair"), library("pandas")
    library("vl_convert")
    picture = altair.Chart(pandas.DataFrame({"a": [1, 2]})).mark_point().encode(x="a")
    png = charts.forms(picture)["image/png"]
    assert isinstance(png, bytes)
    assert png.startswith(PNG)
    assert len(os.listdir("/proc/self/task")) <= threads


def test_bokeh() -> None:
    """Glyphs, axes and legend; its page is made, and no scripts are in it."""
    plotting = library("bokeh.plotting")
    plot = plotting.figure(title="T", x_axis_label="t")
    plot.line([1, 2, 3], [4, 5, 60], legend_label="u")
    assert told(plot) == 'figure 600x600: line "T", x: t (1 to 3), y: 4 to 60; u (3 points)'
    assert len(str(charts.forms(plot)["text/html"])) < 50_000


def test_a_graph_is_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """The language of Graphviz is text that a reader understands; why there is no picture is told once."""
    graph = library("graphviz").Digraph("g")
    graph.edge("a", "b")
    monkeypatch.setenv("PATH", "")
    first, second = charts.portray(graph), charts.portray(graph)
    assert first.forms == second.forms == {"text/vnd.graphviz": graph.source}
    assert first.about == {
        "kind": "graph", "title": "g", "note": "1 edge; no picture: Graphviz's program dot is not installed",
    }  # fmt: skip
    assert second.about == {"kind": "graph", "title": "g", "note": "1 edge"}


def test_a_map() -> None:
    """Where it is and what is on it."""
    folium = library("folium")
    place = folium.Map(location=[45, 3])
    folium.Marker([45, 3]).add_to(place)
    assert told(place) == "map; centre 45.0, 3.0; 1 Marker"


def test_a_renderer_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time, with all that it started; and after two failures it is not tried again."""
    monkeypatch.setattr(renderers, "_TIMEOUT_S", 0.2)
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    for _ in range(2):
        with pytest.raises(renderers.NoPictureError, match="slow took longer"):
            renderers._png("slow", command, "")
    with pytest.raises(renderers.NoPictureError, match="not tried again"):
        renderers._png("slow", command, "")


def test_a_renderer_that_fails_says_why() -> None:
    """With the last line of its complaint."""
    with pytest.raises(renderers.NoPictureError, match="it failed: no font"):
        renderers._png("it", [sys.executable, "-c", "import sys; sys.exit('no font')"], "")
