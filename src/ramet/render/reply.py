"""What a reader gets for a cell: bounded text that says what it leaves out, and pictures.

The order is that of the cell: what it printed and showed, then its result or its error, then a line on how it went. The
end is what a reader needs most, so it gets its room first, and the output before it what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.model.outcome import Completed, Died, Exited, Interrupted, NotRun, Raised, Running
from ramet.model.output import Display, Text
from ramet.render import error
from ramet.render.bounds import bounded, count_lines, cut
from ramet.render.shown import picture, words
from ramet.render.terminal import resolve

if TYPE_CHECKING:
    from ramet.model.cell import Result
    from ramet.model.outcome import Outcome
    from ramet.model.output import Omitted, RichValue
    from ramet.render.image import Image

LIMIT = 8000

_LEAST = 300  #: of what was printed, however long the rest is
_ERROR_SHARE = 0.45
_VALUE_SHARE = 0.55
_STACK = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`text`, and the `images` that it speaks of as `[image 1]`, `[image 2]`, ..."""

    text: str
    images: tuple[Image, ...] = ()

    def __str__(self) -> str:
        return self.text


def reply(result: Result, *, limit: int = LIMIT, handle: str = "") -> Reply:
    """The reply for `result` in about `limit` characters at most.

    `handle` is what the reader can ask for to see what was left out; `out:7` for cell 7 if not given.
    """
    return _Writer(result, limit, handle or f"out:{result.cell}").reply()


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

    def __init__(self, result: Result, limit: int, handle: str) -> None:
        self._result, self._limit, self._handle = result, limit, handle
        self._images: list[Image] = []

    def reply(self) -> Reply:
        end = [*(f"note: {note}" for note in self._result.notes), status(self._result)]
        room = self._limit - sum(len(line) + 1 for line in end)
        outputs = list(self._result.visible)
        value = outputs.pop() if outputs and _is_result(outputs[-1]) else None
        failure = self._failure(int(max(room, _LEAST) * _ERROR_SHARE))
        last = [failure] if failure else []
        if isinstance(value, Display):
            last.insert(0, self._shown(value.value, int(max(room, _LEAST) * _VALUE_SHARE)))
        room -= sum(len(text) + 1 for text in last)
        body = self._body(outputs, max(room, _LEAST))
        text = "\n".join(piece for piece in (*body, *last, *end) if piece)
        return Reply(text=text, images=tuple(self._images))

    def _body(self, outputs: list[Text | Display | Omitted], room: int) -> list[str]:
        """What was printed and shown before the end, in `room` characters."""
        pieces = _joined(outputs)
        printed = sum(len(piece) for piece in pieces if isinstance(piece, str))
        displays = sum(isinstance(piece, Display) for piece in pieces)
        for_displays = room // 2 // displays if displays and printed else room // max(displays, 1)
        shown: list[str] = []
        line = 1
        told = {
            index: self._shown(piece.value, for_displays)
            for index, piece in enumerate(pieces)
            if isinstance(piece, Display)
        }
        for_text = max(room - sum(len(text) + 1 for text in told.values()), _LEAST)
        for index, piece in enumerate(pieces):
            if isinstance(piece, Display):
                shown.append(told[index])
                line += count_lines(piece.value.text)
                continue
            share = for_text if printed <= for_text else max(for_text * len(piece) // printed, _LEAST // 2)
            shown.append(bounded(piece, share, handle=self._handle, first_line=line).text.rstrip("\n"))
            line += count_lines(piece)
        return shown

    def _shown(self, value: RichValue, room: int) -> str:
        """A value in words, those of its picture first."""
        text, omitted = cut(words(value, room), room) if value.about is None else (words(value, room), 0)
        if omitted:
            text += f"\n(the whole of it: {self._handle})"
        image = picture(value)
        if image is None:
            return text
        if not image.data:
            return f"{text}\n({image.note})".lstrip("\n")
        self._images.append(image)
        label = f"[image {len(self._images)}]"
        note = f" ({image.note})" if image.note else ""
        return f"{label} {text or f'{image.width}x{image.height}'}{note}"

    def _failure(self, room: int) -> str:
        match self._result.outcome:
            case Raised(error=raised):
                return error.as_text(raised, room)
            case Interrupted(error=stopped) if stopped is not None:
                return error.as_text(stopped, min(room, 1200))
            case Died(stack=stack) if stack:
                return cut(stack, min(room, _STACK))[0]
            case Exited() | Died() | Interrupted() | NotRun() | Running() | Completed():
                return ""


def _is_result(output: Text | Display | Omitted) -> bool:
    return isinstance(output, Display) and output.kind == "result"


def _joined(outputs: list[Text | Display | Omitted]) -> list[str | Display]:
    """Outputs with the texts between two displays joined, as a terminal shows them in the end."""
    pieces: list[str | Display] = []
    run: list[str] = []
    for output in outputs:
        if isinstance(output, Display):
            pieces += [*_resolved(run), output]
            run = []
        else:
            run.append(output.text if isinstance(output, Text) else f"{output}\n")
    return [*pieces, *_resolved(run)]


def _resolved(run: list[str]) -> list[str]:
    text = resolve("".join(run)) if run else ""
    return [text] if text.strip("\n") else []
