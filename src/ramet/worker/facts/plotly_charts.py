"""What a Plotly figure shows, read from its traces and layout."""

from __future__ import annotations

import base64
import sys
from typing import Any

from .extents import categories, count, few, number, span, text

_PLOTS_MAX = 8
_SERIES_MAX = 8
_NAMES_LOOKED_AT = 1000

#: What traces are, by their type; others are called by it.
_KINDS = {
    "scattergl": "scatter", "scatter3d": "scatter", "scatterpolar": "scatter", "scattergeo": "map points",
    "scattermap": "map points", "scattermapbox": "map points", "choroplethmap": "choropleth",
    "choroplethmapbox": "choropleth", "histogram2d": "heatmap of counts", "barpolar": "bar",
}  # fmt: skip
_PROJECTIONS = {"scatter3d": "3d", "surface": "3d", "mesh3d": "3d", "scatterpolar": "polar", "barpolar": "polar"}
#: Traces whose data are counted or summed up before they are drawn.
_SUMMED_UP = frozenset({"histogram", "box", "violin", "histogram2d"})
#: Columns whose span says nothing.
_PLACES = frozenset({"lat", "locations"})
_GRIDS = frozenset({"heatmap", "contour", "surface", "image"})
_WITH_AXES = _SUMMED_UP | {
    "scatter",
    "scattergl",
    "bar",
    "heatmap",
    "contour",
    "candlestick",
    "ohlc",
    "waterfall",
    "funnel",
}


def describe(figure: Any) -> dict[str, Any]:
    """The facts of `figure`, a Plotly figure or the dict of one."""
    layout, frames = _get(figure, "layout"), count(_get(figure, "frames"))
    plots: dict[tuple[str, str], list[Any]] = {}
    for trace in _get(figure, "data") or ():
        if _get(trace, "visible") in (None, True):
            plots.setdefault(_place(trace), []).append(trace)
    return {
        "kind": "animation" if frames else "figure",
        "title": _plain(_get(layout, "title.text") or _get(layout, "title")),
        "width": _pixels(layout, "width"),
        "height": _pixels(layout, "height"),
        "plots": [_plot(layout, place, traces) for place, traces in list(plots.items())[:_PLOTS_MAX]],
        "plots_omitted": max(0, len(plots) - _PLOTS_MAX),
        "note": f"{frames} frames; the picture is the first" if frames else "",
    }


def _get(holder: Any, path: str) -> Any:
    """What stands at `path` in nested dicts or Plotly's objects, None if nothing does."""
    for key in path.split("."):
        if holder is None or isinstance(holder, (str, list, tuple)):
            return None
        try:
            holder = holder[key]
        except (KeyError, ValueError, TypeError):
            return None
    return holder


def _plain(value: Any) -> str:
    """A title without the line breaks and bold marks that Plotly's HTML allows."""
    line = text(value)
    for mark in ("<br>", "<br />", "<b>", "</b>", "<i>", "</i>"):
        line = line.replace(mark, " " if mark.startswith("<br") else "")
    return line


def _pixels(layout: Any, side: str) -> int | None:
    value = number(_get(layout, side))
    return None if value is None else round(value)


def _column(trace: Any, key: str) -> Any:
    """The values that a trace has under `key`, None if it has none; a dict of a figure has arrays in base 64."""
    values = _get(trace, key)
    numpy = sys.modules.get("numpy")
    if isinstance(values, dict) and numpy is not None and "bdata" in values:
        array = numpy.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
        sides = values.get("shape")
        return array.reshape([int(side) for side in str(sides).split(",")]) if sides else array
    return None if isinstance(values, (dict, str)) else values


def _place(trace: Any) -> tuple[str, str]:
    """Which of the figure's plots a trace is drawn in."""
    for key in ("scene", "polar", "geo", "map", "mapbox", "subplot"):
        if isinstance(_get(trace, key), str):
            return key, str(_get(trace, key))
    if _get(trace, "domain.x") is not None:
        return "domain", f"{_get(trace, 'domain.x')}{_get(trace, 'domain.y')}"
    return _get(trace, "xaxis") or "x", _get(trace, "yaxis") or "y"


def _plot(layout: Any, place: tuple[str, str], traces: list[Any]) -> dict[str, Any]:
    kind = str(_get(traces[0], "type"))
    if kind in ("pie", "funnelarea", "sunburst", "treemap"):
        series = _slices(traces[0], kind)
    else:
        series = [_series(trace) for trace in traces[:_SERIES_MAX]]
    plot: dict[str, Any] = {
        "projection": _PROJECTIONS.get(kind, ""),
        "series": series[:_SERIES_MAX],
        "series_omitted": max(0, len(series) - _SERIES_MAX) + max(0, len(traces) - _SERIES_MAX),
        "color": _color(layout, traces[0]),
    }
    if kind in _WITH_AXES:
        names = {"x": f"xaxis{place[0][1:]}", "y": f"yaxis{place[1][1:]}"}
        plot.update({letter: _axis(layout, _get(layout, name), letter, traces) for letter, name in names.items()})
        plot["title"] = _subplot_title(layout, names)
    elif plot["projection"] == "3d":
        scene = _get(layout, place[1])
        plot.update({letter: _axis(layout, _get(scene, f"{letter}axis"), letter, traces) for letter in "xyz"})
    return plot


def _slices(trace: Any, kind: str) -> list[dict[str, Any]]:
    """The shares of a pie; for the kinds with levels only their number."""
    labels, values = _column(trace, "labels"), _column(trace, "values")
    amount = count(labels if labels is not None else values) or 0
    if kind != "pie" or amount > _NAMES_LOOKED_AT:
        return [{"kind": kind, "points": amount, "unit": "part"}]
    totals: dict[str, float] = {}
    for place in range(amount):
        size = 1 if values is None else number(values[place]) or 0
        name = text(str(labels[place])) if labels is not None else f"slice {place + 1}"
        totals[name] = totals.get(name, 0) + size
    whole = sum(totals.values())
    if whole <= 0:
        return [{"kind": kind, "points": amount, "unit": "slice"}]
    return [{"kind": "pie", "label": name, "values": few([round(part / whole, 4)])} for name, part in totals.items()]


def _series(trace: Any) -> dict[str, Any]:
    kind = str(_get(trace, "type"))
    series: dict[str, Any] = {"kind": _kind(trace, kind)}
    if kind in _GRIDS:
        grid = _column(trace, "z")
        if grid is None:  # an image as a file, whose size is not known here
            return series
        shape = getattr(grid, "shape", None) or (count(grid) or 0, count(grid[0]) or 0 if count(grid) else 0)
        return {**series, "shape": [int(side) for side in shape], **({} if len(shape) > 2 else span(grid))}
    series["label"] = _plain(_get(trace, "name"))
    lying = _get(trace, "orientation") == "h"
    for key in ("z", "close", "x" if lying else "y", "y" if lying else "x", "r", "lat", "locations", "values"):
        values = _column(trace, key)
        if values is not None:
            break
    unit = "value" if kind in _SUMMED_UP else "bar" if kind == "bar" else "point"
    shown = few(values) if kind == "bar" else []
    return {
        **series,
        "points": count(values),
        "unit": unit,
        "values": shown,
        **({} if key in _PLACES else span(values)),
    }


def _kind(trace: Any, kind: str) -> str:
    word = _KINDS.get(kind, kind)
    if word == "scatter" and "lines" in str(_get(trace, "mode") or ("lines" if kind != "scatter3d" else "")):
        return "line"
    if word == "scatter" and _get(trace, "stackgroup"):
        return "area"
    return f"horizontal {word}" if word == "bar" and _get(trace, "orientation") == "h" else word


def _axis(layout: Any, axis: Any, letter: str, traces: list[Any]) -> dict[str, Any]:
    label = _plain(_get(axis, "title.text"))
    if not label and isinstance(_get(axis, "matches"), str):  # of subplots side by side only the outer ones are named
        label = _plain(_get(layout, f"{letter}axis{_get(axis, 'matches')[1:]}.title.text"))
    facts: dict[str, Any] = {"label": label}
    scale = _get(axis, "type")
    if scale == "log":
        facts["scale"] = "log"
    columns = [column for column in (_column(trace, letter) for trace in traces[:_SERIES_MAX]) if column is not None]
    names = categories(*columns) if scale not in ("date", "linear", "log") else {}
    return {**facts, **(names or _ends(axis, scale, columns))}


def _ends(axis: Any, scale: Any, columns: list[Any]) -> dict[str, Any]:
    """The range that the layout sets, or else what the data span."""
    chosen = _get(axis, "range")
    if count(chosen) == 2:
        low, high = (end[:19] if isinstance(end, str) else number(end) for end in chosen)
        if scale == "log" and isinstance(low, (int, float)) and isinstance(high, (int, float)):
            low, high = (10.0 ** max(-300, min(300, exponent)) for exponent in (low, high))
        return {"low": low, "high": high}
    spans = [ends for ends in map(span, columns) if ends]
    if not spans or len({isinstance(ends["low"], str) for ends in spans}) > 1:
        return {}
    low, high = min(ends["low"] for ends in spans), max(ends["high"] for ends in spans)
    return {"low": high, "high": low} if _get(axis, "autorange") == "reversed" else {"low": low, "high": high}


def _color(layout: Any, trace: Any) -> dict[str, Any] | None:
    """The colour scale, if it has a title or the points of a trace are coloured by value."""
    name = _get(trace, "marker.coloraxis") or _get(trace, "coloraxis")
    bar = _get(layout, f"{name}.colorbar") if name else _get(trace, "colorbar") or _get(trace, "marker.colorbar")
    label = _plain(_get(bar, "title.text"))
    values = _column(trace, "marker.color")
    return {"label": label, **span(values)} if label or (name and values is not None) else None


def _subplot_title(layout: Any, names: dict[str, str]) -> str:
    """The title of a subplot, which Plotly keeps as a note above it."""
    across, up = (_get(layout, f"{name}.domain") for name in names.values())
    if count(across) != 2 or count(up) != 2:
        return ""
    for note in list(_get(layout, "annotations") or ())[:100]:
        x, y = number(_get(note, "x")), number(_get(note, "y"))
        on_paper = _get(note, "xref") == "paper" and x is not None and y is not None
        if on_paper and across[0] <= x <= across[1] and abs(y - up[1]) < 0.02:
            return _plain(_get(note, "text"))
    return ""
