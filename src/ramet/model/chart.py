"""What a picture shows, as facts: for readers who cannot see it, and for those who look only if it is worth it."""

from __future__ import annotations

from dataclasses import dataclass

#: A number, or a date or another value in words; None where it is not known.
Bound = float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of a plot, or its colour scale.

    `low` and `high` are the ends of what is drawn; `low` is the greater one on an inverted axis. `scale` is "log" and
    the like, empty for a linear one. `categories` are the first values of an axis of names, `categories_omitted` counts
    the others.
    """

    label: str = ""
    low: Bound = None
    high: Bound = None
    scale: str = ""
    categories: tuple[str, ...] = ()
    categories_omitted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One thing that is drawn from data.

    `kind` says how: "line", "scatter", "bar", "image"... `points` is the number of its parts, and `unit` says what
    those are: "point", "bar", "bin", "value"... `shape` is that of a grid, rows first. `low` and `high` span its
    values, which are those along y unless it has values of its own, as an image has. `values` are all of them where
    they are few; for a slice of a pie, its share.
    """

    kind: str
    label: str = ""
    points: int | None = None
    unit: str = "point"
    shape: tuple[int, ...] = ()
    low: Bound = None
    high: Bound = None
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One pair of axes and what is drawn in it.

    `projection` is empty for plain axes, or "polar", "3d". `legend` holds the entries that are no label of a series,
    and `texts` the first words written into the plot.
    """

    title: str = ""
    projection: str = ""
    x: Axis | None = None
    y: Axis | None = None
    z: Axis | None = None
    color: Axis | None = None
    series: tuple[Series, ...] = ()
    series_omitted: int = 0
    legend: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure, an image, an animation, a graph or a map: `kind` is that word.

    `width` and `height` are in pixels, as the code asked for them: a picture of it may be smaller. `note` is what else
    there is to know, such as the number of nodes of a graph, or why there is no picture.
    """

    kind: str
    title: str = ""
    width: int | None = None
    height: int | None = None
    plots: tuple[Plot, ...] = ()
    plots_omitted: int = 0
    note: str = ""
