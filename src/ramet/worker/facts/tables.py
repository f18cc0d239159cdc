"""What a value that is a table holds, described for a reader who sees text only.

Libraries are known by the names of their classes and never imported here: where there is a value, there is its library.
The places that a description shows are read and the others are not, whatever the size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Optional

from . import array_tables, column_tables, labelled_arrays, pandas_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

Reader = Callable[[Any], Optional[dict[str, Any]]]

_JAX = {"ArrayImpl": array_tables.jax_array}
_DUCKDB = {"DuckDBPyRelation": column_tables.relation}

#: By library, the classes that are tables; objects of derived classes are read likewise.
_READERS: Mapping[str, Mapping[str, Reader]] = {
    "pandas": {
        "DataFrame": pandas_tables.frame,
        "Series": pandas_tables.series,
        "Index": pandas_tables.index,
        "BaseGroupBy": pandas_tables.groups,
        "Styler": pandas_tables.styled,
    },
    "polars": {
        "DataFrame": column_tables.polars_frame,
        "Series": column_tables.polars_series,
        "LazyFrame": column_tables.polars_plan,
    },
    "pyarrow": {
        "Table": column_tables.arrow_table,
        "RecordBatch": column_tables.arrow_table,
        "ChunkedArray": column_tables.arrow_array,
        "Array": column_tables.arrow_array,
    },
    "duckdb": _DUCKDB,
    "_duckdb": _DUCKDB,
    "numpy": {"ndarray": array_tables.ndarray},
    "scipy": {"sparray": array_tables.sparse, "spmatrix": array_tables.sparse},
    "torch": {"Tensor": array_tables.tensor},
    "jax": _JAX,
    "jaxlib": _JAX,
    "xarray": {"Dataset": labelled_arrays.dataset, "DataArray": labelled_arrays.data_array},
}

#: Only exactly these: a class derived from them means something else by its items.
_BUILTINS: Mapping[type, Reader] = {
    list: column_tables.list_of_any,
    dict: column_tables.dict_of_any,
    tuple: column_tables.items,
    set: column_tables.items,
    frozenset: column_tables.items,
}

_PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes, type})


def describe(value: object) -> dict[str, Any] | None:
    """What the table `value` holds, as `ramet.wire.description` reads it; None if it is none, or cannot be read."""
    kind = type(value)
    if kind in _PLAIN:
        return None
    try:
        reader = _BUILTINS.get(kind) or _reader(kind)
        return None if reader is None else reader(value)
    except Exception:  # noqa: BLE001 - a class derived from a table may do anything; its own text is shown then
        return None


def _reader(kind: type) -> Reader | None:
    for ancestor in kind.__mro__:
        classes = _READERS.get(ancestor.__module__.partition(".")[0])
        if classes is not None:
            reader = classes.get(ancestor.__name__)
            if reader is not None:
                return reader
    return None
