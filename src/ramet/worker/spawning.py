"""Let `multiprocessing`'s spawn and forkserver children find what the session's cells defined.

Such a child is a new interpreter that looks for `__main__.f` by running the parent's main file. A session has no file,
so one is written when a child is about to start: the imports, functions and classes that the cells defined, taken from
their source, and the values of those globals that they name, pickled. No other statement of a cell runs in a child.
"""

from __future__ import annotations

import ast
import linecache
import os
import pickle
import types
from typing import TYPE_CHECKING, Any

from .provenance import is_cell

if TYPE_CHECKING:
    from .place import Place

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_VALUES_MAX_BYTES = 64 << 20


class MainFile:
    """Writes the main file of a session's spawned children into the session's folder."""

    def __init__(self, namespace: dict[str, Any], place: Place) -> None:
        self._namespace, self._place = namespace, place

    def install(self, spawn: Any) -> None:
        """Hook into `multiprocessing.spawn`, which is imported by then."""
        prepare = spawn.get_preparation_data

        def with_main_file(name: str) -> dict[str, Any]:
            data: dict[str, Any] = prepare(name)
            if not {"init_main_from_name", "init_main_from_path"} & data.keys():
                data["init_main_from_path"] = self.write()
            return data

        spawn.get_preparation_data = with_main_file

    def write(self) -> str:
        """Write the file as the session stands now and return its path."""
        path = os.path.join(self._place.folder, "session_main.py")
        statements, used = _definitions(self._namespace)
        values = self._values(used)
        source = "import pickle as _pickle\n" if values else ""
        for name, data in values.items():
            source += f"{name} = _pickle.loads({data!r})\n"
        partial = f"{path}.{os.getpid()}"
        with open(partial, "w", encoding="utf-8") as file:
            file.write("\n".join([*statements[0], source, *statements[1]]) + "\n")
        os.replace(partial, path)  # a child that was started before may be reading the former one
        return path

    def _values(self, names: set[str]) -> dict[str, bytes]:
        """Pickles of the globals among `names` that can be pickled and that no definition makes."""
        values: dict[str, bytes] = {}
        room = _VALUES_MAX_BYTES
        for name in sorted(names & self._namespace.keys()):
            value = self._namespace[name]
            if name.startswith("__") or isinstance(value, (types.ModuleType, types.FunctionType, type)):
                continue
            try:
                data = pickle.dumps(value)
            except Exception:  # noqa: BLE001, S112 - any object may refuse, each in its own way; the child then lacks it
                continue
            if b"__main__" in data or len(data) > room:
                continue  # its class is defined further down, or it is too large to be copied to every child
            room -= len(data)
            values[name] = data
        return values


def _definitions(namespace: dict[str, Any]) -> tuple[tuple[list[str], list[str]], set[str]]:
    """The cells' (imports, definitions) as source, oldest first, and all the names that the definitions mention."""
    imports: list[str] = []
    definitions: dict[str, str] = {}
    used: set[str] = set()
    for file in sorted((name for name in linecache.cache if is_cell(name)), key=lambda name: int(name[5:])):
        try:
            tree = ast.parse("".join(linecache.getlines(file)))
        except (SyntaxError, ValueError):
            continue
        for node in tree.body:
            if isinstance(node, _IMPORTS):
                imports.append(_guarded(ast.unparse(node)))
            elif isinstance(node, _DEFINITIONS) and node.name in namespace:
                definitions.pop(node.name, None)
                definitions[node.name] = ast.unparse(node)
                used |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    return (imports, list(definitions.values())), used


def _guarded(statement: str) -> str:
    return f"try:\n    {statement}\nexcept ImportError:\n    pass"
