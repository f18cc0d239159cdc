"""Tables of pandas: frames, series, indexes, groups, styled frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from .table_grid import About, Grid, common, described, kind_of, outlined
from .table_values import dtype, name

if TYPE_CHECKING:
    from collections.abc import Sequence

Description = Optional[dict[str, Any]]

#: A shorter index is clear enough by its own text.
_SHORT = 10

#: More rows than this are not counted by group: it takes a look at all of them.
_COUNTED_ROWS = 200_000


def frame(value: Any) -> Description:
    """A DataFrame, or an object of a class derived from it."""
    columns = value.columns
    types = list(value.dtypes)
    facts = []
    if columns.nlevels > 1:
        facts.append(f"column names have {columns.nlevels} levels{_names_of_levels(columns)}")
    elif columns.name is not None:
        facts.append(f"the columns are called {name(columns.name)}")
    if not columns.is_unique:
        facts.append("some columns have the same name")
    grid = Grid(
        rows=len(value),
        width=len(types),
        label=lambda j: (name(columns[j]), dtype(types[j])),
        read=lambda start, stop, shown: [value.iloc[start:stop, j].tolist() for j in shown],
        index=_labels(value.index),
        read_index=lambda start, stop: _levels(value.index[start:stop]),
    )
    about = About(kind_of(value), value.shape, ("rows", "columns"), common([dtype(kind) for kind in types]), facts)
    return described(about, grid)


def series(value: Any) -> Description:
    """A Series."""
    grid = Grid(
        rows=len(value),
        width=1,
        label=lambda _: ("" if value.name is None else name(value.name), dtype(value.dtype)),
        read=lambda start, stop, _: [value.iloc[start:stop].tolist()],
        index=_labels(value.index),
        read_index=lambda start, stop: _levels(value.index[start:stop]),
    )
    return described(About(kind_of(value), value.shape, ("rows",), dtype(value.dtype)), grid)


def index(value: Any) -> Description:
    """An Index, unless it is short or a range; a MultiIndex has a column for each level."""
    if len(value) <= _SHORT or type(value).__name__ == "RangeIndex":
        return None
    labels = _labels(value)
    grid = Grid(
        rows=len(value),
        width=value.nlevels,
        label=lambda j: labels[j],
        read=lambda start, stop, _: _levels(value[start:stop]),
        unit="labels",
    )
    axes = ("labels", "levels") if value.nlevels > 1 else ("labels",)
    shape = (len(value), value.nlevels)[: len(axes)]
    return described(About(kind_of(value), shape, axes, common([kind for _, kind in labels])), grid)


def groups(value: Any) -> Description:
    """What `groupby` gives: the number of rows in each group, where counting them is quick."""
    grouped = value.obj
    keys = value.keys if isinstance(value.keys, (list, tuple)) else [value.keys]
    facts = [f"of a {_size(grouped)}"]
    if len(grouped) > _COUNTED_ROWS or (not value.observed and _multiplies(grouped, keys)):
        facts.append("grouped by " + ", ".join(name(key) for key in keys))
        return outlined(About(kind_of(value), (), (), "", facts))
    sizes = value.size()
    if not hasattr(sizes, "tolist"):  # `as_index=False`
        sizes = sizes.set_index(list(sizes.columns[:-1])).iloc[:, 0]
    grid = Grid(
        rows=len(sizes),
        width=1,
        label=lambda _: ("rows", dtype(sizes.dtype)),
        read=lambda start, stop, _: [sizes.iloc[start:stop].tolist()],
        index=[(called or "by", kind) for called, kind in _labels(sizes.index)],
        read_index=lambda start, stop: _levels(sizes.index[start:stop]),
        unit="groups",
    )
    return described(About(kind_of(value), (len(sizes),), ("groups",), "", facts), grid)


def styled(value: Any) -> Description:
    """A Styler: the frame that it styles, without the styles."""
    description = frame(value.data)
    if description is not None:
        description["facts"].insert(0, f"of a {description['kind']}, values shown without the style")
        description["kind"] = kind_of(value)
    return description


def _labels(value: Any) -> list[tuple[str, str]]:
    """Name and data type of each level of an index; no data type if it just counts the rows."""
    names = ["" if called is None else name(called) for called in value.names]
    if value.nlevels > 1:
        return [(called, dtype(level.dtype)) for called, level in zip(names, value.levels)]
    counting = type(value).__name__ == "RangeIndex" and value.start == 0 and value.step == 1
    return [(names[0], "" if counting else dtype(value.dtype))]


def _levels(part: Any) -> Sequence[list[object]]:
    """The labels of a part of an index, level by level."""
    if part.nlevels == 1:
        return [part.tolist()]
    return [part.get_level_values(level).tolist() for level in range(part.nlevels)]


def _names_of_levels(columns: Any) -> str:
    named = ", ".join(name(called) for called in columns.names if called is not None)
    return f" ({named})" if named else ""


def _size(value: Any) -> str:
    words = ("rows", "columns")
    size = " x ".join(f"{size:,} {word}" for size, word in zip(value.shape, words))
    names = f": {', '.join(name(column) for column in value.columns[:20])}" if len(words) == value.ndim else ""
    return f"{type(value).__name__} of {size}{names}{', …' if value.shape[-1] > 20 and names else ''}"


def _multiplies(grouped: Any, keys: Sequence[object]) -> bool:
    """Whether there may be a group for each combination of categories, seen or not: any number of them."""
    if len(keys) < 2:
        return False
    types = [getattr(key, "dtype", None) for key in keys]
    if hasattr(grouped, "columns"):
        names = {key for key in keys if isinstance(key, (str, int, tuple))}
        types += [kind for called, kind in zip(grouped.columns, grouped.dtypes) if called in names]
    return any(str(kind) == "category" for kind in types)
