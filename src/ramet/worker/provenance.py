"""Whose code a frame runs: the user's, or which library's."""

from __future__ import annotations

import os
from typing import Any

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def is_cell(file: str) -> bool:
    """Whether `file` is the name of a cell, such as `cell 3`."""
    return file.startswith("cell ") and file[5:].isdigit()


def is_own(file: str) -> bool:
    """Whether `file` is a part of the worker."""
    return file.startswith(_OWN_FOLDER)


def library_of(frame: Any) -> str:
    """The library whose code `frame` runs, by its top-level package; '' for the user's own code.

    The user's are cells, what cells execute, and files that are neither installed nor Python's own. Compiled modules
    name their source as it was where they were built.
    """
    file: str = frame.f_code.co_filename
    if is_cell(file):
        return ""
    module = frame.f_globals.get("__name__")
    package = module.partition(".")[0] if isinstance(module, str) and module else "?"
    if package == "__main__":
        return ""
    if file.endswith(".pyx") and not os.path.exists(file):
        return package
    if file.startswith("<") or is_own(file) or any(folder in file for folder in _INSTALLED):
        return "ramet" if is_own(file) else package
    return package if file.startswith(_STDLIB) else ""
