"""A journal stays within its bounds, and says what it left out."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import OUTPUTS, as_it_is, cell, opened, say

import ramet
from ramet.journal.reader import JournalReader
from ramet.journal.thinning import Bounds
from ramet.model.output import Clear, Display, Omitted, Output, RichValue, Text

SMALL = {"head_bytes": 4_000, "tail_bytes": 8_000, "segment_bytes": 1_000}


def used(folder: Path) -> int:
    """Bytes on disk."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("again", [False, True], ids=["by its owner", "by the next"])
def test_head_and_tail_of_a_cell_are_kept(tmp_path: Path, again: bool) -> None:
    """The middle goes; its true size is told, and the numbers of the lines that stay are true."""
    journal = opened(tmp_path, **SMALL)
    lines = [f"line {number:05}\n" for number in range(1, 10_001)]
    for entry in cell(1, *[Text(text="".join(lines[at : at + 7])) for at in range(0, 10_000, 7)]):
        say(journal, [entry])
    assert used(tmp_path) < 20_000
    if again:
        journal.close()
        journal = opened(tmp_path, **SMALL)
    result = journal.past.cell(1).result
    kept = "".join(output.text for output in result.outputs if isinstance(output, Text))
    (omitted,) = [output for output in result.outputs if isinstance(output, Omitted)]
    assert len(kept) + omitted.characters == sum(map(len, lines))
    assert kept.count("\n") + omitted.lines == 10_000
    assert f"{omitted.characters:,} characters, {omitted.lines:,} lines left out" in result.stdout
    page = journal.past.lines(1, 1, 10_000, resolve=as_it_is)
    assert page.total == 10_000
    assert page.dropped == omitted.lines - 1
    assert all(line.text == f"line {line.number:05}" for line in page.lines if "left out" not in line.text)
    assert len(page.lines) > 300
    journal.close()


def test_the_oldest_cells_go_first(tmp_path: Path) -> None:
    """Past the bound of the session, old cells keep their code and outcome, and lose what they showed."""
    journal = opened(tmp_path, total_bytes=60_000, segment_bytes=1_000)
    picture = Display(value=RichValue(data={"text/plain": "<Figure>", "image/png": b"x" * 500}))
    for number in range(1, 101):
        say(journal, cell(number, Text(text="y" * 500), picture, Text(text="\nend"), code=f"# {number}"))
    past = [*JournalReader(tmp_path).cells()]
    assert [cell.result.code for cell in past] == [f"# {number}" for number in range(1, 101)]
    assert all(cell.result.ok for cell in past)
    assert past[0].result.outputs == (Omitted(characters=501, lines=3, displays=1), Text(text="end"))
    assert past[-1].result.displays == (picture.value,)
    assert sum(path.stat().st_size for path in (tmp_path / "forms").iterdir()) < 20_000
    assert used(tmp_path) < 62_000
    journal.close()


def test_an_endless_animation_takes_no_room(tmp_path: Path) -> None:
    """What was cleared and left out leaves one clear behind, not one for each frame."""
    journal = opened(tmp_path, **SMALL)
    frames = [part for number in range(3_000) for part in (Clear(wait=True), Text(text=f"frame {number}\n"))]
    for entry in cell(1, *frames):
        say(journal, [entry])
    assert used(tmp_path) < 20_000
    assert journal.past.cell(1).result.text == "frame 2999"
    journal.close()


def test_a_reader_follows_what_is_made_thinner(tmp_path: Path) -> None:
    """Segments that vanish under a reader do not disturb it."""
    journal, reader = opened(tmp_path, **SMALL), JournalReader(tmp_path)
    say(journal, cell(1)[:2])
    for number in range(1, 3_000):
        say(journal, [Text(text=f"line {number:05}\n")])
        if number % 50 == 0:
            reader.refresh()
            page = reader.lines(1, -1, number, resolve=as_it_is)
            assert (page.total, page.lines[0].text) == (number, f"line {number:05}")
    journal.close()


@given(cells=st.lists(OUTPUTS, max_size=9), segment=st.integers(100, 900), total=st.integers(500, 9_000))
def test_what_is_known_is_what_is_there(cells: list[list[Output]], segment: int, total: int) -> None:
    """However segments were thinned and joined, the owner's outline is the one that a fresh reader makes."""
    with tempfile.TemporaryDirectory() as name:
        journal = opened(Path(name), segment_bytes=segment, total_bytes=total, head_bytes=200, tail_bytes=400)
        for number, outputs in enumerate(cells, start=1):
            for entry in cell(number, *outputs):
                say(journal, [entry])
        reader = JournalReader(Path(name))
        assert [*reader.cells()] == [*journal.past.cells()]
        for number in range(1, len(cells) + 1):
            page = journal.past.lines(number, 1, 99, resolve=as_it_is)
            assert reader.lines(number, 1, 99, resolve=as_it_is) == page
        assert not reader.tears
        journal.close()


def test_bounds_are_positive() -> None:
    """A journal that keeps nothing is a mistake."""
    with pytest.raises(ramet.InvalidError):
        Bounds(head_bytes=0)
