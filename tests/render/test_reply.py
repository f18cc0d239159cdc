"""What a reader gets for a cell."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import PIL.Image
import pytest

import ramet
from ramet.model.output import Display, RichValue, Text
from ramet.render.reply import duration, reply, status

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def session() -> Iterator[ramet.Session]:
    """A session with checkpoints of every state."""
    with ramet.Session(shell="ipython", checkpoints="every") as session:
        yield session


def result(*outputs: Text | Display, outcome: ramet.Outcome | ramet.Running | None = None) -> ramet.Result:
    """A cell that showed `outputs`."""
    return ramet.Result(code="", cell=7, outcome=outcome or ramet.Completed(), outputs=outputs, seconds=0.0021)


def shown(text: str, kind: str = "result") -> Display:
    """A value with a plain form."""
    return Display(value=RichValue(data={"text/plain": text}), kind=kind)  # type: ignore[arg-type]


def test_the_shortest_one() -> None:
    """The value, and a line on how it went."""
    assert reply(result(shown("2"))).text == "2\n[cell 7: ok in 2 ms]"
    assert reply(result()).text == "[cell 7: ok in 2 ms]"


def test_output_is_as_a_terminal_shows_it_in_the_end() -> None:
    """Progress bars are one line, colours are gone, displays stand where they were shown."""
    outputs = (Text(text="10%\r99%\n"), shown("picture", "display"), Text(text="\x1b[31mred\x1b[0m"), shown("3"))
    assert reply(result(*outputs)).text == "99%\npicture\nred\n3\n[cell 7: ok in 2 ms]"


def test_what_is_left_out_can_be_asked_for(session: ramet.Session) -> None:
    """The lines that the reply names are those that it does not show."""
    text = reply(session.run("for i in range(200_000): print('line', i)\n'done'")).text
    assert len(text) <= 8000
    assert text.startswith("line 0\nline 1\n")
    assert text.endswith("line 199999\n'done'\n[cell 1: " + text.rpartition("[cell 1: ")[2])
    gap = next(line for line in text.split("\n") if "left out" in line)
    first, last = map(int, gap.rpartition("lines ")[2].removesuffix(" ...").split("-"))
    above, below = text.split(f"\n{gap}\n")
    assert session.lines("out:1", first - 1, first - 1).lines[0].text == above.rpartition("\n")[2]
    assert session.lines("out:1", last + 1, last + 1).lines[0].text == below.partition("\n")[0]


def test_the_limit_holds_whatever_is_shown(session: ramet.Session) -> None:
    """Text, displays, a table and an error at once; the error is whole."""
    session.run("import pandas as pd; frame = pd.DataFrame({f'column {n}': range(500) for n in range(80)})")
    code = "for i in range(9):\n    print('x' * 5000)\n    display(frame)\n    for n in range(999): print(n)"
    code += "\nframe['column']"
    text = reply(session.run(code)).text
    assert len(text) <= 8400
    assert "KeyError: 'column'" in text


def test_an_error_is_what_one_needs_to_mend_it(session: ramet.Session) -> None:
    """Type and message first, the user's line, the values it had."""
    lines = reply(session.run("def half(n):\n    whole = n * 2\n    return whole / 0\nhalf(21)")).text.split("\n")
    assert lines[0] == "ZeroDivisionError: division by zero"
    assert any("whole = 42" in line for line in lines)
    assert lines[-1].startswith("[cell 1: failed after")


def test_pictures_come_along(session: ramet.Session) -> None:
    """The text speaks of them, and says what is drawn."""
    found = reply(session.run("import matplotlib.pyplot as plt; plt.plot([1, 4, 9], label='squares'); plt.title('T');"))
    assert [image.mime for image in found.images] == ["image/png"]
    assert found.text.startswith('[image 1] figure 640x480: line "T"')


def test_html_without_text_becomes_markdown(session: ramet.Session) -> None:
    """As a table."""
    code = "from IPython.display import HTML\nHTML('<table><tr><th>a</th></tr><tr><td>1</td></tr></table>')"
    assert "| a |" in reply(session.run(code)).text


def test_a_death_says_what_it_was_and_where_the_session_stands(session: ramet.Session) -> None:
    """The stack at the fatal signal, and the way back."""
    session.run("kept = 1")
    text = reply(session.run("import ctypes; ctypes.string_at(0)")).text
    assert re.fullmatch(r"it died in ctypes/__init__\.py:\d+ string_at, from cell 2:1", text.splitlines()[0])
    assert text.endswith("[cell 2: the process died (SIGSEGV); the session is back at the state before cell 2]")


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (ramet.Interrupted(reason="on request"), "[cell 7: interrupted after 2 ms: on request]"),
        (ramet.Running(begun=True), "[cell 7: still running after 2 ms]"),
        (ramet.Running(begun=True, prompt="who? "), "[cell 7: waiting for input after 2 ms: 'who? ']"),
        (ramet.Exited(code=0), "[cell 7: asked to exit with code 0; the session goes on]"),
        (ramet.NotRun(reason="closed"), "[cell 7: not run: closed]"),
    ],
)
def test_every_outcome_has_its_line(outcome: ramet.Outcome | ramet.Running, text: str) -> None:
    """In plain words."""
    assert status(result(outcome=outcome)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "<1 ms"), (0.0123, "12 ms"), (1.26, "1.3 s"), (99.96, "1 min 40 s"), (3600, "1 h 0 min")],
)
def test_durations(seconds: float, text: str) -> None:
    """As people say them."""
    assert duration(seconds) == text


def test_a_broken_picture_is_told() -> None:
    """Its data do not reach a client that would refuse the whole reply."""
    broken = Display(value=RichValue(data={"text/plain": "a picture", "image/png": b"nonsense"}))
    found = reply(result(broken))
    assert found.images == ()
    assert "the image is broken" in found.text


def test_notes_stand_before_the_last_line(session: ramet.Session) -> None:
    """What the reader could not know otherwise."""
    session.run("import subprocess; cat = subprocess.Popen(['cat'], stdin=subprocess.PIPE)")
    lines = reply(session.run("1")).text.split("\n")
    assert lines[-2].startswith("note: there is no way back to the state before cell 2")


def test_pictures_are_numbered_as_they_stand_and_not_too_many() -> None:
    """A result's picture comes after those that the cell showed; beyond ten the words must do."""
    buffer = io.BytesIO()
    PIL.Image.new("L", (1, 1)).save(buffer, "PNG")
    pixel = buffer.getvalue()
    displays = [
        Display(value=RichValue(data={"text/plain": f"picture {n}", "image/png": pixel}), kind=kind)
        for n, kind in enumerate(["display"] * 11 + ["result"])
    ]
    found = reply(result(*displays))
    lines = found.text.split("\n")
    assert len(found.images) == 10
    assert lines[0] == "[image 1] picture 0"
    assert lines[-4:-1] == [
        "picture 10",
        "picture 11",
        "note: the first 10 of 12 pictures are sent; show fewer in a cell",
    ]
    assert reply(result(displays[0], displays[-1])).text.split("\n")[:2] == [
        "[image 1] picture 0",
        "[image 2] picture 11",
    ]


def test_a_group_of_exceptions_is_told_once(session: ramet.Session) -> None:
    """IPython's own printing of it is not the cell's output."""
    text = reply(session.run("raise ExceptionGroup('several', [ValueError('a'), TypeError('b')])")).text
    assert text.count("several") == 2  # the message, and the line that raised it
    assert "1 of 2: ValueError: a" in text


def test_the_rest_of_a_cell_has_the_numbers_of_its_lines() -> None:
    """Which the handle understands, wherever the reply before has ended."""
    first = reply(result(Text(text="one\ntwo\nthr")))
    assert first.next_line == 3
    rest = reply(
        result(Text(text="ee\n" + "".join(f"line {number}\n" for number in range(4, 1003)))), limit=600, first_line=3
    )
    told = re.search(r"line (\d+)\n.* read out:7 lines (\d+)-(\d+) \.\.\.\nline (\d+)", rest.text)
    assert told is not None
    shown_last, first_left, last_left, shown_next = map(int, told.groups())
    assert (shown_last + 1, last_left + 1) == (first_left, shown_next)
    assert rest.next_line == 1003
