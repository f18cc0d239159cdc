"""What a Bokeh plot shows, read from its models; and its page of HTML."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .extents import count, few, named, number, span, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLOTS_MAX = 8
_SERIES_MAX = 8

#: The properties that hold what is measured, by glyph.
_LENGTHS = ("y", "top", "right")
_KINDS = {
    "vbar": "bar", "hbar": "horizontal bar", "quad": "histogram", "circle": "scatter", "multiline": "line",
    "varea": "area", "harea": "area", "wedge": "pie", "annularwedge": "pie", "rect": "heatmap", "imagergba": "image",
}  # fmt: skip


def describe(model: Any) -> dict[str, Any] | None:
    """The facts of a plot or of a layout of plots; None for other models, such as widgets."""
    plots = list(_plots(model))
    if not plots:
        return None
    alone = plots[0] if len(plots) == 1 else None
    return {
        "kind": "figure",
        "width": _pixels(alone, "width"),
        "height": _pixels(alone, "height"),
        "plots": [_plot(plot) for plot in plots[:_PLOTS_MAX]],
        "plots_omitted": max(0, len(plots) - _PLOTS_MAX),
    }


def html(model: Any) -> str:
    """`model` as a page; Bokeh's own scripts are linked, not contained."""
    page: str = importlib.import_module("bokeh.embed").file_html(
        model, importlib.import_module("bokeh.resources").CDN, title="Bokeh"
    )
    return page


def _plots(model: Any) -> Iterator[Any]:
    if hasattr(model, "renderers") and hasattr(model, "x_range"):
        yield model
    for child in getattr(model, "children", None) or ():
        yield from _plots(child[0] if isinstance(child, tuple) else child)
    for tab in getattr(model, "tabs", None) or ():
        yield from _plots(tab.child)


def _pixels(plot: Any, side: str) -> int | None:
    value = number(getattr(plot, side, None))
    return None if value is None else round(value)


def _plot(plot: Any) -> dict[str, Any]:
    glyphs = [renderer for renderer in plot.renderers if hasattr(renderer, "glyph")]
    labels = _labels(plot)
    return {
        "title": text(getattr(plot.title, "text", "")),
        "series": [_series(renderer, labels.get(id(renderer), "")) for renderer in glyphs[:_SERIES_MAX]],
        "series_omitted": max(0, len(glyphs) - _SERIES_MAX),
        "x": _axis(plot, "x", glyphs),
        "y": _axis(plot, "y", glyphs),
    }


def _labels(plot: Any) -> dict[int, str]:
    """What the legend calls each renderer; a label is a value or the name of a column."""
    found = {}
    for legend in plot.legend:
        for item in legend.items:
            label = getattr(item.label, "value", None) or getattr(item.label, "field", None) or item.label
            for renderer in item.renderers:
                found[id(renderer)] = text(label)
    return found


def _series(renderer: Any, label: str) -> dict[str, Any]:
    word = type(renderer.glyph).__name__.lower()
    kind = _KINDS.get(word, word)
    columns = [column for key in _LENGTHS if (column := _column(renderer, key)) is not None]
    if kind == "image":
        return {"kind": kind, "label": label}
    rows = max((count(column) or 0 for column in getattr(renderer.data_source, "data", {}).values()), default=0)
    unit = "bar" if kind in ("bar", "horizontal bar", "histogram") else "point"
    shown = few(columns[0]) if unit == "bar" and columns else []
    return {"kind": kind, "label": label, "points": rows, "unit": unit, "values": shown, **span(*columns[:1] or [None])}


def _column(renderer: Any, key: str) -> Any:
    """The values of one of the glyph's properties, None if it has none or one for all."""
    name = getattr(renderer.glyph, key, None)
    name = getattr(name, "field", name)
    return getattr(renderer.data_source, "data", {}).get(name) if isinstance(name, str) else None


def _axis(plot: Any, letter: str, glyphs: list[Any]) -> dict[str, Any]:
    axes, limits = getattr(plot, f"{letter}axis"), getattr(plot, f"{letter}_range")
    facts: dict[str, Any] = {"label": text(axes[0].axis_label) if axes else ""}
    if type(getattr(plot, f"{letter}_scale")).__name__ == "LogScale":
        facts["scale"] = "log"
    names = named(str(name) for name in getattr(limits, "factors", ()))
    if names:
        return {**facts, **names}
    low, high = (number(getattr(limits, end, None)) for end in ("start", "end"))
    if low is not None and high is not None:
        return {**facts, "low": low, "high": high}
    keys = ("x", "left", "right") if letter == "x" else ("y", "top")
    columns = [_column(renderer, key) for renderer in glyphs[:_SERIES_MAX] for key in keys]
    spans = [ends for ends in map(span, columns) if ends]
    if not spans or len({isinstance(ends["low"], str) for ends in spans}) > 1:
        return facts
    return {**facts, "low": min(ends["low"] for ends in spans), "high": max(ends["high"] for ends in spans)}
