"""The frames of a traceback as lines: the user's own with their source, runs of library frames and recursion folded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ramet.model.frame import Frame

_PERIOD_MAX = 8
_REPEATS_MIN = 3
_TAB = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenes:
    """How much to show.

    The innermost `sources` of the user's frames come with their source, with what surrounds the line if
    `surroundings`; the deepest with the values of its variables if `values`. Of more than `frames` entries, the middle
    is left out.
    """

    sources: int
    surroundings: bool
    values: bool
    frames: int


def lines(frames: Sequence[Frame], omitted: int, scenes: Scenes) -> list[str]:
    """`frames` from the outermost to the innermost, `omitted` of which are missing from their middle."""
    users = [number for number, frame in enumerate(frames) if not frame.library]
    detailed = users[-scenes.sources :]
    entries: list[list[str]] = []
    for part in _parts(frames, omitted):
        match part:
            case str():
                entries.append([part])
            case range() if frames[part.start].library:
                entries.append([_library([frames[number] for number in part])])
            case range():
                entries += [_user(frames[number], scenes, detailed=number in detailed) for number in part]
    if len(entries) > scenes.frames:
        head = scenes.frames // 2
        tail = scenes.frames - head
        entries[head:-tail] = [[f"... {len(entries) - scenes.frames} more lines of the traceback"]]
    return [line for entry in entries for line in entry]


def caret_lines(source: str, columns: tuple[int, int], prefix: str) -> list[str]:
    """`source` after `prefix`, and below it carets under `columns`, which count from 0."""
    start, end = columns
    before = source[:start].expandtabs(_TAB)
    marked = len(source[:end].expandtabs(_TAB)) - len(before)
    return [prefix + source.expandtabs(_TAB), " " * (len(prefix) + len(before)) + "^" * max(marked, 1)]


def _parts(frames: Sequence[Frame], omitted: int) -> Iterator[range | str]:
    """Runs of frames of one kind, and remarks that stand for others."""
    for part in _folded(frames, omitted):
        if isinstance(part, str):
            yield part
            continue
        for _, run in groupby(part, key=lambda number: bool(frames[number].library)):
            numbers = [*run]
            yield range(numbers[0], numbers[-1] + 1)


def _folded(frames: Sequence[Frame], omitted: int) -> Iterator[range | str]:
    """Stretches of frames to show, and remarks on what repeats or is missing between them."""
    gap = len(frames) // 2 if omitted else len(frames)
    deepest = max((number for number, frame in enumerate(frames) if not frame.library), default=0)
    shown = number = 0
    while number < len(frames):
        if number == gap:
            yield range(shown, number)
            yield f"... {_count(omitted, 'frame')}"
            shown = number
        end = deepest if number < deepest else len(frames)  # the deepest of the user's own is always shown
        cycle = _cycle(frames, number, end, gap, omitted)
        if cycle is None:
            number += 1
            continue
        yield range(shown, number + cycle.period)
        yield f"... the same {_count(cycle.period, 'frame')} {cycle.repeats - 1:,} more times"
        shown = number = cycle.end
    yield range(shown, len(frames))


class _Cycle(NamedTuple):
    """How many frames repeat, before which one that ends, and how often they occur."""

    period: int
    end: int
    repeats: int


def _cycle(frames: Sequence[Frame], start: int, stop: int, gap: int, omitted: int) -> _Cycle | None:
    """The cycle of frames from `start` on; one that goes on after the gap at the right step is taken to fill it."""
    if start < gap < stop:
        across = _longest(frames, start, stop, gap, omitted)
        if across is not None and across.end > gap:
            return across
        stop = gap
    return _longest(frames, start, stop, gap, 0)


def _longest(frames: Sequence[Frame], start: int, stop: int, gap: int, omitted: int) -> _Cycle | None:
    """The cycle from `start` on, if `omitted` frames are missing before `gap`."""
    for period in range(1, min(_PERIOD_MAX, (min(stop, gap) if start < gap else stop) - start) + 1):
        end, length = start, 0
        while end < stop:
            step = end - start + (omitted if end >= gap else 0)
            if not _same(frames[end], frames[start + step % period]):
                break
            end, length = end + 1, step + 1
        if length // period >= _REPEATS_MIN:
            return _Cycle(period, end - length % period, length // period)
    return None


def _same(one: Frame, other: Frame) -> bool:
    return (one.line, one.function, one.file) == (other.line, other.function, other.file)


def _library(run: list[Frame]) -> str:
    """One line for a run of library frames."""
    names = " → ".join(dict.fromkeys(frame.library for frame in run))
    ends = " → ".join(dict.fromkeys(_place(frame) for frame in (run[0], run[-1])))
    return f"... {_count(len(run), 'frame')} in {names} ({ends})"


def _place(frame: Frame) -> str:
    _, found, inside = frame.file.rpartition(f"/{frame.library}/")
    return f"{inside if found else inside.rpartition('/')[2]}:{frame.line} {frame.function}"


def _user(frame: Frame, scenes: Scenes, *, detailed: bool) -> list[str]:
    """A frame of the user's own: its place, its source, its variables."""
    place = f"{frame.file}, line {frame.line}" + ("" if frame.function == "<module>" else f", in {frame.function}")
    source = _source(frame, scenes) if detailed else []
    told = [place, *source] if source else [f"{place}: {frame.source}" if frame.source else place]
    if detailed and scenes.values:
        label = "where "
        for local in frame.locals:
            told.append(f"  {label}{local.name} = {local.value}")
            label = " " * len(label)
    return told


def _source(frame: Frame, scenes: Scenes) -> list[str]:
    """The lines around with their numbers, the failing one marked; none where one line without marks says it all."""
    failing = frame.line - frame.context_start
    if not 0 <= failing < len(frame.context):
        return []
    shown = range(len(frame.context)) if scenes.surroundings else range(failing, failing + 1)
    if len(shown) == 1 and frame.columns is None:
        return []
    texts = {number: frame.context[number] for number in shown}
    margin = min((len(text) - len(text.lstrip()) for text in texts.values() if text.strip()), default=0)
    width = len(str(frame.context_start + shown[-1]))
    told = []
    for number, text in texts.items():
        prefix = f"{'>' if number == failing else ' '} {frame.context_start + number:>{width}}  "
        if number == failing and frame.columns is not None:
            told += caret_lines(text[margin:], (frame.columns[0] - margin, frame.columns[1] - margin), prefix)
        else:
            told.append((prefix + text[margin:].expandtabs(_TAB)).rstrip())
    return told


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
