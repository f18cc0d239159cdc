"""What others print can stand above a prompt."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ramet.cli.attach.transcript import CHARACTERS_MAX, LINES_MAX, Margin, Transcript, plain
from ramet.model.output import Display, RichValue
from ramet.model.session import ProcessInfo

_SGR = re.compile(r"\x1b\[[\d;:]*m")


@given(text=st.text(alphabet="\x1b\x9b\x90\x07\x9c[]()?;:0123m2JHhP_\\ ab\r\n\t\x00\x7f", max_size=40))
def test_nothing_but_colours_is_left(text: str) -> None:
    """However sequences are nested or cut."""
    left = _SGR.sub("", plain(text))
    assert not set(left) - set("[]()?;:0123m2JHhP_\\ ab\r\n\t")
    assert plain(plain(text)) == plain(text)


def test_text_and_colours_stay() -> None:
    """And what stands behind a sequence."""
    assert plain("\x1b[1;31mred\x1b[0m \x1b]0;title\x07a\x1b[2Jb\x1b(Bc\x9bd") == "\x1b[1;31mred\x1b[0m abcd"


def test_lines_come_whole_and_as_they_were_at_last() -> None:
    """A progress bar is its last state, and a line without an end comes with the end of the cell."""
    margin = Margin("7")
    assert margin.lines("10 %\r50 %\r") == ""
    assert margin.lines("99 %\nnext") == "99 %\x1b[0m\n"
    assert margin.rest() == "next\x1b[0m\n"
    assert margin.rest() == ""


def test_much_output_is_cut() -> None:
    """And the way to the rest is told; a line has an end, too."""
    margin = Margin("7")
    shown = margin.lines("x" * 100_000 + "\n" + "y\n" * 1_000)
    assert shown.count("\n") == LINES_MAX
    assert len(shown) < 5_000
    assert "801 lines more: `ramet out 7`" in margin.rest()


def test_long_lines_are_cut_too() -> None:
    """Before they fill many screens."""
    margin = Margin("7")
    assert len(margin.lines(("x" * 1_500 + "\n") * 100)) < CHARACTERS_MAX + 3_000
    assert "lines more" in margin.rest()


def test_a_value_cannot_move_the_cursor() -> None:
    """Nor can its representation forge a prompt by it."""
    info = ProcessInfo(pid=1, shell="python", python="python", version="3.11.7", cwd="/")
    shown = Transcript("main", info).of(Display(value=RichValue(data={"text/plain": "a\x1b[Hb"}), kind="result"))
    assert shown == "ab\n"
