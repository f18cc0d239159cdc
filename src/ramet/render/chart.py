"""What a picture shows, in a line or a few: the kind, the words and the ranges, not the looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ramet.model.chart import Axis, Bound, Chart, Plot, Series

_SERIES_SHOWN = 8
#: More than so many series without a name that are all alike are told as one.
_ALIKE_SHOWN = 3


def as_text(chart: Chart, limit: int = 1000) -> str:
    """`chart` in at most `limit` characters: one line, or one for the figure and one for each of its plots.

    >>> from ramet.model.chart import Axis, Chart, Plot, Series
    >>> line = Series(kind="line", label="usa", points=254, low=52, high=230)
    >>> plot = Plot(title="Power", x=Axis(label="year", low=1970, high=1982), series=(line,))
    >>> as_text(Chart(kind="figure", width=640, height=480, plots=(plot,)))
    'figure 640x480: line "Power", x: year (1970 to 1982); usa (254 points, 52 to 230)'
    """
    head = _joined(" ", (chart.kind, _size(chart), _quoted(chart.title)))
    if len(chart.plots) == 1 and not chart.plots_omitted:
        lines = [_joined("; ", (f"{head}: {_plot(chart.plots[0])}", chart.note))]
    else:
        number = len(chart.plots) + chart.plots_omitted
        head = f"{head}, {number} plots" if number else head if chart.note or chart.title else f"{head}, nothing drawn"
        lines = [_joined("; ", (head, chart.note)) + (":" if number else "")]
        lines += [f"{place}. {_plot(plot)}" for place, plot in enumerate(chart.plots, 1)]
    return _bounded(lines, chart.plots_omitted, limit)


def _bounded(lines: Sequence[str], omitted: int, limit: int) -> str:
    """As many whole lines as fit, and how many are left out; a single line is cut at its end."""
    for kept in range(len(lines), 0, -1):
        left_out = omitted + len(lines) - kept
        more = [f"... and {left_out} more plots" if left_out > 1 else "... and 1 more plot"] if left_out else []
        text = "\n".join([*lines[:kept], *more])
        if len(text) <= limit:
            return text
    return text if len(text) <= limit else f"{text[: max(0, limit - 3)]}..."[:limit]


def _plot(plot: Plot) -> str:
    kinds = list(dict.fromkeys(series.kind for series in plot.series))
    axes = [
        f"{name}: {facts}"
        for name, axis in (("x", plot.x), ("y", plot.y), ("z", plot.z), ("colour", plot.color))
        if axis is not None and (facts := _axis(axis))
    ]
    parts = (
        _joined(", ", (_joined(" ", (plot.projection, _listed(kinds), _quoted(plot.title))), *axes)),
        _all_series(plot),
        f"legend: {', '.join(plot.legend)}" if plot.legend else "",
        f"text: {', '.join(map(_quoted, plot.texts))}" if plot.texts else "",
    )
    return _joined("; ", parts) or "nothing drawn"


def _axis(axis: Axis) -> str:
    if axis.categories:
        more = f" and {axis.categories_omitted} more" if axis.categories_omitted else ""
        return _joined(" ", (axis.label, f"({', '.join(axis.categories)}{more})"))
    facts = _joined(", ", (_range(axis.low, axis.high), axis.scale))
    return _joined(" ", (axis.label, f"({facts})")) if facts and (axis.label or axis.scale) else axis.label or facts


def _all_series(plot: Plot) -> str:
    """One series as its facts, several with what tells them apart, many alike as their number."""
    number = len(plot.series) + plot.series_omitted
    if number == 1:
        return _series(plot.series[0], plot)
    alike = {(series.kind, series.points, series.unit, series.shape) for series in plot.series}
    if number > _ALIKE_SHOWN and len(alike) == 1 and not any(series.label for series in plot.series):
        return _joined(" of ", (f"{number} series", _amount(plot.series[0])))
    several_kinds = len({series.kind for series in plot.series}) > 1
    shown = [_series_among_others(series, plot, several_kinds) for series in plot.series[:_SERIES_SHOWN]]
    more = f" and {number - len(shown)} more" if number > len(shown) else ""
    return f"{', '.join(shown)}{more}"


def _series(series: Series, plot: Plot) -> str:
    facts = _facts(series, plot)
    return f"{series.label} ({facts})" if series.label and facts else series.label or facts


def _series_among_others(series: Series, plot: Plot, several_kinds: bool) -> str:
    if series.kind == "pie" and series.label and series.values:
        return f"{series.label} {series.values[0]:.1%}"
    name = _joined(" ", (series.kind if several_kinds or not series.label else "", series.label))
    facts = _facts(series, plot)
    return f"{name} ({facts})" if facts else name


def _facts(series: Series, plot: Plot) -> str:
    if series.kind == "pie" and series.values:
        return f"{series.values[0]:.1%}"
    if series.values:
        return _joined(": ", (_amount(series), ", ".join(map(_bound, series.values))))
    return _joined(", ", (_amount(series), _values(series, plot)))


def _amount(series: Series) -> str:
    if series.shape:
        rows, columns, *_ = (*series.shape, 0)
        return f"{rows} rows, {columns} columns" if len(series.shape) == 2 else f"shape {_by(series.shape)}"
    if series.points is None or (series.points == 1 and series.unit == "piece"):
        return ""
    plural = "" if series.points == 1 else "es" if series.unit.endswith("x") else "s"
    return f"{series.points} {series.unit}{plural}"


def _values(series: Series, plot: Plot) -> str:
    """What the values span; nothing where an axis of the only series says the same."""
    if series.low == series.high and series.kind in ("horizontal line", "vertical line"):
        return f"at {_bound(series.low)}"
    span = _range(series.low, series.high)
    alone = len(plot.series) == 1 and not plot.series_omitted
    axes = [axis for axis in (plot.x, plot.y, plot.z, plot.color) if axis is not None]
    return "" if alone and any(_range(axis.low, axis.high) == span for axis in axes) else span


def _range(low: Bound, high: Bound) -> str:
    if low is None or high is None:
        return ""
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        near_nothing = 1e-6 * abs(high - low)
        low, high = (0 if abs(end) < near_nothing else end for end in (low, high))
    return _bound(low) if low == high else f"{_bound(low)} to {_bound(high)}"


def _bound(value: Bound) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if 1e4 <= abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.4g}" if value != int(value) or abs(value) >= 1e15 else f"{int(value)}"


def _size(chart: Chart) -> str:
    return _by((chart.width, chart.height)) if chart.width is not None and chart.height is not None else ""


def _by(sides: Iterable[int]) -> str:
    return "x".join(map(str, sides))


def _quoted(words: str) -> str:
    return f'"{words}"' if words else ""


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _joined(separator: str, parts: Iterable[str]) -> str:
    return separator.join(part for part in parts if part)
