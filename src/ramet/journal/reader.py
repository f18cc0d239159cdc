"""A journal seen from outside, while it is written or afterwards."""

from __future__ import annotations

from pathlib import Path

from ramet.errors import BrokenError
from ramet.journal.outline import Outline
from ramet.journal.past import Past
from ramet.journal.segments import Segment, Tear, list_segments, read_form, read_part, scan


class JournalReader(Past):
    """A journal that another process may be writing. `refresh` looks at what has been written since.

    Raises:
        InvalidError: a newer version of ramet has written it.
        BrokenError: it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)
        self._segments: list[tuple[Segment, int]] = []
        self._end = 0
        #: Lines that are not as they were written.
        self.tears: list[Tear] = []
        super().__init__(Outline(), self)
        self.refresh()

    def refresh(self) -> None:
        """Take in what was written since. Errors as for the making."""
        while True:
            try:
                segments = [(segment, segment.path.stat().st_ino) for segment in list_segments(self._folder)]
                if segments[: len(self._segments)] != self._segments:
                    self._forget()  # something was made thinner
                self._take(segments)
            except FileNotFoundError:
                self._forget()  # it was replaced while we looked
            except OSError as error:
                self._forget()
                raise BrokenError(f"the journal in {self._folder} cannot be read: {error}") from error
            else:
                return

    def read(self, segment: int, start: int, end: int) -> bytes:
        """Some bytes of a segment."""
        path = next((known.path for known, _ in self._segments if known.last == segment), None)
        return read_part(path, start, end) if path is not None else b""

    def form(self, name: str) -> bytes | None:
        """The content of a file that a line names."""
        return read_form(self._folder, name)

    def _forget(self) -> None:
        self._outline, self._segments, self._end, self.tears = Outline(), [], 0, []

    def _take(self, segments: list[tuple[Segment, int]]) -> None:
        """Go on where we were, in the last segment that we knew."""
        known = len(self._segments)
        for index in range(max(known - 1, 0), len(segments)):
            self._end = self._end if index < known else 0
            for found in scan(segments[index][0], self._end):
                if not isinstance(found, Tear):
                    self._outline.take(found)
                    self._end = found[1] + found[2]
                elif not found.tail or index < len(segments) - 1:
                    self.tears.append(found)
                    self._end = found.offset + found.size
        self._segments = segments
