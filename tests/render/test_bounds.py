"""Bounded text: within its limit whatever comes, and honest about what is missing."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ramet.render.bounds import Bounded, beginning, bounded, count_lines, cut

NUMBERED = "\n".join(f"line {number}" for number in range(1, 100_001))


def test_what_fits_is_unchanged() -> None:
    """Also repeated lines, trailing newlines and a text of just the limit."""
    text = "x\n" * 50
    assert bounded(text, 100, handle="out:7") == Bounded(text=text, lines=50)
    assert bounded("", 0, handle="out:7") == Bounded(text="", lines=0)


def test_head_and_tail_stay_and_the_gap_names_its_lines() -> None:
    """The line between them says how much is missing, and where it can be read."""
    result = bounded(NUMBERED, 500, handle="out:7")
    head, gap, tail = re.fullmatch(r"(.*)\n(\.\.\. .* \.\.\.)\n(.*)", result.text, re.DOTALL).groups()
    assert gap == "... 99,955 lines (1,088,510 characters) left out here; to see them, read out:7 lines 35-99989 ..."
    assert head.split("\n") == [f"line {number}" for number in range(1, 35)]
    assert tail.split("\n") == [f"line {number}" for number in range(99_990, 100_001)]
    assert (result.lines, result.lines_omitted, result.characters_omitted) == (100_000, 99_955, 1_088_510)
    assert not result.complete


def test_repeated_lines_are_folded() -> None:
    """Their number is told, and nothing counts as missing."""
    result = bounded("start\n" + "retrying\n" * 5000 + "Error: gave up\n", 500, handle="out:7")
    folded = "start\nretrying\n... the line above 4,999 more times (lines 3-5001) ...\nError: gave up"
    assert result == Bounded(text=folded, lines=5002)


def test_repeated_blocks_are_folded() -> None:
    """Up to four lines that come again and again."""
    result = bounded("start\n" + "a: try\nb: wait\nc: retry\n" * 900 + "end", 500, handle="out:7")
    assert (
        result.text == "start\na: try\nb: wait\nc: retry\n... the 3 lines above 899 more times (lines 5-2701) ...\nend"
    )
    assert result.complete


def test_long_lines_lose_their_middle() -> None:
    """The lines around them stay whole."""
    result = bounded("header\n" + "ab" * 50_000 + "\nerror at the end", 600, handle="out:7")
    head, long_line, tail = result.text.split("\n")
    assert (head, tail) == ("header", "error at the end")
    assert re.fullmatch(r"(ab)+ \.\.\. 99,8\d\d characters of out:7 line 2 left out \.\.\. b(ab)+", long_line)
    assert result.lines_omitted == 0
    assert result.characters_omitted > 99_000


def test_one_long_line_gets_all_the_room() -> None:
    """There is nothing else to show."""
    result = bounded("x" * 10_000 + "end", 8000, handle="out:7")
    assert len(result.text) > 7800
    assert result.text.endswith("end")


def test_numbers_count_from_the_first_line_of_the_whole() -> None:
    """A part of a text keeps the numbers of the whole."""
    assert "read out:7 lines 1034-" in bounded(NUMBERED, 500, handle="out:7", first_line=1000).text


LINE = st.sampled_from(["", "x", "error", "a line of text", "y" * 700])
LINES = st.lists(LINE | st.tuples(LINE, st.integers(2, 300)).map(lambda run: "\n".join([run[0]] * run[1])), max_size=60)


@given(LINES.map("\n".join), st.integers(0, 1500), st.text(max_size=20))
def test_the_limit_always_holds(text: str, limit: int, handle: str) -> None:
    """Tiny limits, long handles, nothing but newlines."""
    result = bounded(text, limit, handle=handle)
    assert len(result.text) <= limit
    assert result.lines == count_lines(text)
    assert result.complete or result.characters_omitted > 0


@given(LINES.map("\n".join), st.integers(400, 1500))
def test_everything_is_shown_folded_or_counted(text: str, limit: int) -> None:
    """Unfolding what is shown and adding what is left out gives the number of lines there are."""
    result = bounded(text, limit, handle="out:7")
    number = result.lines_omitted
    assume(result.text != text)
    for line in result.text.split("\n"):
        again = re.fullmatch(r"\.\.\. the .* more times \(lines (\d+)-(\d+)\) \.\.\.", line)
        if again:
            number += int(again[2]) - int(again[1]) + 1
        elif not re.fullmatch(r"\.\.\. .* read out:7 .* \.\.\.", line):
            number += 1
    assert number == result.lines == count_lines(text)


@pytest.mark.parametrize(
    "text",
    ["x" * 5_000_000, "漢" * 5_000_000, "x\n" * 3_000_000, NUMBERED * 10, "\n" * 5_000_000, ("a" * 900 + "\n") * 9000],
)
def test_huge_texts_take_no_time(text: str) -> None:
    """They are counted, not looked at line by line."""
    before = time.process_time()
    assert len(bounded(text, 8000, handle="out:7").text) <= 8000
    assert time.process_time() - before < 2


def test_a_beginning_says_how_much_follows() -> None:
    """Within the limit, however small that is."""
    assert beginning("0123456789" * 10, 40) == "0123456789012345\n... 84 more characters"
    assert beginning("0123456789", 10) == "0123456789"
    assert all(len(beginning("x" * 1000, limit)) <= limit for limit in range(100))


def test_cut_says_what_it_cuts() -> None:
    """Head, words, tail; with no room for words, the head."""
    assert cut("0123456789" * 10, 60) == ("012345678901234567 ... 73 characters left out ... 123456789", 73)
    assert cut("0123456789", 5) == ("01234", 5)
    assert cut("0123456789", 10) == ("0123456789", 0)
