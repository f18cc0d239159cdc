"""All that can be told about an object without running it: what it is, how it is called, where it is defined."""

from __future__ import annotations

import ast
import importlib.util
import inspect as python_inspect
import sys
import types
from typing import Any

from .library_values import is_data, library_of
from .near_names import near
from .patience import TooSlow, within
from .profile import profile
from .resolution import Unresolved, parsed, resolve, stored_names
from .short_repr import cut, short, type_name
from .variables import extent

_DOC_MAX = 4_000
_SOURCE_MAX = 12_000
_SIGNATURE_MAX = 1_000
_VALUE_MAX = 400
_DATA_VALUE_MAX = 100
_MEMBERS_MAX = 200
_DEADLINE_S = 0.5
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodWrapperType)
_METHODS = (
    types.MethodType, types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType,
)  # fmt: skip


def inspect(namespace: dict[str, Any], expression: str) -> dict[str, Any]:
    """What is known of `expression`: a name, attributes and written-out keys, such as `df.merge` or `config["a"]`.

    `found` is False where it names nothing; then `reason` says why, and `near` has names that may have been meant.
    Nothing is called, no property asked, unless a data library defines it; a module is not imported for it.
    """
    expression = expression.strip().strip("?").strip()
    try:
        value = resolve(parsed(expression), namespace)
    except Unresolved as problem:
        module = _module_on_disk(expression)
        if module is not None:
            return {"expression": expression, "found": True, **module}
        return _not_found(expression, problem, namespace)
    return {"expression": expression, "found": True, **_facts(value)}


def _facts(value: Any) -> dict[str, Any]:
    kind = _kind(value)
    plain = kind == "object"
    facts: dict[str, Any] = {
        "kind": kind,
        "type": type_name(type(value)),
        "module": _asked(_module_of, value) or library_of(type(value)),
        "value": short(value, _DATA_VALUE_MAX if is_data(type(value)) else _VALUE_MAX),
        "members": _members(value),
        "doc": "" if plain and not _is_users(value) else cut(str(_asked(_doc, value) or ""), _DOC_MAX),
        **extent(value),
    }
    subject = value.fget if kind == "property" else type(value) if plain else value
    if not plain:
        facts["signature"] = _asked(_signature, subject) or ""
    if not plain or _is_users(value):
        facts.update(_asked(_source, subject) or {})
    data = _asked(profile, value)
    return {**facts, "data": data} if data else facts


def _asked(question: Any, value: Any) -> Any:
    """The answer to `question` about `value`, None if there is none in time: it may run code of the user's."""
    try:
        return within(_DEADLINE_S, question, value)
    except (Exception, TooSlow):  # noqa: BLE001 - `inspect` and libraries ask the object, which may raise anything
        return None


def _kind(value: object) -> str:
    kind = type(value)
    if issubclass(kind, types.ModuleType):
        return "module"
    if issubclass(kind, type):
        return "class"
    if kind is property:
        return "property"
    if issubclass(kind, _METHODS):
        return "method"
    return "function" if issubclass(kind, _FUNCTIONS) or _is_wrapper(value) else "object"


def _is_wrapper(value: object) -> bool:
    """Whether `value` is a function that a library has wrapped, such as those of numpy and cached ones."""
    known = is_data(type(value)) or library_of(type(value)) == "functools"
    return known and callable(value) and isinstance(_asked(lambda it: it.__name__, value), str)


def _is_users(value: object) -> bool:
    """Whether the class of `value` is one that the session defines."""
    return library_of(type(value)) == "__main__"


def _module_of(value: Any) -> str:
    """Where `value` is defined; for an object of no name of its own, its class."""
    named: Any = value.fget if type(value) is property else value if _kind(value) != "object" else type(value)
    return str(named.__name__ if _kind(named) == "module" else named.__module__ or "")


def _signature(value: Any) -> str:
    if _kind(value) == "module" or not callable(value):
        return ""
    name = str(getattr(value, "__name__", ""))
    return cut(f"{name}{python_inspect.signature(value)}", _SIGNATURE_MAX)


def _source(value: Any) -> dict[str, Any]:
    """The text that defines `value`, with its place."""
    if _kind(value) == "module":
        return {"file": python_inspect.getsourcefile(value) or getattr(value, "__file__", "") or ""}
    value = python_inspect.unwrap(value) if callable(value) else value
    where = {"file": python_inspect.getsourcefile(value) or ""}
    lines, line = python_inspect.getsourcelines(value)
    text = "".join(lines)
    return {**where, "line": line, "source": cut(text, _SOURCE_MAX)}


def _members(value: object) -> list[str]:
    """The public names of a module, of a class, or of an object whose class the user wrote."""
    kind = _kind(value)
    if kind not in ("module", "class") and not _is_users(value):
        return []
    public = [name for name in stored_names(value) if not name.startswith("_") and name != "mro"]
    if kind == "module":  # without what it imports for itself
        own = vars(value)
        public = [name for name in public if type(own[name]) is not types.ModuleType or name in own.get("__all__", ())]
    return public[:_MEMBERS_MAX]


def _doc(value: object) -> str:
    """The docstring; of an object, which has that of its class, the first paragraph."""
    doc = python_inspect.getdoc(value) or ""
    return doc if _kind(value) != "object" else doc.partition("\n\n")[0]


def _not_found(expression: str, problem: Unresolved, namespace: dict[str, Any]) -> dict[str, Any]:
    holder = problem.holder
    names = (
        [*namespace] if holder is None else [*dict.keys(holder)] if isinstance(holder, dict) else stored_names(holder)
    )
    return {
        "expression": expression,
        "found": False,
        "reason": str(problem),
        "near": near(problem.name, names) if problem.name else [],
    }


def _module_on_disk(name: str) -> dict[str, Any] | None:
    """A module that is not imported: its docstring, read from its file, and its public names."""
    if name in sys.modules:
        return _facts(sys.modules[name])
    if not name.isidentifier():  # to find a submodule, Python imports its package
        return None
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None:
        return None
    facts: dict[str, Any] = {
        "kind": "module", "type": "module", "module": name, "file": spec.origin or "", "members": [],
        "value": f"not imported: import {name}", "doc": "",
    }  # fmt: skip
    if spec.origin and spec.origin.endswith(".py"):
        facts.update(_asked(_read_module, spec.origin) or {})
    return facts


def _read_module(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8", errors="replace") as file:
        tree = ast.parse(file.read())
    names = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))]
    public = [name for name in names if not name.startswith("_")]
    return {"doc": cut(ast.get_docstring(tree) or "", _DOC_MAX), "members": public[:_MEMBERS_MAX]}
