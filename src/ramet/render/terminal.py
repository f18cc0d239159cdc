r"""What a terminal would show in the end of all that was written to it, as plain lines.

The theory. Most text holds no control character, and is returned as it is after one scan. Of the rest, most holds only
colours, titles and `\r\n`: these are taken out by regular expressions. What is left is redrawn text, such as progress
bars, and is played to a screen.

That screen (`screen.py`) is a list of lines, endlessly high, so that nothing scrolls away: a program that goes up
thirty lines to redraw them gets there, whatever the height of its terminal. Only absolute addresses need a height; they
count from the top of the last `HEIGHT` lines. A line is a string until something is written over it; then it is a list
of cells (`line.py`), one for each column, with empty cells behind a tab and a wide character. Clearing the screen
clears what scrolled away, too: who clears means to begin anew. An alternate screen is shown below the main one while it
is on, and gone when it is left.

A terminal emulator keeps a real screen of fixed size, so lines are lost or must be collected as they scroll away, and
it goes through every character in Python. pyte, measured, takes 50 times as long for a progress bar and 15 times for
two, and it fails when half of a wide character is overwritten. Scroll regions, the one thing of weight that is missing
here, belong to full-screen programs.

The work is linear in the input, whoever wrote it: a line is turned into cells and back at most twice, the cells of one
line are bounded (`WIDTH`), and so are the blanks that cursor moves can make.
"""

from __future__ import annotations

import re

from ramet.render.screen import Screen

_SPECIAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_KEPT = r"(?:[78DEMc]|\[(?:[0-9;]*[A-HJKLMPX@adefsu`]|\?(?:47|1047|1049)[hl]))"
_UNSEEN_ESCAPE = re.compile(
    rf"\x1b(?!{_KEPT})(?:"
    r"\[[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # OSC: titles, links, marks
    r"|[PX^_](?:[^\x1b]*\x1b\\|[^\x1b\n]*)"  # DCS, SOS, PM, APC
    r"|[ -/]*[0-~]?)"
)
_UNSEEN_CONTROL = re.compile("[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f-\x9f]+")
_REDRAWING = re.compile("[\x08\x0b-\x0d\x1b]")
_TOKEN = re.compile(
    "(?P<text>[^\x08\x0b\x0c\x1b]+)"
    "|(?P<back>\x08+)"
    "|(?P<feed>[\x0b\x0c])"
    "|\x1b\\[(?P<parameters>[?0-9;]*)(?P<control>.)"
    "|\x1b(?P<escape>.)"
)


def resolve(text: str) -> str:
    r"""`text` as a terminal shows it in the end: no control character is left but newline and tab.

    Lines that were written over lose the blanks at their end. Text without control characters is returned unchanged.

    >>> resolve("10%\r99%\rdone\n\x1b[31mred\x1b[0m")
    'done\nred'
    """
    if _SPECIAL.search(text) is None:
        return text
    text = _UNSEEN_CONTROL.sub("", _UNSEEN_ESCAPE.sub("", text)).replace("\r\n", "\n")
    if _REDRAWING.search(text) is None:
        return text
    screen = Screen()
    # Some terminals have this as their `clear`; it must clear what has scrolled away like the other form.
    for token in _TOKEN.finditer(text.replace("\x1b[H\x1b[J", "\x1b[H\x1b[2J")):
        match token.lastgroup:
            case "text":
                screen.write(token[0])
            case "back":
                screen.column = max(0, screen.column - len(token[0]))
            case "feed":
                screen.down()
            case "control":
                screen.control(token["control"], token["parameters"])
            case _:
                screen.escape(token["escape"])
    return screen.text()
