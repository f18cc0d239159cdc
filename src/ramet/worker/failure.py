"""Exceptions as plain data, bounded in depth and length, whatever the exception does when it is looked at."""

from __future__ import annotations

import linecache
import os
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_FRAMES_MAX = 100
_CHAIN_MAX = 8
_GROUP_MAX = 32
_TEXT_MAX = 100_000


def describe(error: BaseException, text: str) -> dict[str, Any]:
    """`error` with its frames from the cell inwards, its chain and its group; `text` is the printed traceback."""
    return {**_describe(error, _CHAIN_MAX, set()), "traceback": text}


def nothing_but_type(error: BaseException, message: str, text: str) -> dict[str, Any]:
    """What `describe` gives for an exception that cannot be looked at."""
    return {
        "type": type(error).__name__, "module": "", "message": message, "frames": [], "omitted": 0, "notes": [],
        "traceback": text,
    }  # fmt: skip


def cell_traceback(error: BaseException) -> TracebackType | None:
    """The traceback of `error` from the first frame that is a cell's; None if none is, as for most syntax errors."""
    tb = error.__traceback__
    while tb is not None and not is_cell(tb.tb_frame.f_code.co_filename):
        tb = tb.tb_next
    return tb


def hide_own_tail(error: BaseException) -> None:
    """Cut the innermost frames that are ours: those of the interrupt handler, of `input()` and the like."""
    last_foreign, tb = None, error.__traceback__
    while tb is not None:
        if not tb.tb_frame.f_code.co_filename.startswith(_OWN_FOLDER):
            last_foreign = tb
        tb = tb.tb_next
    if last_foreign is not None:
        last_foreign.tb_next = None


def after_own(error: BaseException) -> TracebackType | None:
    """The traceback of `error` without the outermost frames, which are ours: for what failed outside of any cell."""
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(_OWN_FOLDER):
        tb = tb.tb_next
    return tb


def is_cell(file: str) -> bool:
    """Whether `file` is the name of a cell, such as `cell 3`."""
    return file.startswith("cell ") and file[5:].isdigit()


def message_of(error: BaseException) -> str:
    """`str(error)`, or a remark if that raises."""
    try:
        text = str(error)
    except Exception as problem:  # noqa: BLE001 - the exception is the user's, and so is its __str__
        text = f"<str() of this exception raised {type(problem).__name__}>"
    if len(text) > _TEXT_MAX:
        text = f"{text[:_TEXT_MAX]}... {len(text) - _TEXT_MAX} more characters"
    return text


def _describe(error: BaseException, depth: int, seen: set[int]) -> dict[str, Any]:
    seen.add(id(error))
    frames, omitted = _frames(error)
    data: dict[str, Any] = {
        "type": type(error).__qualname__,
        "module": type(error).__module__,
        "message": message_of(error),
        "frames": frames,
        "omitted": omitted,
        "notes": [str(note)[:_TEXT_MAX] for note in getattr(error, "__notes__", None) or ()],
    }
    if isinstance(error, SyntaxError) and error.filename is not None:
        data["syntax"] = {
            "file": str(error.filename),
            "line": error.lineno or 0,
            "column": error.offset or 0,
            "source": (error.text or "").rstrip("\n"),
        }
    for key, linked in (("cause", error.__cause__), ("context", _context(error))):
        if linked is not None and depth and id(linked) not in seen:
            data[key] = _describe(linked, depth - 1, seen)
    members = getattr(error, "exceptions", None)
    if isinstance(members, tuple) and depth:
        data["exceptions"] = [
            _describe(member, depth - 1, seen) for member in members[:_GROUP_MAX] if isinstance(member, BaseException)
        ]
    return data


def _context(error: BaseException) -> BaseException | None:
    return None if error.__cause__ is not None or error.__suppress_context__ else error.__context__


def _frames(error: BaseException) -> tuple[list[dict[str, Any]], int]:
    steps = list(traceback.walk_tb(cell_traceback(error)))
    omitted = max(0, len(steps) - _FRAMES_MAX)
    if omitted:
        half = _FRAMES_MAX // 2
        steps = steps[:half] + steps[-half:]
    return [_frame(frame, line) for frame, line in steps], omitted


def _frame(frame: Any, line: int) -> dict[str, Any]:
    code = frame.f_code
    return {
        "file": code.co_filename,
        "line": line or 0,
        "function": code.co_name,
        "source": linecache.getline(code.co_filename, line or 0, frame.f_globals).strip(),
    }
