"""The series of matplotlib axes, read from their artists: what is drawn, how many points, which values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .extents import count, few, span, text

if TYPE_CHECKING:
    from collections.abc import Iterator

#: So many lines and collections are looked at; the others are counted.
_ARTISTS_MAX = 200
_BARS_MAX = 10_000

#: What collections are, by the names of their classes.
_COLLECTIONS = {
    "PathCollection": "scatter", "Path3DCollection": "scatter", "RegularPolyCollection": "scatter",
    "QuadMesh": "heatmap", "PolyQuadMesh": "heatmap",
    "PolyCollection": "filled area", "FillBetweenPolyCollection": "filled area",
    "LineCollection": "line segments", "Line3DCollection": "line segments", "EventCollection": "line segments",
    "QuadContourSet": "contour", "TriContourSet": "contour", "Poly3DCollection": "surface",
    "Quiver": "arrows", "Barbs": "arrows",
}  # fmt: skip

#: Kinds that are counted in pieces; those without a name are told as one.
PIECES = frozenset({"contour levels", "filled area", "line segments", "surface", "arrows", "shape"})


def series_of(axes: Any) -> tuple[list[dict[str, Any]], int]:
    """The series drawn in `axes`, and how many more there are that were not looked at."""
    found: list[dict[str, Any]] = []
    pieces: dict[str, dict[str, Any]] = {}
    for one in _all_series(axes):
        if one.get("points") == 0 and "shape" not in one:  # what libraries add to have it in the legend
            continue
        if one["kind"] not in PIECES or one.get("label"):
            found.append(one)
        elif one["kind"] in pieces:
            pieces[one["kind"]]["points"] += one["points"]
        else:
            pieces[one["kind"]] = one
    unseen = max(0, len(axes.lines) - _ARTISTS_MAX) + max(0, len(axes.collections) - _ARTISTS_MAX)
    return [*found, *pieces.values()], unseen


def _all_series(axes: Any) -> Iterator[dict[str, Any]]:
    taken: set[int] = set()
    for container in axes.containers:
        one = _container_series(container)
        if one is not None:
            taken |= {id(artist) for artist in container.get_children()}
            yield one
    lines = [line for line in list(axes.lines)[:_ARTISTS_MAX] if id(line) not in taken and line.get_visible()]
    boxes = _boxes(axes, lines)
    if boxes:
        yield {"kind": "box", "points": boxes, "unit": "box"}
        lines = [line for line in lines if label_of(line)]
    else:
        yield from _patch_series([patch for patch in axes.patches if id(patch) not in taken])
    for line in lines:
        yield _line_series(axes, line)
    for collection in list(axes.collections)[:_ARTISTS_MAX]:
        if id(collection) not in taken and collection.get_visible():
            yield _collection_series(collection)
    yield from map(_image_series, axes.images)


def _container_series(container: Any) -> dict[str, Any] | None:
    """Bars, a histogram, or points with error bars or stems; None for others, whose artists speak for themselves."""
    kind = type(container).__name__
    if kind == "BarContainer":
        return _bar_series(container)
    if kind in ("ErrorbarContainer", "StemContainer"):
        line = container[0]
        word = "line with error bars" if kind == "ErrorbarContainer" else "stem"
        if line is not None:
            return {"kind": word, "label": label_of(container), **_along_y(line)}
    return None


def _bar_series(container: Any) -> dict[str, Any]:
    bars = list(container.patches)[:_BARS_MAX]
    lying = getattr(container, "orientation", None) == "horizontal"
    lengths = [float(bar.get_width() if lying else bar.get_height()) for bar in bars]
    edges = [(bar.get_y(), bar.get_height()) if lying else (bar.get_x(), bar.get_width()) for bar in bars]
    touching = len(bars) > 2 and all(
        abs(start + width - after) < 1e-6 * abs(width) for (start, width), (after, _) in zip(edges, edges[1:])
    )
    kind = "histogram" if touching else "bar"
    return {
        "kind": f"horizontal {kind}" if lying else kind,
        "label": label_of(container),
        "points": len(container.patches),
        "unit": "bin" if touching else "bar",
        "values": [] if touching else few(lengths),
        **span(lengths),
    }


def _boxes(axes: Any, lines: list[Any]) -> int:
    """How many boxes of a box plot there are: each is a closed rectangle with two whiskers, two caps and a median."""
    closed = sum(1 for line in lines if count(line.get_ydata()) == 5 and line.get_ydata()[0] == line.get_ydata()[4])
    filled = sum(1 for patch in axes.patches if type(patch).__name__ == "PathPatch")
    strokes = sum(1 for line in lines if count(line.get_ydata()) == 2)
    boxes = closed or filled
    return boxes if boxes and strokes >= 5 * boxes else 0


def _patch_series(patches: list[Any]) -> Iterator[dict[str, Any]]:
    """The slices of a pie, the outlines of histograms, and as one what else there is."""
    shapes = 0
    for patch in patches:
        kind = type(patch).__name__
        if kind == "Wedge":
            share = round(abs(patch.theta2 - patch.theta1) / 360, 4)
            yield {"kind": "pie", "label": label_of(patch), "values": few([share])}
        elif kind == "StepPatch" or (kind == "Polygon" and _is_staircase(patch.get_xy())):
            heights = patch.get_data().values if kind == "StepPatch" else patch.get_xy()[:, 1]
            yield {"kind": "histogram outline", "label": label_of(patch), **span(heights)}
        elif kind != "Rectangle" or patch.get_width() or patch.get_height():  # those without a size are for legends
            shapes += 1
    if shapes:
        yield {"kind": "shape", "points": shapes, "unit": "piece"}


def _is_staircase(corners: Any) -> bool:
    return 6 <= len(corners) <= 10_000 and all(
        x == next_x or y == next_y for (x, y), (next_x, next_y) in zip(corners, corners[1:])
    )


def _line_series(axes: Any, line: Any) -> dict[str, Any]:
    along_x, along_y = line.get_transform().contains_branch_seperately(axes.transData)
    if along_x != along_y:  # as `axhline` and `axvline` make them
        values = line.get_ydata() if along_y else line.get_xdata()
        return {"kind": "horizontal line" if along_y else "vertical line", "label": label_of(line), **span(values)}
    if _is_segment(line):
        return {"kind": "line segments", "points": 1, "unit": "piece"}
    if str(line.get_linestyle()).strip().lower() in ("none", ""):
        kind = "scatter"
    else:
        kind = "step line" if str(line.get_drawstyle()).startswith("steps") else "line"
    return {"kind": kind, "label": label_of(line), **_along_y(line)}


def _is_segment(line: Any) -> bool:
    """Whether it is a short upright or level stroke without a name, as an error bar or the inside of a violin is."""
    x, y = line.get_data()[:2]
    return not label_of(line) and count(y) == 2 and bool(x[0] == x[1] or y[0] == y[1])


def _along_y(line: Any) -> dict[str, Any]:
    data = getattr(line, "get_data_3d", line.get_data)()
    return {"points": count(data[-1]), **span(data[-1])}


def _collection_series(collection: Any) -> dict[str, Any]:
    name = type(collection).__name__
    kind = _COLLECTIONS.get(name, name)
    series: dict[str, Any] = {"kind": kind, "label": label_of(collection)}
    values = collection.get_array()
    if kind == "scatter" and not collection.get_offset_transform().contains_branch(collection.axes.transData):
        return {**series, "kind": "contour levels", "points": 1, "unit": "piece"}  # before matplotlib 3.8
    if kind == "scatter":
        depth = getattr(collection, "_offsets3d", None)
        points = collection.get_offsets()
        return {**series, "points": count(points), **span(points[:, 1] if depth is None else depth[2])}
    if kind == "heatmap":
        corners = collection.get_coordinates().shape if hasattr(collection, "get_coordinates") else ()
        return {**series, "shape": [int(side) - 1 for side in corners[:2]], **span(values)}
    if kind == "contour":
        return {**series, "points": len(collection.levels), "unit": "level", **span(collection.levels)}
    if values is not None and kind == "filled area":  # hexagons have values, areas have none
        return {**series, "kind": "hexagons", "points": count(values), "unit": "cell", **span(values)}
    return {**series, "points": count(collection.get_paths()) if kind == "line segments" else 1, "unit": "piece"}


def _image_series(image: Any) -> dict[str, Any]:
    array = image.get_array()
    series = {"kind": "image", "label": label_of(image), "shape": [int(side) for side in array.shape]}
    return series if array.ndim > 2 else {**series, **span(array)}


def label_of(artist: Any) -> str:
    """What the user called it; matplotlib's own names begin with an underscore."""
    label = text(artist.get_label())
    return "" if label.startswith("_") else label
