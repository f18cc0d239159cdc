"""Parts of long texts: right lines with right numbers, found in time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.errors import InvalidError
from ramet.render.pages import Page, characters, lines, search

NUMBERED = "".join(f"line {number}\n" for number in range(1, 100_001))
LOG = "a\nb\nc hit\nd\ne\nf hit\ng\nh\ni\nj\nk\nl hit\n"


def test_lines_are_counted_from_one() -> None:
    """Both ends are included; what is beyond the text is not there."""
    assert lines(NUMBERED, 500, 501) == Page(text="line 500\nline 501", first=500, last=501, lines=100_000)
    assert lines(NUMBERED, 99_999, 10**9).text == "line 99999\nline 100000"
    assert lines("one\ntwo", 0, 1) == Page(text="one", first=1, last=1, lines=2)
    assert lines("one\ntwo", 3, 9) == Page(text="", first=3, last=2, lines=2)


@given(st.text(alphabet="ab\n", max_size=40), st.integers(-2, 30), st.integers(-2, 30))
def test_lines_are_those_of_the_text(text: str, first: int, last: int) -> None:
    """Whatever range is asked for."""
    whole = text.removesuffix("\n").split("\n") if text else []
    assert lines(text, first, last).text == "\n".join(whole[max(0, first - 1) : max(0, last)])


def test_characters_of_a_long_line() -> None:
    """The part that was cut out of it can be read."""
    assert characters("one\n0123456789\nthree", 2, 4, 6) == "345"
    assert characters("one\n0123456789\nthree", 2, 9, 99) == "89"
    assert characters("one", 2, 1, 5) == ""


def test_a_search_shows_matches_and_what_is_around_them() -> None:
    """As grep does: no line twice, and a mark where some are left out."""
    found = search(LOG, "hit", context=1)
    assert found.text == "2-b\n3:c hit\n4-d\n5-e\n6:f hit\n7-g\n--\n11-k\n12:l hit"
    assert (found.matches, found.shown, found.next_line, found.counted) == (3, 3, None, True)


def test_a_search_goes_on_where_the_room_ended() -> None:
    """All matches are counted; those without room come with the next search, under the same numbers."""
    found = search(NUMBERED, "7$", context=0, limit=100)
    assert (found.matches, found.shown) == (10_000, 9)
    assert found.text.startswith("7:line 7\n17:line 17\n")
    assert found.next_line == 97
    assert search(NUMBERED, "7$", context=0, limit=100, first_line=97).text.startswith("97:line 97\n")


def test_long_lines_are_shown_around_the_match() -> None:
    """With the number of characters on both sides."""
    text = search("é" * 9000 + "needle" + "漢" * 9000, "needle").text
    assert re.fullmatch(r"1:\.\.\. 8,9\d\d characters \.\.\. é+needle漢+ \.\.\. 8,\d\d\d characters \.\.\.", text)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)*$", "(a|b)*c", "(.*)*x"])
def test_no_pattern_runs_for_ever(pattern: str) -> None:
    """What backtracking takes ages for is done in a moment."""
    before = time.process_time()
    search("a" * 2_000_000 + "!", pattern)
    assert time.process_time() - before < 5


@pytest.mark.parametrize("pattern", ["(", "(?=x)", r"(x)\1", "[", "a{5000}", ")("])
def test_a_pattern_that_cannot_be_read_is_the_callers_error(pattern: str) -> None:
    """The message says why, and what the syntax is."""
    with pytest.raises(InvalidError, match="RE2 syntax"):
        search("text", pattern)


PATTERNS = ["x", "^", "$", "^$", "x$", r"\s", "[^x]+", "xy|y", r"\Sx", "é", "(?i)X"]


@given(st.text(alphabet="xyé \n", max_size=40), st.sampled_from(PATTERNS), st.integers(1, 12), st.integers(0, 2))
def test_it_finds_the_lines_that_re_finds(text: str, pattern: str, first: int, context: int) -> None:
    """Line by line, with numbers that count from the beginning, each line shown once and in order."""
    whole = text.removesuffix("\n").split("\n") if text else []
    found = search(text, pattern, first_line=first, context=context)
    expected = [f"{n}:{line}" for n, line in enumerate(whole, 1) if n >= first and re.search(pattern, line)]
    shown = [line for line in found.text.split("\n") if line != "--"] if found.text else []
    assert [line for line in shown if re.match(r"\d+:", line)] == expected
    numbers = [int(line.split("-")[0].split(":")[0]) for line in shown]
    assert numbers == sorted(set(numbers))
    assert all(line[len(str(n)) + 1 :] == whole[n - 1] for n, line in zip(numbers, shown, strict=True))
