"""What a reader gets for a cell: bounded text that says what it leaves out, and pictures.

The order is that of the cell: what it printed and showed, then its result or its error, then a line on how it went. The
end is what a reader needs most, so it gets its room first, and the output before it what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.model.outcome import Completed, Died, Exited, Interrupted, NotRun, Raised, Running
from ramet.model.output import Display, RichValue
from ramet.render import error
from ramet.render.body import Shown, fitted, pieces
from ramet.render.bounds import cut
from ramet.render.reading import PLAIN
from ramet.render.shown import has_picture, picture, words
from ramet.render.stack import chain

if TYPE_CHECKING:
    from ramet.model.cell import Result
    from ramet.model.outcome import Outcome
    from ramet.model.output import Omitted, Text
    from ramet.render.body import Piece
    from ramet.render.image import Image
    from ramet.render.reading import Reading

LIMIT = 8000

_LEAST = 300  #: of what was printed, however long the rest is
_ERROR_SHARE = 0.45
_VALUE_SHARE = 0.55
_STACK = 1500
_IMAGES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`text`, and the `images` that it speaks of as `[image 1]`, `[image 2]`, ...

    `next_line` is the number that the next line of the cell has, or the last one, if that has no end yet.
    """

    text: str
    images: tuple[Image, ...] = ()
    next_line: int = 1

    def __str__(self) -> str:
        return self.text


def reply(
    result: Result, *, limit: int = LIMIT, handle: str = "", first_line: int = 1, reading: Reading = PLAIN
) -> Reply:
    """The reply for `result` in about `limit` characters at most.

    `handle` is what the reader can ask for to see what was left out; `out:7` for cell 7 if not given. `first_line` is
    the number of the first line there, where `result` has only the rest of a cell. `reading` has the reader's own words
    for reading on.
    """
    return _Writer(result, limit, handle or f"out:{result.cell}", first_line, reading).reply()


def status(result: Result) -> str:
    """How it went, in a line: `[cell 3: ok in 2 ms]`."""
    which = f"cell {result.cell}" if result.cell is not None else "the cell"
    return f"[{which}: {_how(result.outcome, duration(result.seconds))}]"


def _how(outcome: Outcome | Running, took: str) -> str:
    match outcome:
        case Completed():
            return f"ok in {took}"
        case Raised():
            return f"failed after {took}"
        case Interrupted(reason=reason):
            return f"interrupted after {took}: {reason}"
        case Running(prompt=str(prompt)):
            return f"waiting for input after {took}: {prompt!r}"
        case Running(begun=True, interrupted=""):
            return f"still running after {took}"
        case _:
            return str(outcome)


def duration(seconds: float) -> str:
    """`2 ms`, `1.3 s`, `2 min 5 s`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.0005 else "<1 ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class _Writer:
    """Writes the reply for one result."""

    def __init__(self, result: Result, limit: int, handle: str, first_line: int, reading: Reading) -> None:
        self._result, self._limit, self._handle, self._reading = result, limit, handle, reading
        self._line = first_line
        self._images: list[Image] = []
        self._unsent = 0  # pictures beyond those

    def reply(self) -> Reply:
        end = [*(f"note: {note}" for note in self._result.notes), status(self._result)]
        room = max(self._limit - sum(len(line) + 1 for line in end), _LEAST)
        outputs = self._result.visible
        shown = pieces(outputs, self._line)
        next_line = _line_after(shown[-1]) if shown else self._line
        value = shown.pop() if outputs and _is_result(outputs[-1]) else None
        failure = self._failure(int(room * _ERROR_SHARE))
        last: list[str | Shown] = [failure]
        if value is not None and isinstance(value.content, RichValue):
            share = int(room * _VALUE_SHARE)
            told = words(value.content, share, handle=self._handle, line=value.line, reading=self._reading)
            last.insert(0, Shown(value.content, told))
        room -= sum(len(one if isinstance(one, str) else one.words) + 1 for one in last)
        body = fitted(shown, max(room, _LEAST), handle=self._handle, reading=self._reading)
        text = [one if isinstance(one, str) else self._with_picture(one) for one in (*body, *last)]
        if self._unsent:
            count = _IMAGES + self._unsent
            end.insert(0, f"note: the first {_IMAGES} of {count} pictures are sent; show fewer in a cell")
        return Reply(
            text="\n".join(piece for piece in (*text, *end) if piece), images=tuple(self._images), next_line=next_line
        )

    def _with_picture(self, shown: Shown) -> str:
        """The words for a value after those for its picture, which is kept."""
        if not has_picture(shown.value):
            return shown.words
        if len(self._images) == _IMAGES:
            self._unsent += 1
            return shown.words
        image = picture(shown.value)
        if not image.data:
            return f"{shown.words}\n({image.note})".lstrip("\n")
        self._images.append(image)
        note = f" ({image.note})" if image.note else ""
        return f"[image {len(self._images)}] {shown.words or f'{image.width}x{image.height}'}{note}"

    def _failure(self, room: int) -> str:
        match self._result.outcome:
            case Raised(error=raised):
                return error.as_text(raised, room)
            case Interrupted(error=stopped) if stopped is not None:
                return error.as_text(stopped, min(room, 1200))
            case Died(stack=stack) if stack:
                return cut(f"it died in {chain(stack)}", min(room, _STACK))[0]
            case Exited() | Died() | Interrupted() | NotRun() | Running() | Completed():
                return ""


def _line_after(piece: Piece) -> int:
    """The number of the next line, which is that of the last one if that has no end yet."""
    content = piece.content
    return piece.line + (content.count("\n") if isinstance(content, str) else piece.lines)


def _is_result(output: Text | Display | Omitted) -> bool:
    return isinstance(output, Display) and output.kind == "result"
