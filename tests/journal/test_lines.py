"""Lines by their number, and searches: the same lines that the whole text of the cell has."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import ERROR, OUTPUTS, as_it_is, cell, opened, say

import ramet
from ramet.journal import spans
from ramet.journal.entry import Submitted
from ramet.model.event import InputRequested
from ramet.model.outcome import Completed, Outcome, Raised
from ramet.model.output import Clear, Display, Output, RichValue, Text


@given(
    outputs=OUTPUTS,
    outcome=st.sampled_from([Completed(), Raised(error=ERROR)]),
    first=st.integers(-5, 30),
    segment=st.integers(1, 900),
)
def test_lines_are_those_of_the_whole(outputs: list[Output], outcome: Outcome, first: int, segment: int) -> None:
    """Wherever segments end and wherever one begins to read, the numbers and the lines are those of `Result.text`."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(spans, "_MARK_BYTES", 100)
        journal = opened(Path(name), segment_bytes=segment)
        for entry in cell(1, *outputs, outcome=outcome):
            say(journal, [entry])
        text = journal.past.cell(1).result.text
        page = journal.past.lines(1, 1, 10**9, resolve=as_it_is)
        assert "\n".join(line.text for line in page.lines).rstrip("\n") == text
        assert [line.number for line in page.lines] == list(range(1, page.total + 1))
        part = journal.past.lines(1, first, 20, resolve=as_it_is)
        start = first if first > 0 else max(page.total + 1 + first, 1)
        assert part.lines == page.lines[start - 1 : 20]
        journal.close()


def plain(text: str) -> str:
    """A terminal that knows colours and carriage returns."""
    lines = re.sub(r"\x1b\[[0-9;]*[mA]", "", text).split("\n")
    return "\n".join(line.rpartition("\r")[2] for line in lines)


def test_lines_are_resolved(tmp_path: Path) -> None:
    """A progress bar is one line; colours are gone; line numbers stay."""
    journal = opened(tmp_path)
    bar = Text(text="".join(f"\r{done} %" for done in range(101)))
    say(journal, cell(1, Text(text="\x1b[31mred\x1b[0m\n"), bar, Text(text="\nend\n")))
    page = journal.past.lines(1, 1, 9, resolve=plain)
    assert [(line.number, line.text) for line in page.lines] == [(1, "red"), (2, "100 %"), (3, "end")]
    journal.close()


@pytest.mark.parametrize(
    "output",
    [
        Text(text="\x1b[2A"),
        Display(value=RichValue(data={"text/plain": "new\nlines"}), kind="update", display_id="a"),
        InputRequested(prompt="? "),
    ],
    ids=["cursor up", "update", "input"],
)
def test_what_changes_earlier_lines_is_resolved_as_a_whole(tmp_path: Path, output: Output) -> None:
    """Where lines cannot be counted one after the other, they are those of the whole text nevertheless."""
    journal = opened(tmp_path)
    shown = Display(value=RichValue(data={"text/plain": "old"}), display_id="a")
    say(journal, cell(1, Text(text="before\n"), shown, output, Text(text="after\n")))
    page = journal.past.lines(1, 1, 9, resolve=plain)
    assert "\n".join(line.text for line in page.lines) == plain(journal.past.cell(1).result.text)
    journal.close()


def test_a_cleared_animation_is_its_last_frame(tmp_path: Path) -> None:
    """Lines that were cleared have no number."""
    journal = opened(tmp_path, segment_bytes=300)
    for entry in cell(1, *[part for n in range(50) for part in (Clear(wait=True), Text(text=f"frame {n}\n"))]):
        say(journal, [entry])
    assert [line.text for line in journal.past.lines(1, 1, 9, resolve=as_it_is).lines] == ["frame 49"]
    journal.close()


def test_a_page_of_a_running_cell(tmp_path: Path) -> None:
    """What a cell has shown so far can be paged, an open line too."""
    journal = opened(tmp_path)
    say(journal, [*cell(1)[:2], Text(text="a\nb\nc")])
    page = journal.past.lines("out:1", -2, 99, resolve=as_it_is)
    assert ([line.text for line in page.lines], page.total) == (["b", "c"], 3)
    journal.close()


def test_search_finds_lines_with_numbers(tmp_path: Path) -> None:
    """Of all cells that count, or of one that does not any more; a limit is told."""
    journal = opened(tmp_path)
    for number in (1, 2):
        say(journal, cell(number, Text(text="".join(f"{number} {line}\n" for line in range(1000)))))
    ends = re.compile("99$").search
    found = journal.past.search(lambda line: bool(ends(line)), resolve=as_it_is)
    assert len(found.matches) == 20
    assert not found.more
    assert (found.matches[10].handle, found.matches[10].line.number) == ("out:2", 100)
    few = journal.past.search(lambda line: bool(ends(line)), 2, resolve=as_it_is, limit=3)
    assert [match.line.text for match in few.matches] == ["2 99", "2 199", "2 299"]
    assert few.more
    journal.close()


def test_a_very_long_line(tmp_path: Path) -> None:
    """A line of many pieces is one line, and takes no longer than its length asks for."""
    journal = opened(tmp_path, head_bytes=10**9)
    say(journal, [Submitted(request=1, code="", at=0.0), *cell(1, Text(text="x" * 5_000_000), Text(text="\nend\n"))])
    page = journal.past.lines(1, 1, 2, resolve=as_it_is)
    assert [len(line.text) for line in page.lines] == [5_000_000, 3]
    journal.close()


def test_there_is_no_such_cell(tmp_path: Path) -> None:
    """The error names the last cell there is."""
    journal = opened(tmp_path)
    say(journal, cell(1))
    with pytest.raises(ramet.InvalidError, match="the last one is out:1"):
        journal.past.lines(7, 1, 2, resolve=as_it_is)
    journal.close()
