"""Resolved text: what a terminal shows in the end, whatever was written to it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.render.screen import HEIGHT
from ramet.render.terminal import resolve

RECORDINGS = Path(__file__).parent / "recordings"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
BAR = "\r 50%|█████▏     | 50/100 [00:10<00:10, 5.00it/s]"


def emulated(text: str, columns: int = 80) -> str:
    """The screen of a terminal emulator and all that has scrolled off it, without blanks at the ends."""
    screen = pyte.HistoryScreen(columns, HEIGHT, history=10_000)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    above = ["".join(line[column].data for column in range(columns)) for line in screen.history.top]
    return trimmed("\n".join([*above, *screen.display]))


def trimmed(text: str) -> str:
    """`text` without blanks at the ends of lines and blank lines at the end."""
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("10%\r50%\r100%\ndone", "100%\ndone"),
        ("abc\rx", "xbc"),
        ("one\r\ntwo\r\r\nthree", "one\ntwo\nthree"),
        ("loading |\b/\b-\b\bdone", "loadingdone"),
        ("b\bbo\bol\bld", "bold"),
        ("\x1b[1;31mred\x1b[0m and \x1b[38:2::1:2:3mtrue\x1b[m", "red and true"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x07!", "link!"),
        ("\x1b]0;title\x07\x1b(B\x1b[?25ltext\x1b[?25h\x1bP1$q\x1b\\\a\x00", "text"),
        ("a\tb\rxyz", "xyz     b"),
        ("abcdefghij\r\tX", "abcdefghXj"),
        ("12345\x1b[3D\x1b[K!", "12!"),
        ("12345\x1b[2G\x1b[1K", "  345"),
        ("12345\x1b[2D\x1b[2Kx", "   x"),
        ("one\ntwo\n\x1b[2A1\x1b[B2\x1b[2F>", ">ne\nt2o"),
        ("one\ntwo\nthree\x1b[2A\r\x1b[J1", "1"),
        ("a\x1b[sbc\x1b[uB\x1b7d\x1b8D", "aBD"),
        ("abcdef\x1b[4D\x1b[2P\x1b[@-\x1b[X", "ab- f"),
        ("one\ntwo\x1b[A\x1b[L0\x1b[2B\x1b[M", "   0\none\n"),
        ("log\n\x1b[H\x1b[2J\x1b[3Jnew", "new"),
        ("frame 1\nmore\x1b[H\x1b[Jframe 2", "frame 2"),
        ("before\n\x1b[?1049h\x1b[2;3Hmenu\x1b[?1049lafter", "before\nafter"),
        ("before\x1b[?1049h\x1b[2;3Hmenu", "before\n\n  menu"),
        ("one\fthree", "one\n   three"),
    ],
)
def test_control_characters_are_carried_out(written: str, shown: str) -> None:
    """Moves, erases and overwriting leave what a terminal would show; colours, titles and bells leave nothing."""
    assert resolve(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("漢字かな\r\x1b[4Cab", "漢字abな"),
        ("漢字\rx", "x 字"),
        ("漢字\rabc", "abc"),
        ("e\u0301e\rx", "xe"),
        ("🙂🙂\b\bab", "🙂ab"),
        ("進捗 50%\r進捗 100%", "進捗 100%"),
    ],
)
def test_wide_characters_take_two_columns(written: str, shown: str) -> None:
    """Half an overwritten character is a blank; a combining mark goes with what it is on."""
    assert resolve(written) == shown


@pytest.mark.parametrize("name", ["tqdm_nested", "tqdm_position", "rich_progress", "git_clone", "clear"])
def test_recorded_programs_look_as_in_a_terminal(name: str) -> None:
    """Bytes of real programs in a pseudo-terminal end as an emulator shows them."""
    written = (RECORDINGS / f"{name}.ansi").read_bytes().decode()
    assert len(emulated(written)) > 5
    assert trimmed(resolve(written)) == emulated(written)


def test_a_full_screen_program_leaves_nothing() -> None:
    """What curses drew is gone when it ends; what stood there before is back."""
    assert resolve((RECORDINGS / "curses.ansi").read_bytes().decode()).split() == ["start", "end"]


MOVES = st.sampled_from(["\r", "\b", "\n", "\x1b7b\x1b[Ac\x1b8"]) | st.sampled_from(
    ["A", "2A", "B", "3C", "2D", "E", "F", "5G", "K", "1K", "2K", "J", "2;3H", "2P", "2@", "2X"]
).map("\x1b[{}".format)
WORDS = st.sampled_from(["a", "bc", "defghi", " ", "█", "\x1b[31mj\x1b[0m"])


@given(st.lists(MOVES | WORDS, max_size=30).map("".join))
def test_it_agrees_with_an_emulator(written: str) -> None:
    """Where nothing scrolls off and nothing reaches the margin, a terminal emulator shows the same.

    Wide characters and shifted lines are left out: pyte fails on half of the one and forgets to blank after the other.
    """
    written = "\n".join(written.split("\n")[:HEIGHT])
    assert trimmed(resolve(written)) == emulated(written, columns=240)


@given(
    st.lists(MOVES | WORDS | st.text(alphabet="\x1b[]?0;9ABHJKlhPm\\\a\x9b\t\v\r\nz漢\u0301"), max_size=20).map("".join)
)
def test_whatever_is_written_comes_out_plain(written: str) -> None:
    """Also cut sequences and nonsense: no control character is left, and what is plain stays as it is."""
    shown = resolve(written)
    assert not CONTROL.search(shown)
    assert resolve(shown) == shown


@given(st.text(st.characters(exclude_categories=["Cc"]) | st.sampled_from("\t\n")))
def test_plain_text_is_unchanged(text: str) -> None:
    """Nothing is stripped, wrapped or normalised."""
    assert resolve(text) is text


@pytest.mark.parametrize(
    "written",
    [
        BAR * 100_000,
        (BAR + "\n" + BAR + "\x1b[A") * 20_000,
        "x" * 5_000_000 + "\ra" * 100_000,
        "x" * 5_000_000 + "\n" + "\x1b[Aa\x1b[Bb" * 50_000,
        "\x1b[999999999Cx\n" * 50_000,
        "\n" * 100_000 + "\x1b[999999999A\x1b[L\x1b[M\x1b[J\n" * 20_000,
        "\x1bP" * 500_000 + "\x1b]" * 500_000,
        "\x1b[" + "9" * 1_000_000 + "B!",
        "\t" * 1_000_000 + "\x1b[A",
    ],
    ids=["bars", "two bars", "returns", "two lines", "far moves", "line shifts", "open strings", "digits", "tabs"],
)
def test_the_work_is_linear(written: str) -> None:
    """Long lines, many moves and far ones: a million of anything takes a second or so, where quadratic takes hours."""
    before = time.process_time()
    shown = resolve(written)
    assert time.process_time() - before < 10
    assert len(shown) < 2 * len(written) + 1_000_000
