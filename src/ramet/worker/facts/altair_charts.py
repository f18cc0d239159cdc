"""What an Altair chart shows, read from its marks and channels: it is not turned into its specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .extents import categories, count, number, span, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLOTS_MAX = 8
_ROWS_LOOKED_AT = 100_000

_KINDS = {
    "point": "scatter", "circle": "scatter", "square": "scatter", "rect": "heatmap", "arc": "pie", "boxplot": "box",
    "geoshape": "map", "trail": "line",
}  # fmt: skip


def describe(chart: Any) -> dict[str, Any]:
    """The facts of `chart`, one chart or several in layers, side by side or repeated."""
    plots = list(_plots(chart, None))
    return {
        "kind": "figure",
        "title": _title(chart) if len(plots) != 1 else "",
        "width": _pixels(chart, "width"),
        "height": _pixels(chart, "height"),
        "plots": plots[:_PLOTS_MAX],
        "plots_omitted": max(0, len(plots) - _PLOTS_MAX),
        "note": _facets(chart),
    }


def _get(holder: Any, name: str) -> Any:
    """What `holder` was given as `name`, None if nothing; the attribute of that name would be a method that sets it."""
    given = getattr(holder, "_kwds", None)
    value = given.get(name) if isinstance(given, dict) else None
    return None if type(value).__name__ == "UndefinedType" else value


def _plots(chart: Any, data: Any) -> Iterator[dict[str, Any]]:
    data = _get(chart, "data") if _get(chart, "data") is not None else data
    for name in ("hconcat", "vconcat", "concat"):
        parts = _get(chart, name)
        if isinstance(parts, list):
            for part in parts:
                yield from _plots(part, data)
            return
    inner = _get(chart, "spec")
    if inner is not None:  # facets and repetitions
        yield from _plots(inner, data)
        return
    layers = _get(chart, "layer")
    yield _layered(chart, layers if isinstance(layers, list) else [chart], data)


def _layered(chart: Any, layers: list[Any], data: Any) -> dict[str, Any]:
    plot: dict[str, Any] = {"title": _title(chart), "series": []}
    for layer in layers:
        own = _get(layer, "data") if _get(layer, "data") is not None else data
        encoding = _get(layer, "encoding")
        plot["series"].append({"kind": _kind(layer, encoding), "points": _rows(own), "unit": "row"})
        for key, channel in (("x", "x"), ("y", "y"), ("color", "color")):
            if plot.get(key) is None and _get(encoding, channel) is not None:
                plot[key] = _axis(_get(encoding, channel), own)
    return plot


def _kind(layer: Any, encoding: Any) -> str:
    mark = _get(layer, "mark")
    word = mark if isinstance(mark, str) else text(_get(mark, "type"))
    if word == "bar" and _get(_get(encoding, "x"), "bin") is not None:
        return "histogram"
    return _KINDS.get(word, word) or "chart"


def _rows(data: Any) -> int | None:
    """How many rows the chart draws from; None for data behind an address."""
    values = _get(data, "values")
    return count(values) if isinstance(values, list) else count(data) if hasattr(data, "columns") else None


def _axis(channel: Any, data: Any) -> dict[str, Any]:
    field, function = _field(channel)
    label = text(_get(channel, "title")) or (f"{function}({field})" if function else field)
    facts: dict[str, Any] = {"label": label}
    kind = text(_get(_get(channel, "scale"), "type"))
    if kind and kind != "linear":
        facts["scale"] = kind
    column = None if function and function != "bin" else _values(data, field)
    return {**facts, **(categories(column) or span(column))}


def _field(channel: Any) -> tuple[str, str]:
    """The column of a channel and what is done to it, from `mean(price):Q` or from the parts of it."""
    shorthand = text(_get(channel, "shorthand")).rpartition(":")
    short = shorthand[0] if shorthand[0] and len(shorthand[2]) == 1 else "".join(shorthand)
    function, bracket, rest = short.partition("(")
    field = rest.rstrip(")") if bracket else short
    own = _get(channel, "field")
    done = (
        text(_get(channel, "aggregate")) or text(_get(channel, "timeUnit")) or ("bin" if _get(channel, "bin") else "")
    )
    return field or text(own), (function if bracket else "") or done


def _values(data: Any, field: str) -> Any:
    rows = _get(data, "values")
    if isinstance(rows, list):
        return [row.get(field) for row in rows[:_ROWS_LOOKED_AT] if isinstance(row, dict)]
    if count(data) is None or field not in getattr(data, "columns", ()):
        return None
    return data[field]


def _title(chart: Any) -> str:
    title = _get(chart, "title")
    return text(title) or text(_get(title, "text"))


def _pixels(chart: Any, side: str) -> int | None:
    value = number(_get(chart, side))
    return None if value is None else round(value)


def _facets(chart: Any) -> str:
    facet = _get(chart, "facet") if _get(chart, "spec") is not None else None
    repeat = _get(chart, "repeat")
    names = [_field(part)[0] for part in (facet, _get(facet, "row"), _get(facet, "column")) if part is not None]
    if any(names):
        return f"one plot for each {' and '.join(filter(None, names))}"
    return "the plot is repeated for several columns" if repeat is not None else ""
