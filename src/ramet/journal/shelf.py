"""The segments of a journal that are full, and the files beside them: kept within the bounds, shared with branches."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from ramet.journal.segments import Segment, Tear, list_segments, read_part, records, scan, segment_path
from ramet.journal.thinning import Bounds, Thinner, middle

if TYPE_CHECKING:
    from pathlib import Path

    from ramet.journal.outline import Outline


class Shelf:
    """The full segments in `folder`, whose records `outline` knows. Every method may raise OSError."""

    def __init__(self, folder: Path, bounds: Bounds, outline: Outline) -> None:
        self.tears: list[Tear] = []
        self._folder = folder
        self._bounds = bounds
        self._outline = outline
        self._segments: list[Segment] = []
        self._sizes: dict[int, int] = {}
        self._forms: dict[str, int] = {}
        self._thin: set[int] = set()

    @property
    def last(self) -> int:
        """The number of the last segment, 0 if there is none."""
        return self._segments[-1].last if self._segments else 0

    @property
    def last_form(self) -> int:
        """The highest number of a file beside the segments."""
        numbers = [name.partition(".")[0] for name in self._forms]
        return max((int(number) for number in numbers if number.isdecimal()), default=0)

    def load(self) -> None:
        """Take in what is on disk."""
        for segment in list_segments(self._folder):
            self._segments.append(segment)
            self._sizes[segment.last] = segment.path.stat().st_size
            for found in scan(segment):
                if isinstance(found, Tear):
                    self.tears.append(found)
                else:
                    self._outline.take(found)
        forms = self._folder / "forms"
        if forms.is_dir():
            self._forms = {path.name: path.stat().st_size for path in forms.iterdir()}

    def read(self, number: int, start: int, end: int) -> bytes:
        """Some bytes of a segment, none if it is not there any more."""
        path = next((segment.path for segment in self._segments if segment.last == number), None)
        return read_part(path, start, end) if path is not None else b""

    def add(self, number: int, size: int) -> None:
        """Segment `number` is full, and `size` bytes long: make room for the next."""
        self._segments.append(Segment(segment_path(self._folder, number, number), number, number))
        self._sizes[number] = size
        self._make_room()

    def add_form(self, name: str, size: int) -> None:
        """A file was put beside the segments."""
        self._forms[name] = size

    def branch(self, folder: Path, tail: Segment, content: bytes) -> None:
        """Link all segments before `tail` into `folder`, and the files beside them, and write `tail` with `content`."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "forms").mkdir(mode=0o700)
        for segment in self._segments:
            if segment.last < tail.last:
                _link(segment.path, folder / segment.path.name)
        (folder / tail.path.name).write_bytes(content)
        for name in self._forms:
            _link(self._folder / "forms" / name, folder / "forms" / name)

    def _make_room(self) -> None:
        """Thin what is too much: the middle of the present cell, then the oldest of all."""
        cell = self._outline.present
        for number in middle(cell.spans, self._bounds) if cell is not None else ():
            self._make_thin(number)
        for number in [segment.last for segment in self._segments if segment.last not in self._thin]:
            if sum(self._sizes.values()) + sum(self._forms.values()) <= self._bounds.total_bytes:
                return
            self._make_thin(number)

    def _make_thin(self, number: int) -> None:
        """Leave out what cells showed in segment `number`, and join it with the one before if that is thin too."""
        if number in self._thin or number not in self._sizes:
            return
        index = next(at for at, segment in enumerate(self._segments) if segment.last == number)
        old = self._segments[index - self._joins(index) : index + 1]
        new = Segment(segment_path(self._folder, old[0].first, number), old[0].first, number)
        thinner = Thinner()
        for segment in old:
            content = segment.path.read_bytes()
            found = (record for record in records(content, number) if not isinstance(record, Tear))
            thinner.take((content[offset : offset + size], entry) for _, offset, size, entry in found)
        thinner.finish()
        content = b"".join(thinner.lines)
        # A reader sees the one or the other.
        partial = new.path.with_suffix(".new")
        partial.write_bytes(content)
        partial.replace(new.path)
        self._exchange(old, new, content)
        for path in [segment.path for segment in old if segment.path != new.path]:
            path.unlink(missing_ok=True)
        for name in thinner.forms:
            self._forms.pop(name, None)
            (self._folder / "forms" / name).unlink(missing_ok=True)

    def _joins(self, index: int) -> bool:
        """Whether the segment at `index` goes into the same file as the one before: thin ones would be very many."""
        before = self._segments[index - 1].last if index else 0
        return before in self._thin and self._sizes[before] < self._bounds.segment_bytes // 2

    def _exchange(self, old: list[Segment], new: Segment, content: bytes) -> None:
        at = self._segments.index(old[0])
        self._segments[at : at + len(old)] = [new]
        for segment in old:
            del self._sizes[segment.last]
            self._thin.discard(segment.last)
        self._sizes[new.last] = len(content)
        self._thin.add(new.last)
        found = (record for record in records(content, new.last) if not isinstance(record, Tear))
        self._outline.replace([segment.last for segment in old], found)


def _link(source: Path, target: Path) -> None:
    """A second name for a file, or a copy where the file system has no such thing."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        return
    except OSError:
        shutil.copyfile(source, target)
