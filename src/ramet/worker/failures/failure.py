"""Exceptions as plain data, bounded in depth, length and time, whatever the exception does when it is looked at."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..provenance import is_cell, is_own
from .scene import Step, context, local_values, source_line, span
from .suggestions import hints

if TYPE_CHECKING:
    from types import TracebackType

_FRAMES_MAX = 100
_CHAIN_MAX = 8
_GROUP_MAX = 32
_TEXT_MAX = 100_000
_SCENES_MAX = 8
_LOCALS_S = 0.1


def describe(error: BaseException, text: str) -> dict[str, Any]:
    """`error` with its frames from the cell inwards, its chain and its group; `text` is the printed traceback."""
    return {**_Description().of(error, _CHAIN_MAX), "traceback": text}


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
        if not is_own(tb.tb_frame.f_code.co_filename):
            last_foreign = tb
        tb = tb.tb_next
    if last_foreign is not None:
        last_foreign.tb_next = None


def after_own(error: BaseException) -> TracebackType | None:
    """The traceback of `error` without the outermost frames, which are ours: for what failed outside of any cell."""
    tb = error.__traceback__
    while tb is not None and is_own(tb.tb_frame.f_code.co_filename):
        tb = tb.tb_next
    return tb


def message_of(error: BaseException) -> str:
    """`str(error)`, or a remark if that raises."""
    try:
        text = str(error)
    except Exception as problem:  # noqa: BLE001 - the exception is the user's, and so is its __str__
        text = f"<str() of this exception raised {type(problem).__name__}>"
    if len(text) > _TEXT_MAX:
        text = f"{text[:_TEXT_MAX]}... {len(text) - _TEXT_MAX} more characters"
    return text


class _Description:
    """One exception and those linked to it; locals are told once for each frame, and in bounded time for all."""

    def __init__(self) -> None:
        self._until = time.monotonic() + _LOCALS_S
        self._seen: set[int] = set()
        self._told: set[int] = set()

    def of(self, error: BaseException, depth: int) -> dict[str, Any]:
        """`error`, and what it is linked to, `depth` links deep."""
        self._seen.add(id(error))
        steps = _steps(error)
        data: dict[str, Any] = {
            "type": type(error).__qualname__,
            "module": type(error).__module__,
            "message": message_of(error),
            "frames": self._frames(steps),
            "omitted": max(0, len(steps) - _FRAMES_MAX),
            "notes": [str(note)[:_TEXT_MAX] for note in getattr(error, "__notes__", None) or ()],
            "hints": self._hints(error, steps),
        }
        if isinstance(error, SyntaxError) and error.filename is not None:
            data["syntax"] = _syntax(error)
        for key, linked in (("cause", error.__cause__), ("context", _context(error))):
            if linked is not None and depth and id(linked) not in self._seen:
                data[key] = self.of(linked, depth - 1)
        members = getattr(error, "exceptions", None)
        if isinstance(members, tuple) and depth:
            data["exceptions"] = [
                self.of(member, depth - 1) for member in members[:_GROUP_MAX] if isinstance(member, BaseException)
            ]
            data["exceptions_omitted"] = max(0, len(members) - _GROUP_MAX)
        return data

    def _frames(self, steps: list[Step]) -> list[dict[str, Any]]:
        half = _FRAMES_MAX // 2
        kept = steps if len(steps) <= _FRAMES_MAX else steps[:half] + steps[-half:]
        frames = [_frame(step) for step in kept]
        users = [(step, frame) for step, frame in zip(kept, frames) if not step.library]
        for step, frame in users if len(users) <= _SCENES_MAX else users[:1] + users[1 - _SCENES_MAX :]:
            self._set_scene(step, frame, deepest=step is users[-1][0])
        return frames

    def _set_scene(self, step: Step, frame: dict[str, Any], *, deepest: bool) -> None:
        """Add what surrounds the line; to the deepest of the user's frames, also what its variables are."""
        try:
            around = span(step)
            frame.update(context(step.frame, around))
            if deepest and id(step.frame) not in self._told:
                self._told.add(id(step.frame))
                frame["locals"] = local_values(step.frame, around, self._until)
        except Exception:  # noqa: BLE001 - files, namespaces and source are the user's; the line itself is told
            return

    def _hints(self, error: BaseException, steps: list[Step]) -> list[str]:
        try:
            return hints(error, steps) if time.monotonic() < self._until else []
        except Exception:  # noqa: BLE001 - advice looks at the user's objects and files, and may go without saying
            return []


def _steps(error: BaseException) -> list[Step]:
    steps = []
    tb = cell_traceback(error)
    while tb is not None:
        if not is_own(tb.tb_frame.f_code.co_filename):  # ours are between a cell and the `__repr__` of its value
            steps.append(Step(tb))
        tb = tb.tb_next
    if len(steps) > 1 and steps[-1].frame.f_code.co_name == "_modified_open":  # the `open` that IPython gives to cells
        steps.pop()
    return steps


def _frame(step: Step) -> dict[str, Any]:
    code = step.frame.f_code
    frame = {
        "file": code.co_filename,
        "line": step.line,
        "function": code.co_name,
        "source": source_line(step.frame, step.line).strip(),
    }
    if step.library:
        frame["library"] = step.library
    return frame


def _syntax(error: SyntaxError) -> dict[str, Any]:
    end = error.end_offset if getattr(error, "end_lineno", None) == error.lineno else 0
    return {
        "file": str(error.filename),
        "line": error.lineno or 0,
        "column": error.offset or 0,
        "end_column": max(end or 0, 0),
        "source": (error.text or "").rstrip("\n"),
    }


def _context(error: BaseException) -> BaseException | None:
    return None if error.__cause__ is not None or error.__suppress_context__ else error.__context__
