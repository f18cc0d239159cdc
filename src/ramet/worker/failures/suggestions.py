"""What to tell with an exception beyond its message: names near the wrong one, keys that are there, missing imports.

CPython computes some of this when it prints a traceback, differently in each version and in C until 3.12; here it is
the same in all, and knows tables, files and signatures too.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import inspect
import os
import re
import sys
import types
from itertools import islice
from typing import TYPE_CHECKING, Any, Callable

from ..looking.near_names import near, question
from ..looking.patience import TooSlow, within
from ..looking.resolution import Unresolved, resolve, stored_names
from ..looking.short_repr import listed
from .missing_labels import missing_labels
from .missing_modules import entries, import_for, not_found
from .scene import span, statement

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from .scene import Step

_LIST_LIMIT = 300
_KEYS_MAX = 5_000
_PLAIN = (str, int, float, bytes, bool, type(None))
_ENTRIES_MAX = 2_000
_DEADLINE_S = 0.2
_SIGNATURE_LIMIT = 300
_CALL = re.compile(r"(?:[\w.<>]*?\.?(\w+)\(\) )?.*\bargument")
_KEYWORD = re.compile(r"unexpected keyword argument '(\w+)'")
_IPYTHONS = re.compile(r"\s*(?:%{1,2}[a-z]|!+\w)|.*\w\?{1,2}\s*$")
_IMPORTED = re.compile(r"cannot import name '(\w+)'")


def hints(error: BaseException, steps: list[Step]) -> list[str]:
    """Plain sentences, the most useful first; none where nothing is known. `steps` lead to where it was raised."""
    for kind, advise in _ADVICE:
        if isinstance(error, kind) and (steps or kind is SyntaxError):
            try:
                return within(_DEADLINE_S, advise, error, steps)
            except TooSlow:
                return []
    return []


def _of_name(error: Any, steps: list[Step]) -> list[str]:
    name = getattr(error, "name", None) or _quoted(error)
    frame = steps[-1].frame
    if not name or isinstance(error, UnboundLocalError):
        return []
    holder = frame.f_locals.get("self")
    if holder is not None and name in stored_names(holder):
        return question([f"self.{name}"])
    return import_for(name) or _near(name, [*frame.f_locals, *frame.f_globals, *vars(builtins)])


def _of_attribute(error: Any, steps: list[Step]) -> list[str]:
    name = getattr(error, "name", None) or _quoted(error, last=True)
    if not name:
        return []
    try:
        holder = error.obj if hasattr(error, "obj") else _holder(name, steps)
    except Unresolved:
        return []
    if issubclass(type(holder), types.ModuleType):
        return _of_module(holder, name)
    names = stored_names(holder)
    return [] if name in names else _near(name, names)  # it is there, and what computes it has failed


def _of_module(module: types.ModuleType, name: str) -> list[str]:
    """A submodule that nobody has imported, or what is near."""
    full = f"{vars(module).get('__name__')}.{name}"
    if "__path__" in vars(module) and importlib.util.find_spec(full) is not None:
        return [f"not imported: import {full}"]
    return _near(name, vars(module))


def _of_import(error: Any, _steps: list[Step]) -> list[str]:
    found = _IMPORTED.search(str(error))
    module = sys.modules.get(error.name) if error.name else None
    if found is None or module is None:
        return []
    return _near(found.group(1), [*vars(module), *entries(getattr(module, "__path__", ()))])


def _of_missing_module(error: Any, _steps: list[Step]) -> list[str]:
    return not_found(error.name) if error.name else []


def _of_syntax(error: Any, _steps: list[Step]) -> list[str]:
    """For what IPython would have understood, in a session without it."""
    if not _IPYTHONS.match(error.text or "") or "get_ipython" in vars(sys.modules["__main__"]):
        return []
    return ["this session is plain Python: %magics, !commands and help? are IPython's"]


def _of_key(error: Any, steps: list[Step]) -> list[str]:
    missing = missing_labels(error, steps)
    if missing is not None:
        told = [line for wrong in missing.wrong[:3] for line in _near(wrong, missing.labels(), quoted=True)]
        return [*dict.fromkeys(told), str(missing)]
    if len(error.args) != 1:
        return []
    for mapping in _mappings_without(error.args[0], steps):
        told = _near_keys(error.args[0], mapping)
        return told if mapping is os.environ else [*told, f"keys ({len(mapping):,}): {_listed(mapping)}"]
    return []


def _near_keys(wrong: Any, mapping: Iterable[Any]) -> list[str]:
    """Keys like `wrong`, also one that only has another type."""
    keys = list(islice(mapping, _KEYS_MAX))
    if type(wrong) in (str, int):
        for key in keys:
            if type(key) in (str, int) and type(key) is not type(wrong) and str(key) == str(wrong):
                return question([f"{key!r}, which is of type {type(key).__name__}"])
    return _near(wrong, keys, quoted=True) if type(wrong) is str else []


def _mappings_without(key: Any, steps: list[Step]) -> Iterator[Any]:
    """The dicts that the failing line looks things up in, and that have no `key`."""
    for step in reversed(steps):
        if step.library:
            continue
        for node in _nodes(step, ast.Subscript, ast.Call):
            holder = node.value if isinstance(node, ast.Subscript) else getattr(node.func, "value", None)
            if holder is None:
                continue
            try:
                mapping = resolve(holder, step.frame.f_locals, step.frame.f_globals)
                missing = issubclass(type(mapping), (dict, type(os.environ))) and key not in list(
                    islice(mapping, _KEYS_MAX)
                )
            except Exception:  # noqa: BLE001, S112 - user objects are compared here
                continue
            if missing:
                yield mapping
        return


def _of_file(error: Any, _steps: list[Step]) -> list[str]:
    if not isinstance(error.filename, (str, bytes)):
        return []
    path = os.fsdecode(error.filename).rstrip(os.sep)
    missing, folder = path, os.path.dirname(path)
    while folder and not os.path.isdir(folder):
        missing, folder = folder, os.path.dirname(folder)
    names = _entries(folder or ".")
    told = _near(os.path.basename(missing), (name.rstrip("/") for name in names), quoted=True)
    if missing != path:
        told.insert(0, f"there is no folder {missing!r}")
    shown = [name for name in names if not name.startswith(".")]
    where = folder or f"the working folder {os.getcwd()}"
    return [*told, f"{where} holds {_listed(shown) or 'nothing'}"]


def _entries(folder: str) -> list[str]:
    """The names in `folder`, those of folders with a slash."""
    with os.scandir(folder) as found:
        return sorted(entry.name + "/" * entry.is_dir() for entry in islice(found, _ENTRIES_MAX))


def _of_type(error: Any, steps: list[Step]) -> list[str]:
    """For a call with wrong arguments: what the function takes."""
    message = str(error)
    found = _CALL.match(message)
    if found is None or not found.group(1):
        return []
    for node in _nodes(steps[-1], ast.Call):
        try:
            function = resolve(node.func, steps[-1].frame.f_locals, steps[-1].frame.f_globals)
            signature = inspect.signature(function)
        except (Unresolved, ValueError, TypeError):
            continue
        name = getattr(function, "__name__", "")
        if found.group(1) not in (name, "__init__"):
            continue
        keyword = _KEYWORD.search(message)
        told = _near(keyword.group(1), signature.parameters) if keyword and "Did you mean" not in message else []
        return [*told, f"signature: {name}{signature}"[:_SIGNATURE_LIMIT]]
    return []


def _nodes(step: Step, *kinds: type[ast.AST]) -> Iterator[Any]:
    """The parts of those kinds of the failing lines, the innermost last."""
    tree = statement(step.frame, span(step))
    return (node for node in ast.walk(tree) if isinstance(node, kinds)) if tree is not None else iter(())


def _holder(name: str, steps: list[Step]) -> Any:
    """What the failing line of the user asks for attribute `name`; interpreters before 3.10 do not say."""
    step = next((step for step in reversed(steps) if not step.library), steps[-1])
    for node in _nodes(step, ast.Attribute):
        if node.attr == name:
            return resolve(node.value, step.frame.f_locals, step.frame.f_globals)
    raise Unresolved("the failing line does not show it")


def _near(wrong: str, names: Iterable[object], *, quoted: bool = False) -> list[str]:
    found = near(wrong, names)
    return question(map(repr, found) if quoted else found)


def _listed(names: Collection[Any]) -> str:
    return listed(names, len(names), _LIST_LIMIT)


def _quoted(error: BaseException, *, last: bool = False) -> str:
    """The name that the message has in quotes; interpreters before 3.10 have it nowhere else."""
    found = re.findall(r"'(\w+)'", str(error))
    return found[-1 if last else 0] if found else ""


_Advice = Callable[[Any, "list[Step]"], "list[str]"]

_ADVICE: tuple[tuple[type[BaseException], _Advice], ...] = (
    (NameError, _of_name),
    (AttributeError, _of_attribute),
    (ModuleNotFoundError, _of_missing_module),
    (ImportError, _of_import),
    (KeyError, _of_key),
    (FileNotFoundError, _of_file),
    (TypeError, _of_type),
    (SyntaxError, _of_syntax),
)
