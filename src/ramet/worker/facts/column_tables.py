"""Tables of libraries that keep columns: polars, pyarrow, duckdb; and those made of lists and dicts."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Optional

from .table_grid import About, Grid, common, described, kind_of, outlined
from .table_values import dtype, name

if TYPE_CHECKING:
    from collections.abc import Sequence

Description = Optional[dict[str, Any]]

#: A container of more items than this is described, for IPython's own text of it ends there.
_MANY = 1000

#: Fewer values or records than this are clearer as Python writes them.
_SHORT = 10

_SCALARS = (str, int, float, bool, type(None))
_SAMPLE = 50


def polars_frame(value: Any) -> Description:
    """A polars DataFrame."""
    names, types = value.columns, [_polars_type(kind) for kind in value.dtypes]
    grid = Grid(
        rows=value.height,
        width=value.width,
        label=lambda j: (name(names[j]), types[j]),
        read=lambda start, stop, shown: [_polars_values(value.to_series(j), start, stop) for j in shown],
        missing="null",
    )
    return described(About(kind_of(value), value.shape, ("rows", "columns"), common(types)), grid)


def polars_series(value: Any) -> Description:
    """A polars Series."""
    if len(value) <= _SHORT:
        return None
    kind = _polars_type(value.dtype)
    grid = Grid(
        rows=len(value),
        width=1,
        label=lambda _: (name(value.name) if value.name else "", kind),
        read=lambda start, stop, _: [_polars_values(value, start, stop)],
        unit="values",
        missing="null",
    )
    return described(About(kind_of(value), value.shape, ("values",), kind), grid)


def polars_plan(value: Any) -> Description:
    """A LazyFrame: the columns that it will have. It is not collected."""
    schema = value.collect_schema() if hasattr(value, "collect_schema") else value.schema
    labels = [(name(called), _polars_type(kind)) for called, kind in schema.items()]
    about = About(kind_of(value), (len(labels),), ("columns",), "", ["a query, not collected: no rows yet"])
    return outlined(about, labels)


def arrow_table(value: Any) -> Description:
    """A pyarrow Table or RecordBatch."""
    schema = value.schema
    types = [dtype(field.type) for field in schema]
    grid = Grid(
        rows=value.num_rows,
        width=value.num_columns,
        label=lambda j: (name(schema.field(j).name), types[j]),
        read=lambda start, stop, shown: [_arrow_values(value.column(j), start, stop) for j in shown],
        missing="null",
    )
    return described(About(kind_of(value), value.shape, ("rows", "columns"), common(types)), grid)


def arrow_array(value: Any) -> Description:
    """A pyarrow Array or ChunkedArray."""
    if len(value) <= _SHORT:
        return None
    kind = dtype(value.type)
    facts = [f"{value.null_count:,} null"] if value.null_count else []
    if getattr(value, "num_chunks", 1) > 1:
        facts.append(f"{value.num_chunks:,} chunks")
    grid = Grid(
        rows=len(value),
        width=1,
        label=lambda _: ("", kind),
        read=lambda start, stop, _: [_arrow_values(value, start, stop)],
        unit="values",
        missing="null",
    )
    return described(About(kind_of(value), (len(value),), ("values",), kind, facts), grid)


def relation(value: Any) -> Description:
    """A duckdb relation by its columns. Each look at its rows runs the query, and its own text has looked already."""
    labels = [(name(called), dtype(kind)) for called, kind in zip(value.columns, value.types)]
    about = About(kind_of(value), (len(labels),), ("columns",), "", ["a query, its rows not counted"], own_text=True)
    return outlined(about, labels)


def items(value: Any) -> Description:
    """A long list, tuple or set: the types and the first and last of its items."""
    if len(value) <= _MANY:
        return None
    kind = _types(islice(value, _SAMPLE))
    grid = Grid(
        rows=len(value),
        width=1,
        label=lambda _: ("", kind),
        read=lambda start, stop, _: [list(islice(value, start, stop))],
        unit="items",
    )
    return described(About(type(value).__name__, (len(value),), ("items",), kind), grid)


def mapping(value: dict[Any, Any]) -> Description:
    """A long dict: the types and the first and last of its keys and values."""
    if len(value) <= _MANY:
        return None
    grid = Grid(
        rows=len(value),
        width=2,
        label=lambda j: (("key", "value")[j], _types(islice((value, value.values())[j], _SAMPLE))),
        read=lambda start, stop, shown: [list(islice((value, value.values())[j], start, stop)) for j in shown],
        unit="items",
    )
    return described(About("dict", (len(value),), ("items",)), grid)


def list_of_any(value: list[Any]) -> Description:
    """A list that is a table, or a long one."""
    return records(value) or items(value)


def dict_of_any(value: dict[Any, Any]) -> Description:
    """A dict that is a table, or a long one."""
    return lists(value) or mapping(value)


def records(value: list[Any]) -> Description:
    """A list of flat dicts that have the same keys, as far as a sample of them tells."""
    if len(value) < _SHORT or not all(type(record) is dict for record in _sample(value)):
        return None
    keys = list(value[0])
    for record in _sample(value):
        if record.keys() != value[0].keys() or not all(isinstance(item, _SCALARS) for item in record.values()):
            return None
    if not 0 < len(keys) <= _SAMPLE:
        return None
    grid = Grid(
        rows=len(value),
        width=len(keys),
        label=lambda j: (name(keys[j]), _types(record[keys[j]] for record in _sample(value))),
        read=lambda start, stop, shown: [[record[keys[j]] for record in value[start:stop]] for j in shown],
        unit="dicts",
    )
    return described(About("list of dicts", (len(value), len(keys)), ("dicts", "keys")), grid)


def lists(value: dict[Any, Any]) -> Description:
    """A dict of lists that have the same length and hold plain values, as far as a sample of them tells."""
    if not 1 < len(value) <= 10 * _SAMPLE or not all(type(strip) in (list, tuple) for strip in value.values()):
        return None
    strips, keys = list(value.values()), list(value)
    length = len(strips[0])
    if length < _SHORT or any(len(strip) != length for strip in strips):
        return None
    if not all(isinstance(item, _SCALARS) for strip in strips for item in _sample(strip)):
        return None
    grid = Grid(
        rows=length,
        width=len(keys),
        label=lambda j: (name(keys[j]), _types(_sample(strips[j]))),
        read=lambda start, stop, shown: [strips[j][start:stop] for j in shown],
    )
    return described(About("dict of lists", (length, len(keys)), ("rows", "keys")), grid)


def _sample(values: Sequence[Any]) -> Sequence[Any]:
    """The rows that a description shows at the most."""
    return values if len(values) <= _SAMPLE else [*values[: _SAMPLE - 10], *values[-10:]]


def _types(values: Any) -> str:
    return " | ".join(sorted({type(value).__name__.replace("NoneType", "None") for value in values}))


def _polars_values(series: Any, start: int, stop: int) -> list[Any]:
    """Values one by one: a nested one then comes as a Series, which is not turned into a list as a whole."""
    return [series[place] for place in range(start, stop)]


def _polars_type(kind: Any) -> str:
    """`Datetime(time_unit='us', time_zone=None)` as `Datetime(us)`."""
    return dtype(re.sub(r"\b\w+=|'|, \w+=None", "", str(kind)))


def _arrow_values(column: Any, start: int, stop: int) -> list[Any]:
    return [_arrow_value(scalar) for scalar in column.slice(start, stop - start)]


def _arrow_value(scalar: Any) -> Any:
    items = getattr(scalar, "values", None)
    if items is None or not hasattr(items, "slice"):  # a scalar, or a struct, whose `values` is a method
        return scalar.as_py()
    return items if len(items) > _SHORT else items.to_pylist()
