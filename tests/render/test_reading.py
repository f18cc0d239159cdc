"""How readers are told to read on."""

from __future__ import annotations

import pytest

from ramet.render.bounds import bounded
from ramet.render.reading import PLAIN, Reading


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("", ", read out:7.1 lines 12-40"),
        ("`ramet out {cell} --lines {first}:{last}`", ": `ramet out 7.1 --lines 12:40`"),
        ('look(what="{handle} {first}-{last}")', ': look(what="out:7.1 12-40")'),
        ("{no} {} {first.__class__} {first:>99}", ": {no} {} {first.__class__} {first:>99}"),
    ],
)
def test_the_words_are_the_readers_own(form: str, told: str) -> None:
    """Only what is known of is filled in."""
    assert Reading(form).told("out:7.1", 12, 40) == told


def test_one_line_is_no_range() -> None:
    """Where nothing is known of the reader."""
    assert PLAIN.told("out:7", 12, 12) == ", read out:7 line 12"


@pytest.mark.parametrize("form", ["", "{first} {first} {first} {last} {last}", "f" * 200])
@pytest.mark.parametrize("limit", [0, 300, 500, 1000])
def test_the_limit_holds_with_any_words(form: str, limit: int) -> None:
    """Also where they have the numbers more than once."""
    text = "\n".join(f"line {number}" for number in range(1, 10_001))
    assert len(bounded(text, limit, handle="out:7", first_line=99, reading=Reading(form)).text) <= limit
