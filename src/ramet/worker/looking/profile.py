"""What a data set holds: for each column its element type, missing values, range and most frequent values.

Large data is sampled, and the profile says from how many rows it was computed.
"""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

from .library_values import library_of
from .short_repr import short

_CELLS_MAX = 1_000_000
_COLUMNS_MAX = 60
_TOP = 3
_VALUE_LIMIT = 40


def profile(value: Any) -> dict[str, Any] | None:
    """`rows`, `sampled` (how many were looked at), `columns` and `columns_omitted`; None for what is no data."""
    kind = type(value)
    name, library = kind.__name__, library_of(kind)
    if library == "pandas" and name == "DataFrame":
        return _frame(value)
    if library == "pandas" and (name == "Series" or name.endswith("Index")) and name != "MultiIndex":
        return _frame(value.to_frame(name=value.name if value.name is not None else ""))
    if library == "numpy" and name == "ndarray" and value.dtype.kind in "biufc" and value.size:
        return _array(value)
    if library == "polars" and name in ("DataFrame", "Series"):
        return _polars(value if name == "DataFrame" else value.to_frame())
    return None


def _frame(frame: Any) -> dict[str, Any]:
    rows, width = frame.shape
    step = max(1, -(-rows * min(width, _COLUMNS_MAX) // _CELLS_MAX))
    seen = frame.iloc[::step] if step > 1 else frame
    columns = [
        {"name": str(frame.columns[number]), **_series(seen.iloc[:, number])}
        for number in range(min(width, _COLUMNS_MAX))
    ]
    return {"rows": rows, "sampled": len(seen), "columns": columns, "columns_omitted": max(0, width - _COLUMNS_MAX)}


def _series(series: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"dtype": str(series.dtype), "missing": int(series.isna().sum())}
    present = series.dropna()
    if not len(present):
        return facts
    if series.dtype.kind in "iufmM":
        return {**facts, "low": _text(present.min()), "high": _text(present.max())}
    try:
        counts = present.value_counts()
    except TypeError:  # lists and the like cannot be counted
        return facts
    facts["distinct"] = len(counts)
    facts["top"] = [[_text(label), int(count)] for label, count in islice(counts.items(), _TOP)]
    return facts


def _array(array: Any) -> dict[str, Any]:
    numpy = sys.modules["numpy"]
    flat = array.reshape(-1) if array.flags.c_contiguous else array.flat[:_CELLS_MAX]
    step = max(1, -(-flat.size // _CELLS_MAX))
    seen = flat[::step]
    missing = numpy.isnan(seen) if array.dtype.kind in "fc" else numpy.zeros(seen.shape, bool)
    present = seen[~missing]
    column: dict[str, Any] = {"name": "", "dtype": str(array.dtype), "missing": int(missing.sum())}
    if present.size and array.dtype.kind != "c":
        column.update(low=_text(present.min().item()), high=_text(present.max().item()))
    return {"rows": int(array.size), "sampled": int(seen.size), "columns": [column], "columns_omitted": 0}


def _polars(frame: Any) -> dict[str, Any]:
    rows, width = frame.shape
    seen = frame.head(max(1, _CELLS_MAX // max(1, min(width, _COLUMNS_MAX))))
    columns = [_polars_series(series) for series in islice(seen.iter_columns(), _COLUMNS_MAX)]
    return {"rows": rows, "sampled": len(seen), "columns": columns, "columns_omitted": max(0, width - _COLUMNS_MAX)}


def _polars_series(series: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": series.name, "dtype": str(series.dtype), "missing": int(series.null_count())}
    if series.dtype.is_numeric() or series.dtype.is_temporal():
        if facts["missing"] < len(series):
            facts.update(low=_text(series.min()), high=_text(series.max()))
    elif str(series.dtype) in ("String", "Boolean", "Categorical"):
        counts = series.drop_nulls().value_counts(sort=True)
        facts["distinct"] = len(counts)
        facts["top"] = [[_text(label), int(count)] for label, count in counts.head(_TOP).rows()]
    return facts


def _text(value: Any) -> str:
    """A value as it reads in a table: numbers plain, moments without a type name."""
    item = getattr(value, "item", None)
    if library_of(type(value)) == "numpy" and item is not None and type(value).__name__ != "datetime64":
        value = item()
    if library_of(type(value)) == "pandas":
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return short(value, _VALUE_LIMIT)
