"""The journal of a session, by the process that owns it.

What is appended waits in memory until `flush`, and the owner flushes before it tells anyone: one write for each chunk
that it reads. What was flushed outlives the owner, by whatever signal it ends; there is no fsync, so a power failure
may take the last seconds. A line that was being written then is known as torn, and the next owner begins a new file.

When the disk is full, or the folder is gone or read-only, the session goes on: lines wait in memory, `on_note` is told
once, and the journal mends itself as soon as it can write again.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, InvalidError
from ramet.journal.codec import encode, printed
from ramet.journal.entry import Branched, Entry, Shown
from ramet.journal.outline import Outline
from ramet.journal.past import Past
from ramet.journal.segments import Segment, Tear, read_form, segment_path
from ramet.journal.shelf import Shelf
from ramet.journal.tail import Tail
from ramet.journal.thinning import Bounds
from ramet.model.output import Omitted, Text

if TYPE_CHECKING:
    from collections.abc import Callable

#: A text is written in pieces of at most so many characters, so that no line is long to read.
_PIECE = 1 << 16

#: What waits for a flush that does not come, and what waits while nothing can be written.
_WAITING_BYTES = 1 << 18
_BACKLOG_BYTES = 16 << 20


class Journal:
    """Opens the journal in `folder`, or begins one there; `past` reads it back, what was just appended included.

    `on_note` is given a sentence for the reader when the journal cannot be written, and when it can be again. Not
    thread-safe: to search without holding up the owner's loop, use a `JournalReader` in a thread.

    Raises:
        BusyError: another process writes this journal.
        InvalidError: a newer version of ramet has written it.
    """

    def __init__(self, folder: Path, *, bounds: Bounds | None = None, on_note: Callable[[str], None]) -> None:
        self._folder = Path(folder)
        self._bounds = bounds or Bounds()
        self._on_note = on_note
        self._outline = Outline()
        self._shelf = Shelf(self._folder, self._bounds, self._outline)
        self._stderr: list[str] = []
        self._shed = Omitted(characters=0, lines=0)
        self._troubled = False
        self._tail = Tail(self._folder)
        try:
            self._shelf.load()
        except OSError as error:
            self._tell(error)
        except BaseException:
            self._tail.close()
            raise
        self._tail.number = self._shelf.last + 1
        self._form = self._shelf.last_form
        self._tell(self._tail.trouble)
        self.past = Past(self._outline, self)

    @property
    def tears(self) -> tuple[Tear, ...]:
        """The lines that were torn when the journal was opened."""
        return tuple(self._shelf.tears)

    @property
    def last_request(self) -> int:
        """The highest number of a request so far; whoever goes on with this journal counts on from there."""
        return self._outline.last_request

    @property
    def trouble(self) -> BrokenError | None:
        """Why the journal cannot be written at this moment."""
        if self._tail.trouble is None:
            return None
        return BrokenError(f"the journal in {self._folder} cannot be written: {self._tail.trouble}")

    def append(self, entry: Entry) -> None:
        """Something happened. It is on disk after the next `flush`."""
        if type(entry) is Text:
            self._text(entry)
            return
        if self._stderr:
            self._settle_stderr()
        self._put(entry)

    def flush(self) -> None:
        """What was appended is on disk when this returns, or waits for the trouble to mend. Never raises."""
        if self._stderr:
            self._settle_stderr()
        self._tail.flush()
        if self._troubled or self._tail.trouble is not None:
            self._tell(self._tail.trouble)
        elif self._tail.size >= self._bounds.segment_bytes:
            self._rotate()

    def close(self) -> None:
        """Write what can be written, and let another process write this journal. May be called twice."""
        if self._shed.characters or self._shed.displays:
            self._settle_shed()
        self.flush()
        self._tail.close()

    def branch(self, folder: Path, cell: int, parent: str) -> None:
        """Begin the journal of a branch in `folder`: this one up to the end of the cell before number `cell`.

        Segments never change once they are full, so that the branch gets links to them: it takes no room, and does not
        mind what becomes of its parent. Only the last segment is copied, as far as it counts.

        Raises:
            InvalidError: `folder` is not empty.
            BrokenError: it could not be written; nothing of it is left.
        """
        self.flush()
        if folder.exists() and any(folder.iterdir()):
            raise InvalidError(f"{folder} is not empty", hint="a branch needs a folder of its own")
        try:
            before = [known for known in self._outline.living if (known.number or 0) < cell]
            if before:
                end = before[-1].spans[-1]
                last = Segment(segment_path(folder, end.segment, end.segment), end.segment, end.segment)
                self._shelf.branch(folder, last, self.read(end.segment, 0, end.end))
            child = Tail(folder, self._tail.number + 1)
            child.append(encode(Branched(parent=parent, at=time.time()), self._keep))
            child.close()
            if child.trouble is not None:
                raise child.trouble
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise BrokenError(f"the journal of a branch could not be made in {folder}: {error}") from error

    def read(self, segment: int, start: int, end: int) -> bytes:
        """Some bytes of a segment, those included that were not flushed yet."""
        if segment == self._tail.number:
            return self._tail.read(start, end)
        return self._shelf.read(segment, start, end)

    def form(self, name: str) -> bytes | None:
        """The content of a file that a line names."""
        waiting = self._tail.form(name)
        return waiting if waiting is not None else read_form(self._folder, name)

    def _text(self, text: Text) -> None:
        if text.stream == "stderr" and not text.late:
            self._stderr.append(text.text)  # it comes line by line, each between two marks
            return
        if self._stderr:
            self._settle_stderr()
        self._put_text(text)

    def _put_text(self, text: Text) -> None:
        if len(text.text) <= _PIECE:
            self._put(text)
            return
        for start in range(0, len(text.text), _PIECE):
            self._put(Text(text=text.text[start : start + _PIECE], stream=text.stream, late=text.late))

    def _put(self, entry: Entry) -> None:
        if self._troubled and self._tail.backlog > _BACKLOG_BYTES and isinstance(entry, Shown):
            self._shed = self._shed.more(entry)  # too much waits for a disk that takes nothing
            return
        if self._shed.characters or self._shed.displays:
            self._settle_shed()
        self._write(entry)
        if self._tail.backlog > _WAITING_BYTES:
            self.flush()

    def _write(self, entry: Entry) -> None:
        line = encode(entry, self._keep)
        offset = self._tail.append(line)
        # Text is known by its figures, so that it does not stay in memory.
        known = printed(line) or entry if type(entry) is Text else entry
        self._outline.take((self._tail.number, offset, len(line), known))

    def _settle_shed(self) -> None:
        shed, self._shed = self._shed, Omitted(characters=0, lines=0)
        self._write(shed)

    def _settle_stderr(self) -> None:
        text, self._stderr = "".join(self._stderr), []
        self._put_text(Text(text=text, stream="stderr"))

    def _keep(self, mime: str, content: bytes) -> str:
        self._form += 1
        name = f"{self._form:06}.{_EXTENSIONS.get(mime, 'bin')}"
        self._shelf.add_form(name, len(content))
        self._tail.add_form(name, content)
        return name

    def _tell(self, trouble: OSError | None) -> None:
        """Say so when trouble begins and when it ends."""
        if trouble is not None and not self._troubled:
            self._troubled = True
            self._on_note(
                f"the session's journal cannot be written ({trouble}); "
                "the session goes on, and what it says is kept in memory until that mends"
            )
        elif trouble is None and self._troubled and not self._tail.backlog:
            self._troubled = False
            self._on_note("the session's journal can be written again")

    def _rotate(self) -> None:
        number, size = self._tail.number, self._tail.size
        self._tail.rotate()
        with contextlib.suppress(OSError):  # room that cannot be made now is made the next time
            self._shelf.add(number, size)


_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/svg+xml": "svg",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "text/html": "html",
    "text/plain": "txt",
}
