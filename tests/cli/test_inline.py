"""Pictures in terminals that can show them, by what their environment says."""

from __future__ import annotations

import base64
import re

import pytest

from ramet.cli.inline import inline
from ramet.cli.pictures import Picture

PNG = Picture(mime="image/png", data=bytes(range(256)) * 40)
KITTY = {"TERM": "xterm-kitty"}
ITERM = {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}


def test_kitty_gets_pieces_that_make_up_the_picture() -> None:
    """Each of 4,096 characters at most, the last one marked."""
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", inline(PNG, KITTY))
    assert base64.b64decode("".join(piece for _, piece in pieces)) == PNG.data
    assert [keys for keys, _ in pieces] == ["a=T,f=100,q=2,m=1", "m=1", "m=1", "m=0"]
    assert max(len(piece) for _, piece in pieces) == 4096


def test_iterm_gets_the_picture_whole() -> None:
    """With its size."""
    found = re.fullmatch(r"\x1b\]1337;File=inline=1;size=(\d+);preserveAspectRatio=1:(.*)\x07", inline(PNG, ITERM))
    assert found
    assert int(found[1]) == len(base64.b64decode(found[2])) == len(PNG.data)


@pytest.mark.parametrize(
    ("picture", "environ"),
    [
        (PNG, {"TERM": "xterm-256color"}),
        (PNG, {}),
        (PNG, {**KITTY, "TMUX": "1"}),
        (PNG, {**ITERM, "TERM": "screen-256color"}),
        (Picture(mime="image/svg+xml", data=b"<svg/>"), ITERM),
        (Picture(mime="image/jpeg", data=b""), KITTY),
        (Picture(mime="image/png", data=bytes(5 << 20)), KITTY),
    ],
)
def test_others_get_nothing(picture: Picture, environ: dict[str, str]) -> None:
    """Terminals that do not say that they can, what lies between, and pictures of another kind or size."""
    assert inline(picture, environ) == ""
