"""One entry, one line: nothing is lost, nothing that was changed passes, and the format stays what it is."""

from __future__ import annotations

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journals import ENTRIES, ERROR

import ramet
from ramet.journal.codec import decode, encode, figures, header, printed, whole
from ramet.journal.entry import Branched, Entry, Finished, NeverRan, Opened, Submitted
from ramet.model.outcome import Completed, Died, Exited, Interrupted, NotRun, Outcome, Raised
from ramet.model.output import Display, Omitted, RichValue, Text
from ramet.model.report import Began, Up
from ramet.model.session import ProcessInfo

INFO = ProcessInfo(pid=7, shell="ipython", python="/usr/bin/python3", version="3.12.1", cwd="/", seconds=0.01)


def there_and_back(entry: Entry) -> Entry:
    """What is read of a line that holds `entry`."""
    files: dict[str, bytes] = {}

    def keep(_mime: str, content: bytes) -> str:
        files[str(len(files))] = content
        return str(len(files) - 1)

    line = encode(entry, keep)
    assert whole(line)
    assert line.count(b"\n") == 1
    return decode(line, files.get)


@given(entries=ENTRIES)
def test_every_entry_comes_back(entries: list[Entry]) -> None:
    """As equal values of the same classes."""
    assert [there_and_back(entry) for entry in entries] == entries


@pytest.mark.parametrize(
    "outcome",
    [
        Completed(),
        Raised(error=ERROR),
        Interrupted(reason="on request", error=ERROR),
        Exited(code=3, message="bye"),
        Died(signal=11, stack="File", lost=("a", "b"), back_to=3, undone=(3, 4), missing=("a thread",)),
        NotRun(reason="closed"),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
def test_every_outcome_comes_back(outcome: Outcome) -> None:
    """Nested errors, tuples and all."""
    finished = Finished(request=1, outcome=outcome, seconds=0.5, at=1.5, notes=("a", "b"))
    assert there_and_back(finished) == finished
    assert isinstance(outcome, get_args(Outcome))


@pytest.mark.parametrize(
    "entry",
    [
        Opened(version=1),
        Up(info=INFO),
        Branched(parent="first", at=1.0),
        NeverRan(request=2, code="x", reason="closed", at=1.0),
        Omitted(characters=5, lines=1, displays=2, stream="stderr"),
        Submitted(request=1, code="'\ud800' \x00 \r\n \u2028", at=0.1),
        Text(text="\x1b[31m \x00 \udcff \u2028 𝄞\r\n", late=True),
        Display(value=RichValue(data={"text/plain": "\ud800"}), kind="result"),
        Display(value=RichValue(data={"a/b": b"\0", "text/html": "\ud800é" * 70_000, "x/json": {"is": [1, None]}})),
    ],
    ids=lambda entry: type(entry).__name__,
)
def test_strange_content_comes_back(entry: Entry) -> None:
    """Control characters, lone surrogates, JSON that looks like ours, long and binary forms."""
    assert there_and_back(entry) == entry


@given(at=st.integers(0, 200), change=st.integers(1, 255))
def test_a_changed_line_is_not_whole(at: int, change: int) -> None:
    """Any one byte that is not as it was gives it away, as does a line that is cut or has more."""
    line = encode(Text(text="some text\n" * 5), lambda *_: "")
    changed = bytearray(line)
    changed[at % len(line)] ^= change
    assert not whole(bytes(changed))
    assert not whole(line[: at % len(line)])
    assert not whole(line[:-1] + b" \n")


def test_the_format() -> None:
    """What stands on disk is what older versions wrote; a change here is a new version."""
    lines = [
        encode(entry, lambda *_: "1.png").decode()
        for entry in (
            Submitted(request=1, code="print('é')", at=1.5),
            Began(request=1, cell=2, at=0.5),
            Text(text="é\n", stream="stderr"),
            Display(value=RichValue(data={"x": "2", "image/png": b"x"}), kind="result"),
            Finished(request=1, outcome=Raised(error=ERROR), seconds=0.25, at=2.0),
        )
    ]
    assert header() == b'{"crc":"743b642a","is":"journal","version":1}\n'
    assert [line.partition(",")[2].rstrip("\n") for line in lines[:4]] == [
        '"is":"submitted","request":1,"at":1.5,"code":"print(\'é\')"}',
        '"is":"began","request":1,"cell":2,"at":0.5}',
        '"is":"text","characters":2,"lines":1,"open":false,"moves":false,"stream":"stderr","late":false,"text":"é\\n"}',
        '"is":"display","kind":"result","display_id":null,"files":{"image/png":"1.png"},"metadata":{},"data":{"x":"2"}}',
    ]
    raised = json.loads(lines[4])["outcome"]
    assert raised["is"] == "raised"
    assert raised["error"]["frames"][0]["source"] == "d['x']"


def test_a_header_is_as_long_as_it_is_asked_to_be() -> None:
    """It takes the place of what was lost, and is still a whole line of JSON."""
    padded = header(500)
    assert len(padded) == 500
    assert whole(padded)
    assert decode(padded, lambda _name: None) == Opened(version=1)


@pytest.mark.parametrize(
    "text", ["a\n", "a\nb", "\x1b[31mred\x1b[0m\n", "\r50 %", "\x1b[2K\x1b[1G", "\x1b]0;title\x07x", "\t\b"]
)
def test_what_stays_in_its_line(text: str) -> None:
    """Colours, progress bars, erased lines and titles do not change other lines."""
    assert not figures(text).moves
    assert printed(encode(Text(text=text), lambda *_: "")) == figures(text)


@pytest.mark.parametrize(
    "text", ["\x1b[2A", "\x1b[2J", "\x1b[H", "\x1bM", "\x0b", "\x1b[3", "\x1b", "\x1b[?1049h", "\x9b2A"]
)
def test_what_may_change_other_lines(text: str) -> None:
    """Moves up, cleared screens; and beginnings of sequences, for nobody knows what comes."""
    assert figures(f"a{text}").moves


def test_what_json_cannot_say_is_left_out() -> None:
    """The other forms of that display are kept."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    shown = Display(value=RichValue(data={"text/plain": "x", "a/json": deep, "b/json": object()}))
    assert there_and_back(shown) == Display(value=RichValue(data={"text/plain": "x"}))
    while deep:  # taken apart by hand: a chain of 100,000 is deep for a destructor too
        deep = deep[0]  # type: ignore[assignment]


def test_an_unknown_line_is_an_error_of_ours() -> None:
    """A kind or a field that this version does not know."""
    with pytest.raises(ramet.InvalidError, match="newer"):
        decode(b'{"crc":"00000000","is":"poem"}\n', lambda _name: None)
