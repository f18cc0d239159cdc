"""What values of the data libraries are, in a few words and without their `repr`: type, shape, element type.

Nothing is imported and nothing computed: the libraries' own attributes are read, past any override in a subclass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Iterable

_ARRAYS = frozenset(
    {"numpy", "pandas", "polars", "pyarrow", "torch", "scipy", "xarray", "jax", "jaxlib", "tensorflow", "cupy", "h5py",
     "zarr", "geopandas"}
)  # fmt: skip

#: Their `repr` computes, fetches from a database, or takes seconds.
_LAZY = frozenset({"dask", "django", "duckdb", "ibis", "modin", "peewee", "pyspark", "ray", "sqlalchemy", "vaex"})

_TABLES = frozenset({"DataFrame", "LazyFrame", "Table", "RecordBatch", "GeoDataFrame"})
_VALUES_SHOWN = 6

Listed = Callable[["Iterable[Any]", int, int], str]  # the first of so many items, in so many characters


def library_of(kind: type) -> str:
    """The top-level package that `kind` is from."""
    module = type.__dict__["__module__"].__get__(kind)
    return module.partition(".")[0] if isinstance(module, str) else ""


def is_data(kind: type) -> bool:
    """Whether `kind` is a data library's, or made from one of its types."""
    return any(library_of(base) in _ARRAYS for base in kind.__mro__)


def is_lazy(kind: type) -> bool:
    """Whether showing a value of that type may be costly work, or talk to a server."""
    return any(library_of(base) in _LAZY for base in kind.__mro__) or (
        kind.__name__ == "LazyFrame" and library_of(kind) == "polars"
    )


def own(value: object, name: str) -> Any:
    """Attribute `name` of `value` as the data library defines it, None if it does not."""
    for base in type(value).__mro__:
        if name in base.__dict__ and library_of(base) in _ARRAYS:
            attribute = base.__dict__[name]
            get = getattr(type(attribute), "__get__", None)
            return get(attribute, value, type(value)) if get is not None else attribute
    return None


def summary(value: object, listed: Listed, room: int) -> str | None:
    """`ndarray (1000, 3) float64` and its like; None for all else. `listed` tells names and values in it."""
    kind = type(value)
    if not is_data(kind):
        return None
    name = kind.__qualname__
    if name in _TABLES:
        return _table(name, value, listed, room)
    shape = own(value, "shape")
    if not isinstance(shape, tuple) or (not shape and name not in ("ndarray", "Tensor")):
        return None
    text = f"{name} ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''}){_element_type(value)}"
    device = own(value, "device")
    if device is not None and library_of(kind) == "torch":
        text += "" if str(device) == "cpu" else f" {device}"
    return text + _tail(value, shape, listed, max(room - len(text), 8))


def _table(kind: str, value: object, listed: Listed, room: int) -> str | None:
    shape = own(value, "shape")
    if not isinstance(shape, tuple) or len(shape) != 2:  # a lazy one
        return None
    text = f"{kind} {shape[0]}x{shape[1]}"
    names = own(value, "columns") if kind.endswith("Frame") else own(value, "column_names")
    if names is None or not shape[1]:
        return text
    return f"{text} ({listed(names, shape[1], room - len(text) - 3)})"


def _element_type(value: object) -> str:
    dtype = own(value, "dtype")
    return "" if dtype is None else f" {str(dtype).removeprefix('torch.')}"


def _tail(value: object, shape: tuple[Any, ...], listed: Listed, room: int) -> str:
    """The values of a small array; the name of a series."""
    if type(value).__name__ == "Series":
        name = own(value, "name")
        return "" if name is None else f" named {listed((name,), 1, room)}"
    small = len(shape) <= 1 and (not shape or 0 < shape[0] <= _VALUES_SHOWN)
    if small and type(value).__name__ == "ndarray" and own(value, "dtype").kind in "biufc":
        values = own(value, "tolist")()
        return f" [{listed(values, len(values), room)}]" if shape else f" {listed((values,), 1, room)}"
    return ""
