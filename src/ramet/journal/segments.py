"""The files of a journal: `journal-000001.jsonl` and so on, each a segment; and `forms/`, what a line names.

A segment is only ever appended to, or replaced as a whole by a thinner one of the same number, or of a range of numbers
(`journal-000002-000007.jsonl`). A crash between such a replacement and the removal of what it replaces leaves both: the
wider range counts.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ramet.errors import InvalidError
from ramet.journal.codec import VERSION, decode, printed, whole
from ramet.journal.entry import Opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ramet.journal.spans import Record


@dataclass(frozen=True, slots=True)
class Segment:
    """A file that holds the segments `first` to `last`, and goes by the number `last`."""

    path: Path
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tear:
    """A line that is not as it was written: `size` bytes at `offset` of a segment.

    `tail` says that it is the last one and has no end: its writer was killed within it, or writes it at this moment.
    """

    segment: int
    offset: int
    size: int
    tail: bool = False


def segment_path(folder: Path, first: int, last: int) -> Path:
    """The name of such a segment."""
    return folder / (f"journal-{last:06}.jsonl" if first == last else f"journal-{first:06}-{last:06}.jsonl")


def list_segments(folder: Path) -> list[Segment]:
    """The segments in `folder`, in their order; none if there is no such folder.

    Raises:
        OSError: the folder cannot be read.
    """
    found = []
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(folder):  # noqa: PTH208 - names are what is needed
            if match := _NAME.fullmatch(name):
                last = int(match[2] or match[1])
                found.append(Segment(folder / name, int(match[1]), last))
    # A wider range comes before what it replaces, which begins later or ends earlier.
    found.sort(key=lambda segment: (segment.first, -segment.last))
    kept: list[Segment] = []
    for segment in found:
        if not kept or segment.first > kept[-1].last:
            kept.append(segment)
    return kept


def scan(segment: Segment, start: int = 0) -> Iterator[Record | Tear]:
    """All records of a segment from offset `start` on. Text is checked but not decoded.

    Raises:
        InvalidError: a newer version of ramet has written it.
        OSError: the file cannot be read.
    """
    with segment.path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= start:
            return
        with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as content:
            yield from records(content, segment.last, start)


def records(content: bytes | mmap.mmap, segment: int, offset: int = 0) -> Iterator[Record | Tear]:
    """All records of the `content` of a segment from `offset` on."""
    end = len(content)
    while offset < end:
        stop = content.find(b"\n", offset) + 1
        line = content[offset : stop or end]
        record = _record(line, segment, offset) if stop else None
        yield record or Tear(segment=segment, offset=offset, size=len(line), tail=not stop)
        offset += len(line)


def read_part(path: Path, start: int, end: int) -> bytes:
    """Some bytes of a file, none if it is not there."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(end - start)
    except FileNotFoundError:
        return b""


def read_form(folder: Path, name: str) -> bytes | None:
    """The content of a file that a line names, None if it is not there."""
    try:
        return (folder / "forms" / Path(name).name).read_bytes()
    except OSError:
        return None


def _record(line: bytes, segment: int, offset: int) -> Record | None:
    """What `line` says; None if it is torn, or cannot be read."""
    if not whole(line):
        return None
    figures = printed(line)
    if figures is not None:
        return segment, offset, len(line), figures
    try:
        entry = decode(line, _no_form)
    except InvalidError:
        return None
    if isinstance(entry, Opened) and entry.version > VERSION:
        raise InvalidError(f"version {entry.version} of the journal is newer than this ramet", hint="update ramet")
    return segment, offset, len(line), entry


def _no_form(name: str) -> None:
    """Nobody looks at a binary form to count lines."""


_NAME = re.compile(r"journal-(\d{6,})(?:-(\d{6,}))?\.jsonl")
