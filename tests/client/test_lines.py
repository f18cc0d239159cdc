"""What a pipe reads, however it is cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ramet.client.lines import Chunks, Lines, chunk

CUTS = st.lists(st.integers(0, 200))


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """`data`, cut there."""
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    return [data[begin:end] for begin, end in pairwise(places)]


@given(st.lists(st.binary(min_size=1, max_size=40)), CUTS)
def test_a_body_of_chunks(bodies: list[bytes], cuts: list[int]) -> None:
    """Is the same in whatever pieces it comes, and ends with the empty chunk."""
    chunks = Chunks()
    sent = b"".join(map(chunk, bodies))
    assert b"".join(chunks.fed(piece) for piece in pieces(sent, cuts)) == b"".join(bodies)
    assert not chunks.ended
    assert chunks.fed(chunk(b"") + b"more") == b""
    assert chunks.ended


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line)), CUTS)
def test_lines(lines: list[bytes], cuts: list[int]) -> None:
    """Likewise; those that are empty are none, and the last one is not whole."""
    reader = Lines()
    sent = b"".join(line + b"\n" for line in lines) + b"rest"
    assert [line for piece in pieces(sent, cuts) for line in reader.fed(piece)] == [one for one in lines if one.strip()]
