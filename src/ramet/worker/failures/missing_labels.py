"""The table behind a KeyError, found in the frames of pandas that raised it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from ..looking.library_values import library_of
from ..looking.short_repr import listed, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .scene import Step

_LABELS_MAX = 5_000
_SPELLED_OUT = 20
_LIST_LIMIT = 400
_WRONG_NAMES = ("key", "labels", "keys")


class MissingLabels:
    """Labels that were asked for, and the axis that lacks them."""

    def __init__(self, wrong: list[str], axis: str, index: Any) -> None:
        self.wrong, self.axis = wrong, axis
        self._index = index
        self.count = len(index)

    def __str__(self) -> str:
        if (
            self.axis == "index"
            and self.count > _SPELLED_OUT
            and getattr(self._index, "is_monotonic_increasing", False)
        ):
            return f"index ({self.count:,}, sorted): {short(self._index[0])} to {short(self._index[-1])}"
        return f"{self.axis} ({self.count:,}): {listed(self._index, self.count, _LIST_LIMIT)}"

    def labels(self) -> Iterator[Any]:
        """The labels that are there."""
        return islice(self._index, _LABELS_MAX)


def missing_labels(error: KeyError, steps: list[Step]) -> MissingLabels | None:
    """What pandas did not find, None if it is not pandas that raised `error`."""
    inner = [step.frame for step in steps if step.library == "pandas"]
    if not inner or steps[-1].library != "pandas":
        return None
    holders = [holder for frame in reversed(inner) for holder in _holders(frame)]
    index = next((_axis_of(holder) for holder in holders), None)
    if index is None:
        return None
    wrong = [label for label in _asked(error, inner) if type(label) is str and label not in index]
    return MissingLabels(wrong, _axis_name(index, holders), index)


def _holders(frame: Any) -> list[Any]:
    """The tables and indexes that a frame of pandas works on."""
    found = (frame.f_locals.get(name) for name in ("self", "obj"))
    return [value for value in found if library_of(type(value)) == "pandas" and _is_holder(type(value).__name__)]


def _is_holder(kind: str) -> bool:
    return kind.endswith("Index") or kind in ("DataFrame", "Series")


def _axis_of(holder: Any) -> Any:
    kind = type(holder).__name__
    return holder.columns if kind == "DataFrame" else holder.index if kind == "Series" else holder


def _axis_name(index: Any, holders: list[Any]) -> str:
    """Which axis of the table `index` is: "columns" or "index"."""
    frame = next((holder for holder in holders if type(holder).__name__ == "DataFrame"), None)
    return "columns" if frame is not None and index.is_(frame.columns) else "index"


def _asked(error: KeyError, frames: list[Any]) -> Iterator[Any]:
    """The labels that may have been asked for: the message itself, and what the frames of pandas call so."""
    yield from error.args
    for frame in reversed(frames):
        for name in _WRONG_NAMES:
            value = frame.f_locals.get(name)
            if isinstance(value, str):
                yield value
            elif isinstance(value, list) or library_of(type(value)) in ("numpy", "pandas"):
                yield from islice(value, 100)
