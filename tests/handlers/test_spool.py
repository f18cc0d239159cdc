"""What leaves a pipe is on disk, exactly once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ramet.handlers import spool as spool_module
from ramet.handlers.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The two ends of a pipe that does not block."""
    out, into = os.pipe()
    os.set_blocking(out, False)
    yield out, into
    os.close(out)
    os.close(into)


def test_what_is_taken_is_in_the_file(tmp_path: Path, pipe: tuple[int, int]) -> None:
    """Another spool of the folder reads it from any position, and goes on behind it."""
    out, into = pipe
    spool = Spool(tmp_path)
    os.write(into, b"hello world")
    assert spool.take(out, 5) == b"hello"
    assert spool.take(out, 99) == b" world"
    with pytest.raises(BlockingIOError):
        spool.take(out, 99)
    spool.close()
    second = Spool(tmp_path)
    assert (second.position, second.read(3)) == (11, b"lo world")
    os.write(into, b"!")
    assert (second.take(out, 99), second.read(10)) == (b"!", b"d!")
    second.close()


def test_what_is_settled_takes_no_room(tmp_path: Path, pipe: tuple[int, int]) -> None:
    """A long file is followed by another, and goes when that is settled, too; positions count on."""
    out, into = pipe
    spool = Spool(tmp_path)
    while spool.position <= 4 << 20:
        os.write(into, b"x" * 60_000)
        spool.take(out, 1 << 18)
    end = spool.position
    spool.settle(end - 1)
    assert len(list(tmp_path.iterdir())) == 1
    spool.settle(end)
    os.write(into, b"next")
    spool.take(out, 9)
    assert spool.read(end - 2) == b"xxnext"
    spool.settle(end)
    assert [path.name for path in tmp_path.iterdir()] == [f"stream-{end}"]
    assert Spool(tmp_path).position == end + 4
    spool.close()


def test_a_full_disk_stops_nobody(tmp_path: Path, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be kept is read all the same; later bytes are kept again, at their own positions."""
    out, into = pipe
    spool = Spool(tmp_path)

    def refuse(*_: int) -> int:
        raise OSError(28, "No space left on device")

    os.write(into, b"lost?")
    with monkeypatch.context() as patch:
        patch.setattr(spool_module, "_move", refuse)
        assert spool.take(out, 99) == b"lost?"
    os.write(into, b"kept")
    assert spool.take(out, 99) == b"kept"
    assert (spool.position, spool.read(5)) == (9, b"kept")
    spool.close()
