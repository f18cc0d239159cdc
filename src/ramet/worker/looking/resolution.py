"""What an expression such as `df.columns`, `np.linalg.svd` or `config["key"]` names, found without running user code.

Attributes are looked up where they are stored. A property is found but not asked, unless a data library defines it; so
are `__getattr__` and `__getitem__`.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import types
from itertools import islice
from typing import Any

from .library_values import is_data, own
from .patience import TooSlow, within

_DEADLINE_S = 0.2
_C_MEMBERS = (types.MemberDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType)
_COLUMNS_MAX = 5_000
_SEQUENCES = (list, tuple, str, bytes)


class Unresolved(Exception):  # noqa: N818 - it is an answer, not a fault
    """Nothing is known by that name: `name` is not in `holder`, or in the namespace if there is none."""

    def __init__(self, reason: str, name: str = "", holder: object = None) -> None:
        super().__init__(reason)
        self.name, self.holder = name, holder


def parsed(expression: str) -> ast.expr:
    """`expression` as a tree; Unresolved if it is none."""
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Unresolved(f"{expression!r} is no expression") from None


def resolve(node: ast.expr, *namespaces: Any) -> Any:
    """The object that `node` names in the first of `namespaces` that has it; a `property` itself where it is one."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return _variable(node.id, namespaces)
    if isinstance(node, ast.Attribute):
        return attribute(resolve(node.value, *namespaces), node.attr)
    if isinstance(node, ast.Subscript):
        try:
            key = ast.literal_eval(node.slice)
        except (ValueError, TypeError, RecursionError):
            raise Unresolved("only keys that are written out are looked up") from None
        return _item(resolve(node.value, *namespaces), key)
    raise Unresolved("only names, attributes and keys are looked up; run the code to see its value")


def attribute(value: object, name: str) -> Any:
    """Attribute `name` of `value`, bound if it is a method; Unresolved if it is stored nowhere."""
    try:
        found = inspect.getattr_static(value, name)
    except AttributeError:
        return _computed(value, name)
    if issubclass(type(value), types.ModuleType):
        return found
    if isinstance(found, (staticmethod, classmethod)):
        return found.__func__
    if issubclass(type(value), type):
        return found
    if isinstance(found, types.FunctionType) and name not in _own_dict(value):
        return types.MethodType(found, value)
    if isinstance(found, _C_MEMBERS):
        return found.__get__(value, type(value))
    if hasattr(type(found), "__get__") and is_data(type(value)):
        asked = _limited(own, value, name)
        return found if asked is None else asked
    return found


def stored_names(value: Any) -> list[str]:
    """The names of attributes that are stored on `value` and its classes, the nearest first; columns of a table too."""
    kind = type(value)
    names: dict[Any, None] = dict.fromkeys(_own_dict(value))
    if issubclass(kind, types.ModuleType):
        return [*names]
    if is_data(kind) and kind.__name__ == "DataFrame":
        names.update(dict.fromkeys(islice(value.columns, _COLUMNS_MAX)))
    for holder in (*(type.__dict__["__mro__"].__get__(value) if issubclass(kind, type) else ()), *kind.__mro__):
        names.update(dict.fromkeys(type.__dict__["__dict__"].__get__(holder)))
    return [name for name in names if type(name) is str]


def _variable(name: str, namespaces: tuple[Any, ...]) -> Any:
    for namespace in (*namespaces, vars(builtins)):
        if name in namespace:
            return namespace[name]
    raise Unresolved(f"there is no variable {name!r}", name)


def _computed(value: object, name: str) -> Any:
    """An attribute that is stored nowhere: a submodule, or the column of a table."""
    if issubclass(type(value), types.ModuleType):
        submodule = sys.modules.get(f"{vars(value).get('__name__')}.{name}")
        if submodule is not None:
            return submodule
    elif is_data(type(value)):
        try:
            return _limited(getattr, value, name)
        except AttributeError:
            pass
    raise Unresolved(f"it has no attribute {name!r} that can be found without running code", name, value)


def _item(value: Any, key: Any) -> Any:
    kind = type(value)
    try:
        if issubclass(kind, dict):
            return dict.__getitem__(value, key)
        if kind in _SEQUENCES:
            return value[key]
        if is_data(kind):
            return _limited(lambda: value[key])
    except (LookupError, TypeError, ValueError):
        raise Unresolved(f"it has no item {key!r}", str(key), value) from None
    raise Unresolved(f"items of a {kind.__qualname__} cannot be looked up without running code")


def _own_dict(value: object) -> dict[str, Any]:
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return attributes if type(attributes) is dict else {}


def _limited(function: Any, *args: Any) -> Any:
    try:
        return within(_DEADLINE_S, function, *args)
    except TooSlow:
        raise Unresolved("looking it up takes too long") from None
