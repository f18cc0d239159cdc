"""What a worker says about a picture, as a typed value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

from ramet.model.chart import Axis, Bound, Chart, Plot, Series

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def chart(data: dict[str, Any]) -> Chart:
    """The chart that `data` describes; KeyError, TypeError or ValueError if it describes none."""
    return Chart(
        kind=_word(data["kind"]),
        title=_text(data, "title"),
        width=_count(data, "width"),
        height=_count(data, "height"),
        plots=_each(data, "plots", _plot),
        plots_omitted=_count(data, "plots_omitted") or 0,
        note=_text(data, "note"),
    )


def _plot(data: dict[str, Any]) -> Plot:
    return Plot(
        title=_text(data, "title"),
        projection=_text(data, "projection"),
        x=_axis(data, "x"),
        y=_axis(data, "y"),
        z=_axis(data, "z"),
        color=_axis(data, "color"),
        series=_each(data, "series", _series),
        series_omitted=_count(data, "series_omitted") or 0,
        legend=_each(data, "legend", _word),
        texts=_each(data, "texts", _word),
    )


def _axis(parent: dict[str, Any], key: str) -> Axis | None:
    data = parent.get(key)
    if data is None:
        return None
    return Axis(
        label=_text(data, "label"),
        low=_bound(data.get("low")),
        high=_bound(data.get("high")),
        scale=_text(data, "scale"),
        categories=_each(data, "categories", _word),
        categories_omitted=_count(data, "categories_omitted") or 0,
    )


def _series(data: dict[str, Any]) -> Series:
    return Series(
        kind=_word(data["kind"]),
        label=_text(data, "label"),
        points=_count(data, "points"),
        unit=_word(data.get("unit", "point")),
        shape=_each(data, "shape", _whole),
        low=_bound(data.get("low")),
        high=_bound(data.get("high")),
        values=_each(data, "values", _number),
    )


def _each(data: dict[str, Any], key: str, read: Callable[[Any], T]) -> tuple[T, ...]:
    items = data.get(key, [])
    if not isinstance(items, list):
        raise TypeError(f"{key} is no list")
    return tuple(read(item) for item in items)


def _text(data: dict[str, Any], key: str) -> str:
    if not isinstance(data, dict):
        raise TypeError(f"no object to read {key} from")
    return _word(data.get(key, ""))


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _count(data: dict[str, Any], key: str) -> int | None:
    value = data.get(key)
    return None if value is None else _whole(value)


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number was expected")
    if value < 0:
        raise ValueError("a count is negative")
    return value


def _number(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError("a number was expected")
    if not math.isfinite(value):
        raise ValueError("a number is not finite")
    return value


def _bound(value: object) -> Bound:
    return value if value is None or isinstance(value, str) else _number(value)
