"""Tables of xarray: a row for each variable of a dataset or array. What is not in memory is not read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from . import table_values
from .table_grid import About, Grid, described, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Description = Optional[dict[str, Any]]

_COLUMNS = ("variable", "dims", "dtype", "values")
_EDGE = 3


def dataset(value: Any) -> Description:
    """A Dataset: its variables and coordinates."""
    sizes = ", ".join(f"{dimension} {size:,}" for dimension, size in value.sizes.items())
    variables = [*((key, "", value[key]) for key in value.data_vars), *_coordinates(value)]
    about = About(
        kind_of(value),
        (len(value.data_vars), len(value.coords)),
        ("variables", "coordinates"),
        "",
        [f"dims {sizes}", *_attributes(value)],
    )
    return described(about, _variables(variables))


def data_array(value: Any) -> Description:
    """A DataArray: itself and its coordinates."""
    dims = [f"dims {', '.join(map(str, value.dims))}"] if value.dims else []
    variables = [(value.name if value.name is not None else "(no name)", "", value), *_coordinates(value)]
    about = About(kind_of(value), value.shape, (), str(value.dtype), [*dims, *_attributes(value)])
    return described(about, _variables(variables))


def _coordinates(value: Any) -> list[tuple[Any, str, Any]]:
    return [(key, " (coordinate)", value.coords[key]) for key in value.coords]


def _attributes(value: Any) -> list[str]:
    return [f"{table_values.text(key)}: {table_values.text(item)}" for key, item in list(value.attrs.items())[:8]]


def _variables(variables: Sequence[tuple[Any, str, Any]]) -> Grid:
    def read(start: int, stop: int, _: Sequence[int]) -> list[list[str]]:
        rows = [
            (f"{key}{role}", ", ".join(map(str, array.dims)) or "()", str(array.dtype), _edges(array))
            for key, role, array in variables[start:stop]
        ]
        return [list(column) for column in zip(*rows)] if rows else [[], [], [], []]

    return Grid(
        rows=len(variables), width=len(_COLUMNS), label=lambda j: (_COLUMNS[j], ""), read=read, unit="variables"
    )


def _edges(array: Any) -> str:
    """The first and last values of an array in memory."""
    if not array.variable._in_memory:  # noqa: SLF001 - xarray has no public word for it, and `.values` would load
        return "not in memory"
    flat = array.values
    size = flat.size
    places = range(size) if size <= 2 * _EDGE else [*range(_EDGE), *range(size - _EDGE, size)]
    texts, _ = table_values.column(flat.flat[place] for place in places)
    if size > 2 * _EDGE:
        texts.insert(_EDGE, "…")
    return " ".join(texts)
