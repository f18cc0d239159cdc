"""A short text for any object, whatever its own `repr` would do.

Built-in containers, dataclasses and plain objects are walked here, as far as there is room. What belongs to a data
library is told by type and shape. Only for the rest is `__repr__` called, and that in limits: see `patience`. It may
still change the object, as any `__repr__` may.
"""

from __future__ import annotations

import collections
import contextlib
import re
import time
import types
from itertools import islice
from typing import TYPE_CHECKING, Any, Callable

from .library_values import is_lazy, summary
from .patience import TooSlow, interruptible, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LIMIT = 80
DEADLINE_S = 0.05
_DEPTH_MAX = 3
_ITEMS_MAX = 50
_ITEM_MIN = 30
_KEPT_MIN = 8
_INT_BITS_MAX = 1000
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_FLAT = re.compile(r"\s*[\n\r\t\v\f]\s*")


def short(value: object, limit: int = LIMIT, deadline_s: float = DEADLINE_S) -> str:
    """At most `limit` characters, on one line, that say what `value` is; in bounded time, and without printing.

    Never raises, but for an interrupt of the user's.
    """
    return _Shortener(time.monotonic() + deadline_s).text(value, limit)


def listed(items: Iterable[Any], count: int, limit: int, deadline_s: float = DEADLINE_S) -> str:
    """The first of `items`, which are `count`, in at most `limit` characters, and how many more there are."""
    return _Shortener(time.monotonic() + deadline_s).joined(items, count, limit)


def cut(text: str, limit: int) -> str:
    """`text`, its middle left out if it has more than `limit` characters."""
    length = str.__len__(text)
    if length <= limit:
        return str.__getitem__(text, slice(None))
    room = limit - len(f"... {length:,} more characters ...")
    gap = f"... {length - room:,} more characters ..."
    if room < _KEPT_MIN:
        room, gap = max(limit - 3, 0), "..."
    head = (room + 1) * 2 // 3
    return str.__getitem__(text, slice(head)) + gap + str.__getitem__(text, slice(length - room + head, length))


def type_name(kind: type) -> str:
    """The name of `kind`, whatever its metaclass says."""
    name = type.__dict__["__qualname__"].__get__(kind)
    return str(name).rpartition("<locals>.")[2]


class _Shortener:
    """Makes the texts of one value and of what is in it, until its time is up."""

    def __init__(self, until: float) -> None:
        self._until = until

    def text(self, value: object, room: int, depth: int = 0) -> str:
        """The text of `value` in at most `room` characters, `depth` containers deep."""
        try:
            return cut(self._text(value, room, depth), room)
        except KeyboardInterrupt:
            if interruptible():
                raise
            return cut(f"<{type_name(type(value))}>", room)
        except BaseException:  # noqa: BLE001 - the value is the user's: whatever it raises, it has a type to be told
            return cut(f"<{type_name(type(value))}>", room)

    def _text(self, value: Any, room: int, depth: int) -> str:
        kind = type(value)
        exact = _EXACT.get(kind)
        if exact is not None:
            return exact(value, room)
        if kind in _CONTAINERS:
            return self._container(value, kind, room, depth)
        if issubclass(kind, _NAMED):
            return _by_name(value)
        told = summary(value, self.joined, room)
        if told is not None:
            return told
        if is_lazy(kind):
            return f"<{type_name(kind)}>"
        return self._structured(value, kind, room, depth) or self._own(value, kind, room)

    def _container(self, value: Any, kind: type, room: int, depth: int) -> str:
        length, items, opening, closing = _CONTAINERS[kind]
        count = length(value)
        if kind is set and not count:
            return "set()"
        if depth >= _DEPTH_MAX and count:
            return f"{opening}...{closing}"
        if kind is tuple and count == 1:
            closing = ",)"
        write = self._pair if kind in _MAPPINGS else self.text
        return opening + self._joined(items(value), count, room - len(opening) - len(closing), depth, write) + closing

    def joined(self, items: Iterable[Any], count: int, room: int) -> str:
        """The first of `items` and how many more there are."""
        return self._joined(items, count, room, 0, self.text)

    def _joined(
        self, items: Iterable[Any], count: int, room: int, depth: int, write: Callable[[Any, int, int], str]
    ) -> str:
        more = len(f", ... {count:,} more")
        texts: list[str] = []
        used = 0
        for item in islice(items, _ITEMS_MAX):
            last = len(texts) + 1 == count
            free = room - used - (0 if last else more)
            text = write(item, max(free, _ITEM_MIN if texts else 8), depth + 1)
            if texts and len(text) > free:
                break
            texts.append(text)
            used += len(text) + 2
            if used > room - more or time.monotonic() > self._until:
                break
        if len(texts) < count:
            texts.append(f"... {count - len(texts):,} more")
        return ", ".join(texts)

    def _pair(self, item: tuple[Any, Any], room: int, depth: int) -> str:
        key = self.text(item[0], room, depth)
        return f"{key}: {self.text(item[1], max(room - len(key) - 2, 8), depth)}"

    def _field(self, item: tuple[str, Any], room: int, depth: int) -> str:
        return f"{item[0]}={self.text(item[1], max(room - len(item[0]) - 1, 8), depth)}"

    def _structured(self, value: Any, kind: type, room: int, depth: int) -> str | None:
        """What is known of the inside of values that have no `__repr__` of their own, or a generated one."""
        represent: Any = kind.__repr__
        if represent is BaseException.__repr__:
            return type_name(kind) + "(" + self._joined(value.args, len(value.args), room - 20, depth, self.text) + ")"
        for base, (length, items, opening, closing) in _CONTAINERS.items():
            if represent is base.__repr__ and issubclass(kind, base):
                joined = self._joined(
                    items(value), length(value), room - 20, depth, self._pair if base in _MAPPINGS else self.text
                )
                return f"{type_name(kind)}({opening}{joined}{closing})"
        fields = _fields(value, kind)
        if fields is None:
            return None
        shown = [(name, field) for name, field in fields if not name.startswith("_")]
        generated = represent is not object.__repr__
        opening, closing = (f"{type_name(kind)}(", ")") if generated else (f"<{type_name(kind)}: ", ">")
        if depth >= _DEPTH_MAX or not shown:
            return f"{type_name(kind)}({'...' if shown else ''})" if generated else f"<{type_name(kind)}>"
        return opening + self._joined(shown, len(shown), room - len(opening) - 1, depth, self._field) + closing

    def _own(self, value: Any, kind: type, room: int) -> str:
        """What its own `repr` says, if that ends in time."""
        name = type_name(kind)
        try:
            text = within(self._until - time.monotonic(), repr, value)
        except TooSlow:
            return f"<{name}, whose repr takes too long>"
        except KeyboardInterrupt:
            if interruptible():
                raise
            return f"<{name}, whose repr raises KeyboardInterrupt>"
        except BaseException as problem:  # noqa: BLE001 - the user's `__repr__` may raise anything
            return f"<{name}, whose repr raises {type_name(type(problem))}>"
        if str.__len__(text) > 10 * room:
            text = cut(text, room)
        return _FLAT.sub(" ", _ADDRESS.sub("", text))


def _fields(value: Any, kind: type) -> Iterator[tuple[str, Any]] | None:
    """The fields of a value that is a dataclass or named tuple by its `repr`, or has the default one."""
    represent: Any = kind.__repr__
    if represent is object.__repr__ or represent is types.SimpleNamespace.__repr__:
        try:
            attributes = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return iter(())
        return islice(dict.items(attributes), 1000)
    names = kind.__dict__.get("_fields")
    if issubclass(kind, tuple) and isinstance(names, tuple) and "namedtuple" in represent.__code__.co_filename:
        return zip(names, tuple.__iter__(value))
    if "__dataclass_fields__" in kind.__dict__ and kind.__dict__["__dataclass_params__"].repr:
        generated = getattr(represent, "__wrapped__", represent)
        if getattr(generated, "__code__", None) is not None and generated.__code__.co_filename == "<string>":
            return _dataclass_items(value, kind)
    return None


def _dataclass_items(value: Any, kind: type) -> Iterator[tuple[str, Any]]:
    for name, field in kind.__dict__["__dataclass_fields__"].items():
        if field.repr and field._field_type.name == "_FIELD":  # noqa: SLF001 - as dataclasses.fields does
            with contextlib.suppress(AttributeError):
                yield name, object.__getattribute__(value, name)


def _integer(value: int, _room: int) -> str:
    bits = value.bit_length()
    return repr(value) if bits <= _INT_BITS_MAX else f"<int of about {int(bits * 0.30103) + 1:,} digits>"


def _string(value: str | bytes, room: int) -> str:
    """A string or bytes in quotes, its middle left out."""
    prefix = repr(value[:room])
    if len(value) <= room and len(prefix) <= room:
        return prefix
    unit = "characters" if isinstance(value, str) else "bytes"
    room = max(room - 40, 8)
    head, tail = value[: room * 2 // 3], value[len(value) - room // 3 :]
    while head and len(repr(head)) + len(repr(tail)) > room + 4:
        head, tail = head[: len(head) * 3 // 4], tail[len(tail) - len(tail) * 3 // 4 :]
    return f"{head!r}... {len(value) - len(head) - len(tail):,} more {unit} ...{tail!r}"


def _by_name(value: Any) -> str:
    if isinstance(value, types.ModuleType):
        return f"<module {types.ModuleType.__getattribute__(value, '__dict__').get('__name__', '?')}>"
    if isinstance(value, type):
        return f"<class {type_name(value)}>"
    name = str(getattr(value, "__qualname__", "")).rpartition("<locals>.")[2]
    return f"<{_KINDS.get(type(value), type_name(type(value)))} {name}>"


def _plain(value: object, _room: int) -> str:
    return repr(value)


_EXACT: dict[type, Callable[[Any, int], str]] = {
    int: _integer, str: _string, bytes: _string, bytearray: _string,
    **dict.fromkeys((bool, float, complex, type(None), type(...), type(NotImplemented)), _plain),
}  # fmt: skip

_MAPPINGS = frozenset({dict, collections.OrderedDict, collections.defaultdict, collections.Counter})

#: How to walk a container without its own methods: its length, its items, and what to write around them.
_CONTAINERS: dict[type, tuple[Callable[[Any], int], Callable[[Any], Iterable[Any]], str, str]] = {
    list: (list.__len__, list.__iter__, "[", "]"),
    tuple: (tuple.__len__, tuple.__iter__, "(", ")"),
    dict: (dict.__len__, dict.items, "{", "}"),
    set: (set.__len__, set.__iter__, "{", "}"),
    frozenset: (frozenset.__len__, frozenset.__iter__, "frozenset({", "})"),
    collections.deque: (collections.deque.__len__, collections.deque.__iter__, "deque([", "])"),
    collections.OrderedDict: (dict.__len__, dict.items, "OrderedDict({", "})"),
    collections.defaultdict: (dict.__len__, dict.items, "defaultdict({", "})"),
    collections.Counter: (dict.__len__, dict.items, "Counter({", "})"),
    type({}.keys()): (len, iter, "dict_keys([", "])"),
    type({}.values()): (len, iter, "dict_values([", "])"),
    type({}.items()): (len, iter, "dict_items([", "])"),
}

_NAMED = (
    types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.GeneratorType,
    types.CoroutineType, types.AsyncGeneratorType, types.WrapperDescriptorType, types.MethodDescriptorType,
)  # fmt: skip
_KINDS = {
    types.BuiltinFunctionType: "function", types.MethodType: "method", types.FunctionType: "function",
    types.AsyncGeneratorType: "async generator", types.WrapperDescriptorType: "method",
    types.MethodDescriptorType: "method",
}  # fmt: skip
