"""Patterns: what `re` finds in a line, in time that the length of the line bounds."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.errors import InvalidError
from ramet.render.pattern import matcher


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)*$", "(a|b)*c", "(.*)*x"])
def test_no_pattern_runs_for_ever(pattern: str) -> None:
    """What backtracking takes ages for is done in a moment."""
    before = time.process_time()
    matcher(pattern)("a" * 2_000_000 + "!")
    assert time.process_time() - before < 5


@pytest.mark.parametrize("pattern", ["(", "(?=x)", r"(x)\1", "[", "a{5000}", ")("])
def test_a_pattern_that_cannot_be_read_is_the_callers_error(pattern: str) -> None:
    """The message says why, and what the syntax is."""
    with pytest.raises(InvalidError, match="RE2 syntax"):
        matcher(pattern)


PATTERNS = ["x", "^", "$", "^$", "x$", r"\s", "[^x]+", "xy|y", r"\Sx", "é", "(?i)X"]


@given(st.text(alphabet="xyé ", max_size=40), st.sampled_from(PATTERNS))
def test_it_matches_the_lines_that_re_matches(line: str, pattern: str) -> None:
    """Wherever in the line that is."""
    assert matcher(pattern)(line) == bool(re.search(pattern, line))
