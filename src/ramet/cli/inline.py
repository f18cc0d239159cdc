"""Pictures inside a terminal, where it can show them.

Two protocols, each some lines: kitty's, and iTerm2's, which others have adopted. Which one is told by environment
variables alone: a question to the terminal would cost a wait, and its answer may come too late and be read as input.
There is no sixel, whose terminals do not name themselves.

Sources: https://sw.kovidgoyal.net/kitty/graphics-protocol/ and https://iterm2.com/documentation-images.html
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ramet.cli.pictures import Picture

#: What a picture may have; more takes long to send, and terminals refuse it.
_BYTES_MAX = 4 << 20
#: What one command of kitty's protocol may carry.
_CHUNK = 4096

_KITTY = ("xterm-kitty", "xterm-ghostty")
_ITERM = ("iTerm.app", "WezTerm", "mintty", "rio")


def inline(picture: Picture, environ: Mapping[str, str]) -> str:
    """What shows `picture` in the terminal that `environ` tells of, empty if that cannot."""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if "TMUX" in environ or term.startswith(("screen", "tmux")) or len(picture.data) > _BYTES_MAX:
        return ""
    if term in _KITTY or program == "ghostty" or "KITTY_WINDOW_ID" in environ:
        return _kitty(picture.data) if picture.mime == "image/png" else ""
    if program in _ITERM or environ.get("LC_TERMINAL") == "iTerm2":
        return _iterm(picture.data) if picture.mime in ("image/png", "image/jpeg", "image/gif") else ""
    return ""


def _kitty(png: bytes) -> str:
    """Transmit and show (a=T) a PNG (f=100) in pieces (m), and answer nothing (q=2)."""
    text = base64.b64encode(png).decode("ascii")
    pieces = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
    commands = []
    for index, piece in enumerate(pieces):
        keys = "a=T,f=100,q=2," if index == 0 else ""
        commands.append(f"\x1b_G{keys}m={int(index + 1 < len(pieces))};{piece}\x1b\\")
    return "".join(commands)


def _iterm(data: bytes) -> str:
    text = base64.b64encode(data).decode("ascii")
    return f"\x1b]1337;File=inline=1;size={len(data)};preserveAspectRatio=1:{text}\x07"
