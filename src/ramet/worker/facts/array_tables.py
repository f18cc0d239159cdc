"""Tables of what has dimensions: arrays, tensors, sparse matrices, labelled arrays.

An array of three or more dimensions is read as rows of its innermost vectors, labelled with their places.
"""

from __future__ import annotations

import bisect
import math
import sys
from typing import TYPE_CHECKING, Any, Callable, Optional

from . import table_values
from .table_grid import About, Grid, described, kind_of, outlined

if TYPE_CHECKING:
    from collections.abc import Sequence

Description = Optional[dict[str, Any]]

#: A smaller array is clear enough by its own text.
_SMALL = 20

#: What is larger is not looked at as a whole.
_SUMMARISED = 1_000_000

#: Torch computes what is larger on a pool of threads, which would keep the process from being copied plainly.
_SUMMARISED_BY_TORCH = 10_000

_COPIED_BYTES = 16_000_000

_NDARRAYS = ("ndarray", "memmap", "matrix", "MaskedArray", "recarray")


def ndarray(value: Any) -> Description:
    """A numpy array of one dimension or more. Other classes derived from it know better how to show themselves."""
    if value.size <= _SMALL or type(value).__name__ not in _NDARRAYS:
        return None
    numpy = sys.modules["numpy"]
    plain = value if type(value).__name__ == "MaskedArray" else numpy.asarray(value)
    if value.dtype.names:
        return _structured(value, plain)
    facts = _summary(numpy, plain)
    if plain is value and type(value).__name__ == "MaskedArray":
        facts.append(f"{int(numpy.count_nonzero(numpy.ma.getmaskarray(value))):,} masked (--)")
    about = About(kind_of(value), value.shape, _axes(value), str(value.dtype), facts)
    return described(about, _dense(plain.shape, lambda place, part: _values(plain[(*place, part)])))


def tensor(value: Any) -> Description:
    """A torch tensor, wherever it is."""
    if value.numel() <= _SMALL or value.is_sparse or value.is_quantized or value.device.type == "meta":
        return None
    plain = value.detach()
    facts = [] if value.device.type == "cpu" else [f"on {value.device}"]
    if value.requires_grad:
        facts.append("requires grad" if value.grad_fn is None else f"grad_fn {type(value.grad_fn).__name__}")
    if value.numel() <= _SUMMARISED_BY_TORCH and value.dtype.is_floating_point:
        facts.extend(_summary_by_torch(plain))
    about = About(kind_of(value), value.shape, _axes(value), str(value.dtype).rpartition(".")[2], facts)
    return described(about, _dense(tuple(value.shape), lambda place, part: plain[(*place, part)].tolist()))


def jax_array(value: Any) -> Description:
    """A JAX array that can be seen from here without copying much."""
    numpy = sys.modules.get("numpy")
    if numpy is None or value.size <= _SMALL or value.nbytes > _COPIED_BYTES:
        return None
    plain = numpy.asarray(value)  # slicing in JAX would compile a program for each slice
    devices = sorted(str(device) for device in value.devices() if device.platform != "cpu")
    facts = [f"on {device}" for device in devices] + _summary(numpy, plain)
    about = About("jax.Array", value.shape, _axes(value), str(value.dtype), facts)
    return described(about, _dense(plain.shape, lambda place, part: plain[(*place, part)].tolist()))


def sparse(value: Any) -> Description:
    """A scipy sparse matrix or array: its first and last stored values with their places."""
    stored = int(value.nnz)
    share = stored / max(math.prod(value.shape), 1)
    facts = [f"{value.format} format", f"{stored:,} stored values ({100 * share:.3g}%)"]
    about = About(kind_of(value), value.shape, (), str(value.dtype), facts)
    places = _PLACES.get(value.format)
    if places is None or len(value.shape) != 2:
        return outlined(about)
    labels = ("row", "column", "value")
    grid = Grid(
        rows=len(value.data),
        width=3,
        label=lambda j: (labels[j], ""),
        read=lambda start, stop, _: [*places(value, start, stop), value.data[start:stop].tolist()],
        unit="stored values",
    )
    return described(about, grid)


def _coordinates(value: Any, start: int, stop: int) -> list[list[int]]:
    return [value.row[start:stop].tolist(), value.col[start:stop].tolist()]


def _by_rows(value: Any, start: int, stop: int) -> list[list[int]]:
    major = [bisect.bisect_right(value.indptr, position) - 1 for position in range(start, stop)]
    return [major, value.indices[start:stop].tolist()]


def _by_columns(value: Any, start: int, stop: int) -> list[list[int]]:
    return _by_rows(value, start, stop)[::-1]


_PLACES: dict[str, Callable[[Any, int, int], list[list[int]]]] = {
    "coo": _coordinates,
    "csr": _by_rows,
    "csc": _by_columns,
}


def _dense(shape: Sequence[int], vector: Callable[[tuple[int, ...], slice], list[Any]]) -> Grid:
    """An array as rows; `vector(place, part)` reads a part of the innermost vector at `place`."""
    if len(shape) == 1:
        return Grid(
            rows=shape[0],
            width=1,
            label=lambda _: ("", ""),
            read=lambda start, stop, _: [vector((), slice(start, stop))],
            unit="values",
            missing="--",
        )
    leading, width = shape[:-1], shape[-1]

    def read(start: int, stop: int, shown: Sequence[int]) -> Sequence[Sequence[object]]:
        split = next((k for k in range(1, len(shown)) if shown[k] != shown[k - 1] + 1), len(shown))
        parts = [slice(run[0], run[-1] + 1) for run in (shown[:split], shown[split:]) if run]
        rows = [[x for part in parts for x in vector(_place(row, leading), part)] for row in range(start, stop)]
        return list(zip(*rows)) if rows else [[] for _ in shown]

    def places(start: int, stop: int) -> list[list[str]]:
        return [[f"[{', '.join(map(str, _place(row, leading)))}]" for row in range(start, stop)]]

    labelled = len(leading) > 1
    return Grid(
        rows=math.prod(leading),
        width=width,
        label=lambda _: ("", ""),
        read=read,
        index=[("", "")] if labelled else [],
        read_index=places if labelled else lambda *_: [],
        unit="vectors" if labelled else "rows",
        missing="--",
    )


def _axes(value: Any) -> tuple[str, ...]:
    return ("values",) if len(value.shape) == 1 else ()


def _place(row: int, leading: Sequence[int]) -> tuple[int, ...]:
    place: list[int] = []
    for size in reversed(leading):
        row, position = divmod(row, size)
        place.insert(0, position)
    return tuple(place)


def _structured(value: Any, plain: Any) -> Description:
    """A structured array: its fields are columns. Of several dimensions only the outermost is gone along."""
    if plain.ndim != 1:
        return None
    fields = value.dtype.names
    grid = Grid(
        rows=len(value),
        width=len(fields),
        label=lambda j: (table_values.name(fields[j]), table_values.dtype(value.dtype[j])),
        read=lambda start, stop, shown: [_values(plain[fields[j]][start:stop]) for j in shown],
        missing="--",
    )
    return described(About(kind_of(value), (len(value), len(fields)), ("rows", "fields")), grid)


def _values(part: Any) -> list[Any]:
    """The values of a vector; moments stay numpy's, which as numbers would be counts of nanoseconds."""
    return list(part) if part.dtype.kind in "mM" else list(part.tolist())


def _summary(numpy: Any, value: Any) -> list[str]:
    """The range of an array's numbers, if a look at all of them is quick."""
    kind = value.dtype.kind
    if not 0 < value.size <= _SUMMARISED:
        return []
    if kind == "b":
        return [f"{int(numpy.count_nonzero(value)):,} of {value.size:,} true"]
    if kind not in "iuf":
        return []
    with numpy.errstate(all="ignore"):
        missing = int(numpy.count_nonzero(numpy.isnan(value))) if kind == "f" else 0
        known = value[~numpy.isnan(value)] if missing else value
        if not known.size:
            return ["all NaN"]
        facts = _range(known.min().item(), known.max().item(), float(known.mean(dtype="float64")))
    return [*facts, f"{missing:,} NaN"] if missing else facts


def _summary_by_torch(value: Any) -> list[str]:
    unknown = value.isnan()
    missing = int(unknown.sum())
    known = value[~unknown] if missing else value
    if not known.numel():
        return ["all NaN"]
    facts = _range(known.min().item(), known.max().item(), known.float().mean().item())
    return [*facts, f"{missing:,} NaN"] if missing else facts


def _range(least: float, greatest: float, mean: float) -> list[str]:
    text = table_values.text
    if least == greatest:
        return [f"values all {text(least)}"]
    average = f", mean {text(mean)}" if math.isfinite(mean) else ""
    return [f"values {text(least)} to {text(greatest)}{average}"]
