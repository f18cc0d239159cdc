"""How much memory each variable holds: an estimate, made in bounded time and without running user code.

What is shared is counted once, for the variable that is looked at first: arrays and tables come before objects that
may merely refer to them. Buffers are known by their address, so that views, blocks and columns that share one count
it once. Large containers are sampled and the sum is extrapolated. Objects are asked for nothing: their size and what
they refer to come from the interpreter; only types of known libraries have their attributes read.
"""

from __future__ import annotations

import gc
import itertools
import sys
import time
import types
import weakref
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SAMPLE = 1000
_DEPTH_MAX = 40
_OBJECTS_MAX = 100_000  #: looked at for one variable
_GC_HEADER = 16

#: Not part of a variable: the program itself, and what leads to all of it.
_NOT_DATA = (
    type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.CodeType, types.FrameType,
    types.TracebackType, weakref.ref, types.GetSetDescriptorType, types.MemberDescriptorType,
)  # fmt: skip

#: Exact types that refer to nothing.
_PLAIN = frozenset({int, float, complex, bool, str, bytes, bytearray, type(None), range, type(Ellipsis)})

_CONTAINERS = (list, tuple, dict, set, frozenset)

#: Libraries whose values hold their data themselves: they are looked at first.
_DATA_LIBRARIES = frozenset({"builtins", "numpy", "pandas", "pyarrow", "polars", "torch", "array"})

_mro: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
_class_dict: Callable[[type], Mapping[str, Any]] = type.__dict__["__dict__"].__get__


def sizes(namespace: Mapping[str, Any], deadline_s: float = 0.1) -> dict[str, int]:
    """The bytes held by each variable of `namespace`; those that were not reached within `deadline_s` are left out."""
    meter = _Meter(time.monotonic() + deadline_s, seen={id(namespace)})
    found = {}
    for name, value in sorted(namespace.items(), key=lambda item: _rank(item[1])):
        try:
            found[name] = meter.measure(value)
        except _Late:
            break
        except Exception:  # noqa: BLE001, S112 - other threads change what is looked at, and libraries are as they are
            continue
    return found


class _Late(Exception):  # noqa: N818 - not an error
    pass


def _rank(value: object) -> int:
    """Owners of data before views of it, and these before containers and objects, which may refer to either."""
    kind = type(value)
    module = _class_dict(kind).get("__module__", "builtins")
    if (
        not isinstance(module, str)
        or module.partition(".")[0] not in _DATA_LIBRARIES
        or isinstance_of(kind, _CONTAINERS)
    ):
        return 2
    numpy = sys.modules.get("numpy")
    is_view = numpy and isinstance_of(kind, (numpy.ndarray,)) and numpy.ndarray.base.__get__(value) is not None
    return 1 if is_view else 0


class _Meter:
    """Measures one value after another; `seen` are the identities of what was counted."""

    def __init__(self, deadline: float, seen: set[int]) -> None:
        self._deadline = deadline
        self._seen = seen
        self._buffers: set[int] = set()
        self._left = 0
        self._libraries = [
            (module, look) for name, look in _LIBRARIES.items() if (module := sys.modules.get(name)) is not None
        ]

    def measure(self, value: object) -> int:
        """The bytes that `value` holds and nothing measured before it does."""
        self._left = _OBJECTS_MAX
        return round(self.size(value))

    def size(self, value: object, depth: int = 0) -> float:
        """The same, as part of another value."""
        kind = type(value)
        if id(value) in self._seen or self._left <= 0 or depth > _DEPTH_MAX or isinstance_of(kind, _NOT_DATA):
            return 0.0
        self._left -= 1
        if not self._left % 256 and time.monotonic() > self._deadline:
            raise _Late
        self._seen.add(id(value))
        if kind in _PLAIN:
            return sys.getsizeof(value)
        if kind is memoryview:
            return self.size(value.obj, depth + 1)  # type: ignore[attr-defined]  # the check above is too clever for mypy
        for module, look in self._libraries:
            found = look(self, module, value, depth + 1)
            if found is not None:
                return found
        return _own_size(value) + self._contents(value, depth + 1)

    def buffer(self, key: int, size: int) -> float:
        """The bytes of a buffer that other values may share; `key` is its address."""
        if key in self._buffers:
            return 0.0
        self._buffers.add(key)
        return float(size)

    def all(self, values: Iterable[object], depth: int) -> float:
        """The sum over a few values."""
        return sum(self.size(value, depth) for value in values)

    def sampled(self, values: Iterable[object], count: int, total: int, depth: int) -> float:
        """The sum over `total` values, of which `count` are looked at."""
        found = self.all(values, depth)
        return found * total / count if count else 0.0

    def _contents(self, value: Any, depth: int) -> float:
        kinds = _mro(type(value))
        for sequence in (list, tuple):
            if sequence in kinds:
                return self._sequence(sequence, value, depth) + self._attributes(value, kinds, depth)
        for kind in (dict, set, frozenset):
            if kind in kinds:
                return self._collection(kind, value, depth) + self._attributes(value, kinds, depth)
        return self.all(gc.get_referents(value), depth)

    def _sequence(self, kind: Any, value: Any, depth: int) -> float:
        length = kind.__len__(value)
        step = max(1, length // _SAMPLE)
        chosen = [kind.__getitem__(value, at) for at in range(0, length, step)]
        return self.sampled(chosen, len(chosen), length, depth)

    def _collection(self, kind: Any, value: Any, depth: int) -> float:
        length = kind.__len__(value)
        chosen = list(itertools.islice(kind.items(value) if kind is dict else kind.__iter__(value), _SAMPLE))
        members = itertools.chain.from_iterable(chosen) if kind is dict else chosen
        return self.sampled(members, len(chosen), length, depth)

    def _attributes(self, value: object, kinds: tuple[type, ...], depth: int) -> float:
        """Of an instance of a subclass of a container: what it has beyond its members."""
        for kind in kinds:
            descriptor = _class_dict(kind).get("__dict__")
            if isinstance(descriptor, types.GetSetDescriptorType):
                return self.size(descriptor.__get__(value), depth)
        return 0.0


def isinstance_of(kind: type, classes: tuple[type, ...]) -> bool:
    """`issubclass` that asks no metaclass, and no `__class__` of an object that pretends."""
    return any(base in classes for base in _mro(kind))


def _own_size(value: object) -> int:
    """`sys.getsizeof`, unless that would call a method written in Python."""
    kind = type(value)
    for base in _mro(kind):
        method = _class_dict(base).get("__sizeof__")
        if isinstance(method, types.MethodDescriptorType):
            return int(method(value)) + _GC_HEADER * gc.is_tracked(value)
    return object.__sizeof__(value)


def _numpy(meter: _Meter, numpy: Any, value: Any, depth: int) -> float | None:
    """An array: the memory of the one at the bottom, if it is a view."""
    array = numpy.ndarray
    if not isinstance_of(type(value), (array,)):
        return None
    base_of = array.base.__get__
    root, base = value, base_of(value)
    while base is not None and isinstance_of(type(base), (array,)):
        root, base = base, base_of(base)
    if base is not None and type(base).__module__ == "mmap":
        return 0.0  # the pages of a file are the system's, which takes them back when it needs them
    if base is not None and isinstance_of(type(base), _HOLDERS):
        return meter.size(base, depth)
    address = array.__array_interface__.__get__(root)["data"][0]
    total = meter.buffer(address, array.nbytes.__get__(root))
    if total and array.dtype.__get__(root).hasobject:
        count = array.size.__get__(root)
        chosen = range(0, count, max(1, count // _SAMPLE))
        total += meter.sampled((array.item(root, at) for at in chosen), len(chosen), count, depth)
    return total


#: What an array may be a view of and that knows its own size; anything else stands for the array's own bytes.
_HOLDERS = (bytes, bytearray, memoryview)


def _pyarrow(meter: _Meter, pyarrow: Any, value: Any, depth: int) -> float | None:  # noqa: ARG001 - as the others
    """Tables and arrays by their buffers; what lies between is made on the way, so that its identity says nothing."""
    kind = type(value)
    if isinstance_of(kind, (pyarrow.Buffer,)):
        return meter.buffer(value.address, value.size)
    if isinstance_of(kind, (pyarrow.Array,)):
        return _arrow_array(meter, pyarrow, value)
    if isinstance_of(kind, (pyarrow.ChunkedArray,)):
        return sum(_arrow_array(meter, pyarrow, chunk) for chunk in value.iterchunks())
    if isinstance_of(kind, (pyarrow.Table,)):
        chunks = itertools.chain.from_iterable(column.iterchunks() for column in value.itercolumns())
        return sum(_arrow_array(meter, pyarrow, chunk) for chunk in chunks)
    if isinstance_of(kind, (pyarrow.RecordBatch,)):
        return sum(_arrow_array(meter, pyarrow, column) for column in value.itercolumns())
    return None


def _arrow_array(meter: _Meter, pyarrow: Any, array: Any) -> float:
    total = sum(meter.buffer(buffer.address, buffer.size) for buffer in array.buffers() if buffer is not None)
    if isinstance_of(type(array), (pyarrow.DictionaryArray,)):
        total += _arrow_array(meter, pyarrow, array.dictionary)
    return total


def _polars(meter: _Meter, polars: Any, value: Any, depth: int) -> float | None:  # noqa: ARG001 - as the others
    """Frames and series by their own account."""
    if isinstance_of(type(value), (polars.DataFrame, polars.Series)):
        return float(value.estimated_size())
    return None


def _torch(meter: _Meter, torch: Any, value: Any, depth: int) -> float | None:
    """A tensor: its storage, if that is in main memory; its gradient too."""
    if not isinstance_of(type(value), (torch.Tensor,)):
        return None
    with torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001 - a subclass would run code of its own
        if value.device.type != "cpu" or value.layout is not torch.strided:
            return 0.0
        storage = value.untyped_storage()
        size = meter.buffer(storage.data_ptr(), storage.nbytes())
        return size + (meter.size(value.grad, depth) if value.is_leaf and value.grad is not None else 0.0)


_LIBRARIES: dict[str, Callable[[_Meter, Any, Any, int], float | None]] = {
    "numpy": _numpy,
    "pyarrow.lib": _pyarrow,
    "polars": _polars,
    "torch": _torch,
}
