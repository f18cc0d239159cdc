"""Figures, images, graphs and maps of any library: what they show, as facts, and the forms that they do not offer.

Libraries are known by the names of their modules; nothing is imported that user code has not imported already.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, NamedTuple

from . import altair_charts, bokeh_charts, figures, matplotlib_charts, plotly_charts, renderers
from .extents import number, text

_HTML_MAX_CHARACTERS = 20_000_000
_GRAPH_MAX_CHARACTERS = 1_000_000
_ROWS_MAX = 50_000


class Portrait(NamedTuple):
    """A value as a picture: the facts of it, None if it is none, and forms to add to its own."""

    about: dict[str, Any] | None
    forms: dict[str, bytes | str]


_NONE = Portrait(None, {})

#: What has been told is not told again: that a renderer is missing is true of every chart.
_told: set[str] = set()


def portray(value: object) -> Portrait:
    """The facts and further forms of `value`. Costs nearly nothing for what is no picture, and never raises."""
    library = _library(value)
    return _NONE if library is None else portray_as(library, value)


def portray_as(library: str, value: object) -> Portrait:
    """As `portray`, for what is known to be of `library`: the dict of a Plotly figure too."""
    forms, problem = _forms(library, value)
    about = _facts(library, value)
    if about is not None and problem and problem not in _told:
        _told.add(problem)
        about["note"] = "; ".join(filter(None, (about.get("note"), f"no picture: {problem}")))
    return Portrait(about, forms)


def describe(value: object) -> dict[str, Any] | None:
    """What `value` shows if it is a picture, in the words of `model.chart.Chart`; None if it is none. Never raises."""
    library = _library(value)
    return None if library is None else _facts(library, value)


def forms(value: object) -> dict[str, bytes | str]:
    """Forms that `value` does not offer itself: a PNG where a renderer is there, the interactive page. Never raises."""
    library = _library(value)
    return _forms(library, value)[0] if library is not None else {}


def _library(value: object) -> str | None:
    """The library whose object `value` is, subclasses of the user's own included."""
    try:
        for cls in type(value).__mro__:
            module = cls.__module__
            if type(module) is str:
                root = module.partition(".")[0]
                if root in _DESCRIBED:
                    return root
    except Exception:  # noqa: BLE001 - a metaclass of the user's own
        return None
    return None


def _facts(library: str, value: Any) -> dict[str, Any] | None:
    try:
        return _DESCRIBED[library](value)
    except Exception:  # noqa: BLE001 - other libraries' objects, in any version and any state: then it has no facts
        return None


def _forms(library: str, value: Any) -> tuple[dict[str, bytes | str], str]:
    """The further forms, and why there is no picture among them if there should be one."""
    made: dict[str, bytes | str] = {}
    try:
        making = _MADE.get(library)
        if making is not None:
            making(value, made)
    except renderers.NoPictureError as problem:
        return made, str(problem)
    except Exception as error:  # noqa: BLE001 - as in `describe`, but the reader learns why there is no picture
        return made, f"{type(error).__name__}: {text(str(error))}"
    return made, ""


def _add_animation(value: Any, made: dict[str, bytes | str]) -> None:
    module = sys.modules.get("matplotlib.animation")
    if module is not None and isinstance(value, module.Animation):
        value._init_draw()  # noqa: SLF001 - what the animation itself does when it is first shown
        picture = figures.form(matplotlib_charts.figure_of(value))
        if picture is not None:
            made["image/png"] = picture


def _add_plotly(value: Any, made: dict[str, bytes | str]) -> None:
    if not _is_plotly_figure(value):
        return
    plotly_io = sys.modules["plotly.io"]
    figure = plotly_io.to_json(value, validate=False)
    if len(figure) > _HTML_MAX_CHARACTERS:
        raise renderers.NoPictureError(f"its data are too large for one, and for a page ({len(figure) / 1e6:.0f} MB)")
    made["text/html"] = plotly_io.to_html(value, include_plotlyjs="cdn", full_html=False, validate=False)
    made["image/png"] = renderers.plotly(figure)


def _is_plotly_figure(value: Any) -> bool:
    module = sys.modules.get("plotly.basedatatypes")
    return module is not None and isinstance(value, (module.BaseFigure, dict))


def _add_altair(value: Any, made: dict[str, bytes | str]) -> None:
    if not hasattr(type(value), "_repr_mimebundle_"):
        return
    altair = sys.modules["altair"]
    # Its own limit of 5,000 rows is for what is kept in notebooks; the user's choice is back when the block ends.
    try:
        with altair.data_transformers.enable("default", max_rows=_ROWS_MAX):
            specification = value.to_json()
    except altair.MaxRowsError:
        raise renderers.NoPictureError(f"it has more than {_ROWS_MAX:,} rows") from None
    made["image/png"] = renderers.vega_lite(specification)


def _add_bokeh(value: Any, made: dict[str, bytes | str]) -> None:
    if bokeh_charts.describe(value) is not None:
        page = bokeh_charts.html(value)
        if len(page) <= _HTML_MAX_CHARACTERS:
            made["text/html"] = page


def _add_graph(value: Any, made: dict[str, bytes | str]) -> None:
    source, engine = getattr(value, "source", None), getattr(value, "engine", None) or "dot"
    if isinstance(source, str):
        made["text/vnd.graphviz"] = source[:_GRAPH_MAX_CHARACTERS]
        made["image/png"] = renderers.graphviz(source, str(engine))


def _describe_plotly(value: Any) -> dict[str, Any] | None:
    return plotly_charts.describe(value) if _is_plotly_figure(value) else None


def _describe_altair(value: Any) -> dict[str, Any] | None:
    return altair_charts.describe(value) if hasattr(type(value), "_repr_mimebundle_") else None


def _describe_image(value: Any) -> dict[str, Any] | None:
    """The facts of a PIL image. Whether it has more frames is not asked: that would read the file."""
    if not isinstance(value, sys.modules["PIL.Image"].Image):
        return None
    width, height = value.size
    file = f", {value.format} file" if value.format else ""
    return {"kind": "image", "width": width, "height": height, "note": f"mode {value.mode}{file}"}


def _describe_graph(value: Any) -> dict[str, Any] | None:
    source = getattr(value, "source", None)
    if not isinstance(source, str):
        return None
    lines = [line for line in source[:_GRAPH_MAX_CHARACTERS].splitlines() if line.startswith("\t")]
    edges = sum(1 for line in lines if "->" in line or " -- " in line)
    facts = f"{edges} edge{'' if edges == 1 else 's'}"
    return {"kind": "graph", "title": text(getattr(value, "name", None) or ""), "note": facts if lines else ""}


def _describe_map(value: Any) -> dict[str, Any] | None:
    """The facts of a folium map: where it is, and how many of which layers it has."""
    place = getattr(value, "location", None)
    if not hasattr(value, "get_root") or not place:
        return None
    latitude, longitude = (number(part) for part in place)
    layers: dict[str, int] = {}
    for child in list(value._children.values()):  # noqa: SLF001 - it has no other name
        layers[type(child).__name__] = layers.get(type(child).__name__, 0) + 1
    layers.pop("TileLayer", None)
    told = ", ".join(f"{amount} {name}" for name, amount in layers.items())
    return {"kind": "map", "note": "; ".join(filter(None, (f"centre {latitude}, {longitude}", told)))}


_DESCRIBED: dict[str, Callable[[Any], dict[str, Any] | None]] = {
    "matplotlib": matplotlib_charts.describe,
    "seaborn": matplotlib_charts.describe,
    "plotly": _describe_plotly,
    "altair": _describe_altair,
    "bokeh": bokeh_charts.describe,
    "PIL": _describe_image,
    "graphviz": _describe_graph,
    "folium": _describe_map,
}
_MADE: dict[str, Callable[[Any, dict[str, bytes | str]], None]] = {
    "matplotlib": _add_animation,
    "plotly": _add_plotly,
    "altair": _add_altair,
    "bokeh": _add_bokeh,
    "graphviz": _add_graph,
}
