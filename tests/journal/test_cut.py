"""Where the next owner goes on in a journal that its forerunner could not finish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from journals import cell, opened, say

from ramet.journal.cut import cut
from ramet.model.output import Text
from ramet.model.report import ReadTo

if TYPE_CHECKING:
    from pathlib import Path

READ = ReadTo(process=1, position=10, clean=5)


def test_what_was_not_settled_goes(tmp_path: Path) -> None:
    """All that stands after the last entry of that kind, in whatever segment."""
    journal = opened(tmp_path, segment_bytes=300)
    say(journal, [*cell(1, Text(text="one\n")), READ, *cell(2, Text(text="x" * 500)), Text(text="three")])
    journal.close()
    cut(tmp_path)
    again = opened(tmp_path)
    assert list(again.past.entries())[-1] == READ
    assert [past.result.text for past in again.past.history()] == ["one"]
    again.close()


def test_nothing_settled_nothing_left(tmp_path: Path) -> None:
    """The whole will be said again. A journal that is not there is none."""
    journal = opened(tmp_path / "journal")
    say(journal, cell(1))
    journal.close()
    cut(tmp_path / "journal")
    cut(tmp_path / "nowhere")
    assert not list((tmp_path / "journal").glob("*.jsonl"))


def test_what_a_branch_has_of_its_parent_stays(tmp_path: Path) -> None:
    """It is the parent's, too."""
    journal = opened(tmp_path / "parent", segment_bytes=300)
    say(journal, [*cell(1, Text(text="one\n")), READ, *cell(2, Text(text="x" * 500))])
    before = {path.name: path.read_bytes() for path in (tmp_path / "parent").glob("*.jsonl")}
    journal.branch(tmp_path / "branch", 3, "parent")
    branch = opened(tmp_path / "branch")
    say(branch, cell(3))
    branch.close()
    cut(tmp_path / "branch")
    again = opened(tmp_path / "branch")
    assert [past.result.cell for past in again.past.history()] == [1, 2]
    assert {path.name: path.read_bytes() for path in (tmp_path / "parent").glob("*.jsonl")} == before
    again.close()
    journal.close()


def test_facts_leave_out_what_old_cells_printed(tmp_path: Path) -> None:
    """The last two cells are whole."""
    journal = opened(tmp_path)
    say(journal, [entry for number in (1, 2, 3) for entry in cell(number, Text(text=f"{number}\n"))])
    texts = [entry.text for entry in journal.past.facts() if isinstance(entry, Text)]
    assert texts == ["2\n", "3\n"]
    journal.close()
