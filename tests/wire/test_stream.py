"""The out stream: whatever comes, every text arrives, and every whole frame is understood."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.model.output import Text
from ramet.wire.stream import FRAME_MAX, Gap, Item, Message, StreamDecoder

NONCE = "0123456789abcdef"
INTRO = f"\x1b]7771;{NONCE};".encode()


def frame(kind: str, payload: object, seq: int | str = "", part: str = "", pid: int = 7) -> bytes:
    """A frame as a worker writes it."""
    body = payload if isinstance(payload, str) else json.dumps(payload)
    return INTRO + f"{pid};{seq};{kind};{part};{body}\x1b\\".encode()


def decode(*chunks: bytes, nonce: str = NONCE, resume: dict[int, int] | None = None) -> list[Item]:
    """All items of a stream that ends, with neighbouring texts joined."""
    decoder = StreamDecoder(nonce, resume=resume)
    items = [item for chunk in chunks for item in decoder.feed(chunk)] + decoder.finish()
    joined: list[Item] = []
    for item in items:
        last = joined[-1] if joined else None
        if isinstance(item, Text) and isinstance(last, Text) and item.stream == last.stream:
            joined[-1] = Text(text=last.text + item.text, stream=item.stream)
        else:
            joined.append(item)
    return joined


def test_text_and_frames_keep_their_order() -> None:
    """A frame splits the text around it and is not part of it."""
    items = decode(b"before " + frame("done", {"id": 1}, seq=0) + b"after")
    assert items == [Text(text="before "), Message(kind="done", payload={"id": 1}, pid=7), Text(text="after")]


def test_marked_text_is_stderr() -> None:
    """Text between an `err` and an `out` mark is stderr, and only that."""
    items = decode(b"a" + frame("err", "", seq=0) + b"b" + frame("out", "", seq=1) + b"c")
    assert items == [Text(text="a"), Text(text="b", stream="stderr"), Text(text="c")]


def test_a_lost_mark_does_not_swallow_stdout() -> None:
    """Any other frame ends stderr."""
    items = decode(frame("err", "", seq=0) + b"b" + frame("done", {}, seq=2) + b"c")
    assert items[-1] == Text(text="c")


def test_parts_make_one_message() -> None:
    """A payload in parts is put together, also with another message between its parts."""
    body = json.dumps({"text": "x" * 50})
    stream = frame("a", body[:20], 0, "1+") + frame("b", {}, 1) + frame("a", body[20:], 2, "1.")
    assert decode(stream) == [Message(kind="b", payload={}, pid=7), Message(kind="a", payload=json.loads(body), pid=7)]


def test_missing_frames_are_reported() -> None:
    """A jump in the sequence of a process is a gap of that many frames."""
    assert Gap(pid=7, missing=3) in decode(frame("a", {}, 0) + frame("b", {}, 4))


def test_a_reader_that_goes_on_expects_what_comes_next() -> None:
    """With the other reader's expectations there is no gap; without them there is."""
    first = StreamDecoder(NONCE)
    first.feed(frame("a", {}, 0) + frame("b", {}, 1))
    assert decode(frame("c", {}, 2), resume=dict(first.expected)) == [Message(kind="c", payload={}, pid=7)]
    assert decode(frame("c", {}, 2))[0] == Gap(pid=7, missing=2)


def test_parts_across_a_gap_are_dropped_not_mixed() -> None:
    """Half a message is reported as a gap, never joined with a stranger's half."""
    items = decode(frame("a", '{"x":', 0, "1+") + frame("b", {}, 5) + frame("a", "1}", 6, "1."))
    assert [type(item) for item in items] == [Gap, Message, Gap]


@pytest.mark.parametrize(
    "text",
    [
        "\x1b]7771;ffffffffffffffff;1;0;done;;{}\x1b\\",
        "\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\",
        "\x1b[31mred\x1b[0m",
        "\x1b]7771;",
        "\x1b",
        f"\x1b]7771;{NONCE};not a header\x1b\\",
        f"\x1b]7771;{NONCE};1;0;done;;{{\n}}\x1b\\",
    ],
)
def test_what_is_no_frame_of_ours_is_text(text: str) -> None:
    """Forged and foreign sequences and torn frames arrive as they were printed."""
    assert decode(text.encode()) == [Text(text=text)]


def test_a_torn_frame_does_not_hide_the_next() -> None:
    """After the rest of a frame whose writer vanished, text and frames are seen again."""
    torn = frame("done", {"id": 1}, seq=0)[:-9]
    items = decode(torn + frame("done", {"id": 2}, seq=1) + b"text")
    assert items[-2:] == [Message(kind="done", payload={"id": 2}, pid=7), Text(text="text")]
    assert items[0] == Text(text=torn.decode())


def test_a_reader_that_starts_in_a_frame_loses_nothing_after_it() -> None:
    """The tail of a frame is text; what follows is complete."""
    items = decode(frame("done", {"id": 1}, seq=0)[30:] + b"text" + frame("a", {}, seq=1))
    assert Message(kind="a", payload={}, pid=7) in items
    assert any(isinstance(item, Text) and item.text.endswith("text") for item in items)


def test_a_body_without_end_is_text() -> None:
    """An intro that no frame follows is given up after the size of a frame, not held for ever."""
    decoder = StreamDecoder(NONCE)
    items = decoder.feed(INTRO + b"x" * FRAME_MAX)
    assert sum(len(item.text) for item in items if isinstance(item, Text)) == len(INTRO) + FRAME_MAX


def test_invalid_utf8_is_shown_escaped() -> None:
    """No byte is lost, and a character cut by a frame is whole again after it."""
    assert decode(b"\xff\x00ok") == [Text(text="\\xff\x00ok")]
    assert decode(b"\xc3" + frame("a", {}, 0) + b"\xa9")[-1] == Text(text="é")


texts = st.one_of(
    st.text().map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(), st.just(b"\x1b"), st.just(INTRO)
)
payloads = st.dictionaries(st.text(max_size=5), st.text(max_size=30), max_size=3)
frames = st.builds(
    frame,
    kind=st.sampled_from(["a", "err", "out", "done"]),
    payload=payloads,
    seq=st.one_of(st.just(""), st.integers(0, 5)),
    part=st.sampled_from(["", "1+", "1.", "2+", "2."]),
    pid=st.integers(1, 3),
)
streams = st.lists(st.one_of(texts, frames), max_size=12).map(b"".join)


@given(stream=streams, cuts=st.lists(st.integers(0, 400), max_size=8))
def test_chunking_changes_nothing(stream: bytes, cuts: list[int]) -> None:
    """Any cutting of a stream decodes to the same items."""
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[start:end] for start, end in itertools.pairwise(edges)]
    assert decode(*chunks) == decode(stream)


@given(stream=streams)
def test_byte_by_byte_is_the_same_as_at_once(stream: bytes) -> None:
    """The worst cutting of all."""
    assert decode(*(stream[i : i + 1] for i in range(len(stream)))) == decode(stream)


@given(pieces=st.lists(st.text(alphabet=st.characters(codec="utf-8")), max_size=8))
def test_text_survives_any_frames_between(pieces: list[str]) -> None:
    """What is printed is what is read, whatever rides in between."""
    stream = b"".join(piece.encode() + frame("a", {"n": n}, seq=n) for n, piece in enumerate(pieces))
    items = decode(stream)
    assert "".join(item.text for item in items if isinstance(item, Text)) == "".join(pieces)
    assert [item.payload["n"] for item in items if isinstance(item, Message)] == list(range(len(pieces)))


@given(data=st.binary(max_size=300))
def test_garbage_never_raises_and_never_vanishes(data: bytes) -> None:
    """Arbitrary bytes are text."""
    text = "".join(item.text for item in decode(data) if isinstance(item, Text))
    assert text == data.decode("utf-8", "backslashreplace")


def test_another_reader_goes_on_where_nothing_was_half_said() -> None:
    """Cut at any place that is clean, the stream says the same; within frames, parts, marks and characters none is."""
    body = json.dumps({"text": "x" * 50})
    stream = (
        "é".encode()
        + frame("a", body[:20], 3, "1+")
        + b"between"
        + frame("a", body[20:], 4, "1.")
        + frame("err", "", seq=5)
        + b"oh"
        + frame("out", "", seq=6)
        + b"end"
    )
    whole = [*StreamDecoder(NONCE, midway=True).feed(stream)]
    clean = []
    for cut in range(len(stream) + 1):
        first, second = StreamDecoder(NONCE, midway=True), StreamDecoder(NONCE, midway=True)
        items = first.feed(stream[:cut])
        if first.clean:
            clean.append(cut)
            assert _said([*items, *second.feed(stream[cut:])]) == _said(whole)
    begin, end = stream.index(INTRO), stream.rindex(b"\x1b\\") + 2
    parts_end = stream.index(INTRO, stream.index(b"1.;"))
    assert clean == [0, 2, parts_end, *range(end, len(stream) + 1)]
    assert begin == 2


def _said(items: list[Item]) -> list[object]:
    """Items with texts letter by letter, so that cuts between them do not matter."""
    return [
        said
        for item in items
        for said in ([(letter, item.stream) for letter in item.text] if isinstance(item, Text) else [item])
    ]
