"""A disk that is full, a folder that is gone: the session goes on, says so once, and the journal mends itself."""

from __future__ import annotations

import os
import resource
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from journals import as_it_is, cell, opened, say

import ramet
from ramet.journal import journal as journal_module
from ramet.journal import tail
from ramet.journal.journal import Journal
from ramet.journal.reader import JournalReader
from ramet.model.output import Display, Omitted, RichValue, Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again with every flush."""
    monkeypatch.setattr(tail, "_RETRY_S", 0.0)


@pytest.fixture
def full_disk() -> Iterator[int]:
    """No file of this process may grow past so many bytes: a write stops half way, the next one fails."""
    size = 3_000
    before, limits = signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    yield size
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_loses_nothing(tmp_path: Path, full_disk: int) -> None:
    """What could not be written can be read, and is written when there is room, from the very byte on."""
    notes: list[str] = []
    journal = Journal(tmp_path, on_note=notes.append)
    for number in range(1, 60):
        say(journal, cell(number, Text(text=f"line {number}\n")))
    assert isinstance(journal.trouble, ramet.BrokenError)
    assert (tmp_path / "journal-000001.jsonl").stat().st_size == full_disk
    assert [past.result.stdout for past in journal.past.cells()] == [f"line {number}\n" for number in range(1, 60)]
    _no_limit()
    journal.flush()
    say(journal, cell(60))
    assert journal.trouble is None
    assert ["cannot be written" in note for note in notes] == [True, False]
    assert len([*JournalReader(tmp_path).cells()]) == 60
    journal.close()


def _no_limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_what_waits_is_bounded_too(tmp_path: Path, full_disk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing can be written, output past a bound is counted instead of kept."""
    monkeypatch.setattr(journal_module, "_BACKLOG_BYTES", 50_000)
    journal = opened(tmp_path)
    lines = [Text(text=f"{'x' * 99}\n") for _ in range(2_000)]
    say(journal, cell(1, *lines))
    _no_limit()
    say(journal, cell(2))
    outputs = JournalReader(tmp_path).cell(1).result.outputs
    assert isinstance(outputs[-1], Omitted)
    assert sum(1 for output in outputs if isinstance(output, Text)) + outputs[-1].lines == 2_000
    journal.close()


@pytest.mark.parametrize("what", ["journal", "journal/journal-000001.jsonl"])
def test_a_folder_that_is_removed(tmp_path: Path, what: str) -> None:
    """The journal begins anew at its place; what was lost is said to be lost, the rest is there."""
    folder = tmp_path / "journal"
    journal = opened(folder)
    say(journal, cell(1, Text(text="lost\n")))
    shutil.rmtree(tmp_path / what) if what == "journal" else (tmp_path / what).unlink()
    picture = Display(value=RichValue(data={"image/png": b"\x89PNG"}))
    say(journal, cell(2, Text(text="kept\n"), picture))
    assert journal.past.lines(2, 1, 1, resolve=as_it_is).lines[0].text == "kept"
    with pytest.raises(ramet.InvalidError, match="not in the journal any more"):
        journal.past.cell(1)
    journal.close()
    (past,) = JournalReader(folder).cells()
    assert past.result.outputs == (Text(text="kept\n"), picture)


def test_a_place_where_no_folder_can_be_made(tmp_path: Path) -> None:
    """The session goes on in memory, is told once, and the journal is written as soon as it can be."""
    (tmp_path / "file").write_text("in the way")
    notes: list[str] = []
    journal = Journal(tmp_path / "file" / "journal", on_note=notes.append)
    say(journal, cell(1, Text(text="here\n")))
    say(journal, cell(2))
    assert journal.past.cell(1).result.stdout == "here\n"
    assert len(notes) == 1
    (tmp_path / "file").unlink()
    say(journal, cell(3))
    assert len(notes) == 2
    assert len([*JournalReader(tmp_path / "file" / "journal").cells()]) == 3
    journal.close()


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    """As above, for a folder that may not be written to."""
    tmp_path.chmod(0o500)
    notes: list[str] = []
    journal = Journal(tmp_path, on_note=notes.append)
    say(journal, cell(1))
    assert journal.past.cell(1).result.ok
    assert len(notes) == 1
    tmp_path.chmod(0o700)
    journal.close()
    assert len([*JournalReader(tmp_path).cells()]) == 1
