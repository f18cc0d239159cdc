"""What a matplotlib figure shows, read from its artists: nothing is drawn, nothing is imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .extents import named, number, text
from .matplotlib_artists import PIECES, series_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLOTS_MAX = 8
_SERIES_MAX = 8
_LEGEND_MAX = 12
_TEXTS_MAX = 6


def describe(value: Any) -> dict[str, Any] | None:
    """The facts of a figure, of the figure of axes or a seaborn grid, or of an animation; None for anything else.

    None too for axes and grids whose figure pyplot still holds: the end of the cell will show that one, with its facts.
    """
    figure = figure_of(value)
    if figure is None or (figure is not value and not _is_animation(value) and _pyplot_holds(figure)):
        return None
    facts = _describe_figure(figure)
    if _is_animation(value):
        frames = number(getattr(value, "_save_count", None))
        facts["kind"] = "animation"
        facts["note"] = f"{frames} frames; the picture is the first" if frames else "the picture is the first frame"
    return facts


def figure_of(value: Any) -> Any:
    """The figure that `value` is, or whose axes, grid or animation it is; None if it is nothing of the kind."""
    module = sys.modules.get("matplotlib.figure")
    axes = sys.modules.get("matplotlib.axes")
    if module is None or axes is None:
        return None
    if isinstance(value, module.Figure):
        return value
    if _is_animation(value):
        held = value._fig  # noqa: SLF001 - it has no other name
    elif isinstance(value, axes.Axes) or type(value).__module__.startswith("seaborn."):
        held = getattr(value, "figure", None)
    else:
        return None
    return held if isinstance(held, module.Figure) else None


def _is_animation(value: Any) -> bool:
    module = sys.modules.get("matplotlib.animation")
    return module is not None and isinstance(value, module.Animation)


def _pyplot_holds(figure: Any) -> bool:
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    return helpers is not None and any(
        manager.canvas.figure is figure for manager in helpers.Gcf.get_all_fig_managers()
    )


def _describe_figure(figure: Any) -> dict[str, Any]:
    width, height = (round(float(inches) * float(figure.dpi)) for inches in figure.get_size_inches())
    all_axes = [axes for axes in figure.axes if axes.get_label() != "<colorbar>" and axes.get_visible()]
    full = [axes for axes in all_axes if axes.has_data() or axes.texts]
    places = {axes.get_position().bounds for axes in full}
    empty = sum(1 for axes in all_axes if axes not in full and axes.get_position().bounds not in places)
    title = getattr(figure, "_suptitle", None)
    return {
        "kind": "figure",
        "title": text(title.get_text()) if title is not None else "",
        "width": width,
        "height": height,
        "plots": [_plot(axes) for axes in full[:_PLOTS_MAX]],
        "plots_omitted": max(0, len(full) - _PLOTS_MAX),
        "note": f"{empty} empty subplots" if empty > 1 else "1 empty subplot" if empty else "",
    }


def _plot(axes: Any) -> dict[str, Any]:
    series, unseen = series_of(axes)
    legend = _legend(axes)
    _name_by_legend(series, legend)
    labels = {one.get("label") for one in series}
    plot: dict[str, Any] = {
        "title": text(" / ".join(filter(None, (axes.get_title(loc) for loc in ("center", "left", "right"))))),
        "projection": axes.name if axes.name in ("polar", "3d") else "",
        "series": series[:_SERIES_MAX],
        "series_omitted": max(0, len(series) - _SERIES_MAX) + unseen,
        "legend": [label for label in legend if label not in labels][:_LEGEND_MAX],
    }
    kinds = {one["kind"] for one in series}
    if "pie" in kinds:
        return plot
    if kinds and kinds != {"image"}:
        plot.update(_axes_facts(axes))
    plot["color"] = _color(axes)
    if len(axes.texts) <= _TEXTS_MAX and "heatmap" not in kinds:  # there they are the numbers in its cells
        plot["texts"] = [word for word in (text(item.get_text()) for item in axes.texts) if word]
    return plot


def _name_by_legend(series: list[dict[str, Any]], legend: list[str]) -> None:
    """Give the entries of a legend to series of one kind without names, if there are as many."""
    whole = [one for one in series if one["kind"] not in PIECES]
    if any(one.get("label") for one in whole) or len({one["kind"] for one in whole}) != 1 or len(legend) != len(whole):
        return
    for one, label in zip(whole, legend):
        one["label"] = label


def _legend(axes: Any) -> list[str]:
    legend = axes.get_legend()
    return [text(item.get_text()) for item in legend.get_texts()] if legend is not None else []


def _color(axes: Any) -> dict[str, Any] | None:
    """The scale of the first thing with a colour bar, or that colours its points by value."""
    for mappable in (*axes.images, *axes.collections):
        bar = getattr(mappable, "colorbar", None)
        if bar is None and type(mappable).__name__ != "PathCollection":
            continue
        if mappable.get_array() is not None:
            low, high = (number(end) for end in mappable.get_clim())
            label = text(bar.ax.get_ylabel() or bar.ax.get_xlabel()) if bar is not None else ""
            return {"label": label, "low": low, "high": high, "scale": _scale(getattr(mappable, "norm", None))}
    return None


def _scale(norm: Any) -> str:
    return {"LogNorm": "log", "SymLogNorm": "symlog"}.get(type(norm).__name__, "")


def _axes_facts(axes: Any) -> dict[str, Any]:
    boxes = {"x": axes.dataLim.intervalx, "y": axes.dataLim.intervaly}
    if axes.name == "3d":
        boxes = {"x": axes.xy_dataLim.intervalx, "y": axes.xy_dataLim.intervaly, "z": axes.zz_dataLim.intervalx}
    return {name: _axis(axes, getattr(axes, f"{name}axis"), drawn) for name, drawn in boxes.items()}


def _axis(axes: Any, axis: Any, drawn: Iterable[Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"label": text(axis.get_label_text())}
    if axis.get_scale() != "linear":
        facts["scale"] = text(axis.get_scale())
    names = named(_categories(axis))
    if names:
        return {**facts, **names}
    low, high = (_in_words(axes, axis, end) for end in _visible_part(axis.get_view_interval(), sorted(drawn)))
    return {**facts, "low": low, "high": high}


def _visible_part(view: Iterable[Any], drawn: list[Any]) -> tuple[Any, Any]:
    """The ends of the data within the view, or of the view where no data tells; in the order of the view."""
    start, end = (number(value) for value in view)
    first, last = (number(value) for value in drawn)
    if start is None or end is None or first is None or last is None:
        return start, end
    low, high = max(min(start, end), first), min(max(start, end), last)
    if low > high:
        return start, end
    return (low, high) if start <= end else (high, low)


def _categories(axis: Any) -> list[str]:
    mapping = getattr(axis.units, "_mapping", None)  # of matplotlib.category.UnitData
    if isinstance(mapping, dict):
        return [str(name) for name in mapping]
    locator, formatter = axis.get_major_locator(), axis.get_major_formatter()
    if type(locator).__name__ != "FixedLocator" or type(formatter).__name__ not in ("FixedFormatter", "FuncFormatter"):
        return []
    places = list(locator.locs)[:100]
    words = [text(formatter(place, index)) for index, place in enumerate(places)]
    return words if any(words) else []


def _in_words(axes: Any, axis: Any, value: Any) -> Any:
    """A place on an axis as the date that it is, if it is one."""
    if value is None:
        return None
    converter = type(axis.get_converter() if hasattr(axis, "get_converter") else axis.converter).__name__
    if "Period" in converter or (getattr(axes, "freq", None) is not None and axis is axes.xaxis):
        frequency = getattr(axes, "freq", None) or getattr(axis, "freq", None)
        return str(sys.modules["pandas"].Period(ordinal=round(value), freq=frequency))
    if "Date" in converter or converter == "_SwitchableDateConverter":
        moment = sys.modules["matplotlib.dates"].num2date(value).replace(tzinfo=None)
        return _moment(moment)
    return number(value)


def _moment(moment: Any) -> str:
    words = moment.date() if moment.time().isoformat() == "00:00:00" else moment.isoformat(" ", "minutes")
    return str(words)
