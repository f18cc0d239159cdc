"""What happens in a session, as a person at a terminal gets it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from IPython.lib.lexers import IPythonTracebackLexer
from pygments import highlight
from pygments.formatters import TerminalFormatter
from pygments.lexers.python import Python3Lexer, PythonTracebackLexer

from ramet.cli.inline import inline
from ramet.cli.pictures import ENDINGS, Picture, save
from ramet.model.event import CellBegan, Ended, Note
from ramet.model.outcome import Completed, Interrupted, Raised
from ramet.model.output import Clear, Display, Omitted, RichValue, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.lexer import Lexer

    from ramet.model.cell import Result
    from ramet.model.event import Event
    from ramet.model.session import ProcessInfo

#: Of another's cell so many lines are shown, of so many characters in all, and of each line so many.
LINES_MAX = 200
CHARACTERS_MAX = 20_000
_LINE_MAX = 2_000

#: How a note for the next cell begins, which is read here when it is made.
_OF_NEXT = "before this cell, "

_CLEAR_LINE = "\x1b[2K\r"
#: All control characters and escape sequences but those that colour, which may be cut short at the end.
_CONTROLS = re.compile(
    r"\x1b\[(?![\d;:]*m)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b(?!\[)[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
)


class Transcript:
    """Turns the events of the session `name` into text; `info` is its process."""

    def __init__(self, name: str, info: ProcessInfo) -> None:
        self._name, self._ipython = name, info.shell == "ipython"
        self._cell = 0
        self._noted: set[str] = set()

    def began(self, event: CellBegan, *, theirs: bool) -> str:
        """The head of a cell: of another's the code, of one's own nothing, for that stands at the prompt."""
        self._cell = event.cell
        if not theirs:
            return ""
        label = f"another's In [{event.cell}]: "
        code = _highlighted(plain(event.code).strip("\n"), Python3Lexer())
        first, *rest = code.split("\n")
        more = "".join(f"\n{faint('...: '.rjust(len(label)))}{line}" for line in rest)
        return f"{faint(label)}{first}{more}\n"

    def of(self, event: Event) -> str:
        """What there is to show of `event`."""
        match event:
            case Text(text=text):
                return text
            case Display():
                return self._display(event)
            case Clear():
                return _CLEAR_LINE
            case Omitted():
                return f"{event}\n"
            case Note(text=text):
                self._noted.add(text)
                return f"{faint(f'note: {text.removeprefix(_OF_NEXT)}')}\n"
            case Ended(result=result):
                return "".join(self._end(result))
            case _:
                return ""

    def pictures(self, display: Display) -> str:
        """The picture that is shown, if the terminal can, and where it is; nothing for the next frame of one."""
        value = display.value if display.kind != "update" else RichValue(data={})
        found = [Picture(mime=mime, data=_bytes(value.data[mime])) for mime in ENDINGS if mime in value.data][:1]
        shown = ""
        for picture, file in zip(found, save(found, self._name), strict=True):
            drawn = inline(picture, os.environ)
            shown += (f"{drawn}\n" if drawn else "") + f"{faint(f'[image: {file}]')}\n"
        return shown

    def _display(self, display: Display) -> str:
        value = display.value
        is_picture = any(mime in value.data for mime in ENDINGS)
        text = plain(value.text) or ("" if is_picture else f"<{', '.join(value.data)}>")
        if not text or display.kind != "result" or not self._ipython:
            return f"{text}\n" if text else ""
        gap = "\n" if "\n" in text else ""
        return f"{red(f'Out[{self._cell}]: ')}{gap}{text}\n"

    def _end(self, result: Result) -> Iterator[str]:
        match result.outcome:
            case Completed():
                pass
            case Raised(traceback=traceback) | Interrupted(traceback=traceback) if traceback:
                lexer = IPythonTracebackLexer() if self._ipython else PythonTracebackLexer()
                yield f"{_highlighted(plain(traceback), lexer)}\n"
            case outcome:
                yield f"{red(str(outcome))}\n"
        for note in result.notes:
            if note not in self._noted:
                yield f"{faint(f'note: {note}')}\n"
        self._noted.clear()


class Margin:
    """The output of another's cell, line by line, so that it can stand above a prompt: no cursor is moved by it."""

    def __init__(self, handle: str) -> None:
        self._handle = handle
        self._open = ""
        self._shown = self._hidden = 0
        self._room = CHARACTERS_MAX

    def lines(self, text: str) -> str:
        """The lines that `text` completes."""
        *whole, self._open = f"{self._open}{text}".split("\n")
        if len(self._open) > _LINE_MAX:
            self._open = self._open.rpartition("\r")[2][:_LINE_MAX]
        return "".join(self._kept(line) for line in whole)

    def break_line(self) -> str:
        """The line that has no end yet, ended."""
        last, self._open = self._open, ""
        return self._kept(last) if last else ""

    def rest(self) -> str:
        """The last line, if its end never came, and how much was left out."""
        last = self.break_line()
        hidden = f"[... {self._hidden:,} lines more: `ramet out {self._handle}`]" if self._hidden else ""
        return last + (f"{faint(hidden)}\n" if hidden else "")

    def _kept(self, line: str) -> str:
        if self._shown >= LINES_MAX or self._room <= 0:
            self._hidden += 1
            return ""
        self._shown += 1
        self._room -= min(len(line), _LINE_MAX)
        return f"{plain(line.rstrip(chr(13)).rpartition(chr(13))[2])[:_LINE_MAX]}\x1b[0m\n"


def faint(text: str) -> str:
    """`text`, less bright."""
    return f"\x1b[2m{text}\x1b[0m" if text else ""


def red(text: str) -> str:
    """`text` in red."""
    return f"\x1b[31m{text}\x1b[0m" if text else ""


def _highlighted(text: str, lexer: Lexer) -> str:
    colours: str = highlight(text, lexer, TerminalFormatter())
    return colours.rstrip("\n")


def plain(text: str) -> str:
    """`text` without what would move the cursor or change the terminal; colours stay."""
    return _CONTROLS.sub("", text)


def _bytes(form: object) -> bytes:
    return form if isinstance(form, bytes) else str(form).encode()
