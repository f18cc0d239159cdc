"""What is written is read back, whatever happened to the writer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import ENTRIES, as_it_is, cell, joined, opened, say

import ramet
from ramet.journal.codec import encode
from ramet.journal.entry import Answered, Branched, Entry, Opened, Stands, Submitted
from ramet.journal.reader import JournalReader
from ramet.model.outcome import Running
from ramet.model.output import Display, RichValue, Text

if TYPE_CHECKING:
    from collections.abc import Iterator


@given(entries=ENTRIES, cut=st.integers(0, 1 << 14))
def test_a_journal_cut_anywhere_is_a_prefix_and_a_tear(entries: list[Entry], cut: int) -> None:
    """Whole lines are read back as they were written; of the line that was cut the next owner is told."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = opened(folder)
        say(journal, entries)
        journal.close()
        if not entries:
            return
        file = folder / "journal-000001.jsonl"
        whole = file.read_bytes()
        kept = whole[: cut % (len(whole) + 1)]
        file.write_bytes(kept)
        again = opened(folder)
        read = [*again.past.entries()][1:]
        assert joined(read) == joined(_of_lines(folder, kept.count(b"\n") - 1, entries))
        assert [tear.offset for tear in again.tears] == ([] if kept[-1:] in (b"", b"\n") else [kept.rfind(b"\n") + 1])
        again.close()


def _of_lines(folder: Path, count: int, entries: list[Entry]) -> Iterator[Entry]:
    """The entries of the first `count` lines: stderr that follows stderr shares one."""
    lines = 0
    last: Entry | None = None
    for entry in entries:
        follows = isinstance(entry, Text) and entry.stream == "stderr"
        if not (follows and isinstance(last, Text) and last.stream == "stderr"):
            lines += 1
        if lines > count:
            return
        last = entry
        yield entry


def test_the_next_owner_goes_on(tmp_path: Path) -> None:
    """After a torn line, cells, serial numbers and requests count on, in a new file."""
    journal = opened(tmp_path)
    say(journal, cell(1))
    journal.close()
    with (tmp_path / "journal-000001.jsonl").open("ab") as file:
        file.write(b'{"crc":"0badc0de","is":"no')
    again = opened(tmp_path)
    assert (again.last_request, len(again.tears)) == (1, 1)
    say(again, cell(2))
    assert [past.result.cell for past in again.past.cells()] == [1, 2]
    assert [past.serial for past in JournalReader(tmp_path).history()] == [1, 2]
    again.close()


def test_one_owner_at_a_time(tmp_path: Path) -> None:
    """A second owner is refused until the first has closed."""
    journal = opened(tmp_path)
    with pytest.raises(ramet.BusyError):
        opened(tmp_path)
    journal.close()
    opened(tmp_path).close()


def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    """What a newer version wrote is not misread, and not written to."""
    newer = encode(Opened(version=99), lambda *_: "")
    (tmp_path / "journal-000001.jsonl").write_bytes(newer)
    with pytest.raises(ramet.InvalidError, match="newer"):
        opened(tmp_path)
    with pytest.raises(ramet.InvalidError, match="newer"):
        JournalReader(tmp_path)


KILLED = """
import sys
from pathlib import Path
from ramet.journal.entry import Submitted
from ramet.journal.journal import Journal
from ramet.model.output import Text
from ramet.journal.thinning import Bounds
journal = Journal(Path(sys.argv[1]), bounds=Bounds(segment_bytes=20_000, head_bytes=10**9, tail_bytes=10**9),
                  on_note=print)
journal.append(Submitted(request=journal.last_request + 1, code="", at=0.0))
number = 0
while True:
    journal.append(Text(text=f"{number} {'x' * (number * 37 % 900)}\\n"))
    journal.flush()
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
    number += 1
"""


def test_a_killed_owner_has_written_what_it_told(tmp_path: Path) -> None:
    """Time after time an owner is killed in full flight: whatever it had told is there, once and in order."""
    for round_number in range(1, 9):
        writer = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=os.environ
        )
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(60 * round_number)]
        writer.send_signal(signal.SIGKILL)
        told += [line for line in writer.stdout if line.endswith("\n")]
        writer.stdout.close()
        writer.wait()
        reader = JournalReader(tmp_path)
        past = [*reader.history()][-1]
        numbers = [int(line.split()[0]) for line in past.result.stdout.splitlines()]
        assert past.serial == round_number
        assert isinstance(past.result.outcome, Running)
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= len(told)


def test_reading_while_it_is_written(tmp_path: Path) -> None:
    """A reader in another place sees what was flushed, as soon as it looks."""
    journal = opened(tmp_path, segment_bytes=300)
    reader = JournalReader(tmp_path)
    for number in range(1, 30):
        say(journal, cell(number, Text(text=f"line {number}\n")))
        reader.refresh()
        assert [past.result.stdout for past in reader.cells()][-1] == f"line {number}\n"
    assert len([*reader.history()]) == 29
    journal.close()


def test_what_waits_for_a_flush_can_be_read(tmp_path: Path) -> None:
    """The owner itself reads what it appended, pictures too, whether or not that is on disk."""
    journal = opened(tmp_path)
    picture = Display(
        value=RichValue(data={"image/png": b"\x89PNG", "text/html": "<b>" * 99_999, "x/y+json": {"is": 1}})
    )
    for entry in cell(1, picture):
        journal.append(entry)
    assert journal.past.cell(1).result.outputs == (picture,)
    journal.close()
    assert JournalReader(tmp_path).cell("out:1").result.outputs == (picture,)
    assert (tmp_path / "forms/000001.png").read_bytes() == b"\x89PNG"


def test_a_password_is_never_written(tmp_path: Path) -> None:
    """An answer that is a password is none of the journal's business."""
    journal = opened(tmp_path)
    say(journal, [Submitted(request=1, code="", at=0.0), Answered(text="hunter2", password=True)])
    journal.close()
    assert b"hunter2" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_handles_after_an_undo(tmp_path: Path) -> None:
    """`7` is the cell 7 of now; `7.1` is for ever the first; what was undone and redone lives again."""
    journal = opened(tmp_path)
    say(journal, [*cell(1), *cell(2, code="a"), *cell(3), Stands(cell=2)])
    past = journal.past
    assert [(known.handle, known.undone) for known in past.history()] == [
        ("out:1", False),
        ("out:2", True),
        ("out:3", True),
    ]
    say(journal, [Stands(cell=4)])
    assert [known.handle for known in past.cells()] == ["out:1", "out:2", "out:3"]
    say(journal, [Stands(cell=2), *cell(2, code="b")])
    assert [known.handle for known in past.history()] == ["out:1", "out:2.1", "out:3", "out:2"]
    assert (past.cell(2).result.code, past.cell("out:2.1").result.code, past.cell("2.2").result.code) == ("b", "a", "b")
    assert [known.serial for known in JournalReader(tmp_path).cells()] == [1, 4]
    for wrong in ("out:4", "2.3", "x", ""):
        with pytest.raises(ramet.InvalidError):
            past.cell(wrong)
    journal.close()


def test_late_output_belongs_to_the_next_cell(tmp_path: Path) -> None:
    """What background work printed between two cells comes with the second."""
    journal = opened(tmp_path)
    late = Text(text="late\n", late=True)
    say(journal, [*cell(1), late])
    assert [past.serial for past in journal.past.history()] == [1]
    say(journal, cell(2, Text(text="now\n")))
    assert journal.past.cell(2).result.outputs == (late, Text(text="now\n"))
    journal.close()


def test_a_branch_has_its_own_copy_of_the_past(tmp_path: Path) -> None:
    """It begins with its parent's cells up to the one of origin, and keeps them when the parent is removed."""
    journal = opened(tmp_path / "parent", segment_bytes=400)
    picture = Display(value=RichValue(data={"image/png": b"\x89PNG"}))
    for number in range(1, 10):
        say(journal, cell(number, Text(text=f"{number}\n"), picture))
    journal.branch(tmp_path / "child", 6, "first")
    journal.close()
    shutil.rmtree(tmp_path / "parent")
    child = opened(tmp_path / "child")
    assert [past.result.cell for past in child.past.cells()] == [1, 2, 3, 4, 5]
    assert child.past.cell(5).result.displays == (picture.value,)
    assert [entry.parent for entry in child.past.entries() if isinstance(entry, Branched)] == ["first"]
    say(child, cell(6, Text(text="other\n")))
    assert child.past.lines(6, 1, 9, resolve=as_it_is).lines[0].text == "other"
    child.close()
