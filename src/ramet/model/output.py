"""What a cell shows: text, rich values, and the wish to clear them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ramet.model.chart import Chart
    from ramet.model.table import Table

StreamName = Literal["stdout", "stderr"]

#: Text for text types, bytes for binary ones, parsed JSON for `application/json` and `+json` types.
MimeData = str | bytes | Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A piece of printed text, as it was written: escape sequences and carriage returns included.

    `stream` is "stderr" only for what Python code wrote to `sys.stderr`; C code and subprocesses share one stream.
    `late` marks text that arrived while no cell was running: from a thread, a task or a subprocess left behind.
    """

    text: str
    stream: StreamName = "stdout"
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RichValue:
    """One shown object in all its MIME forms, best form chosen by the reader.

    `data` maps a MIME type to its content (`MimeData`), `metadata` likewise to facts such as a width. `about` says what
    a table or a picture holds, as its session has read it; None for everything else.
    """

    data: Mapping[str, MimeData]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    about: Table | Chart | None = None

    def __repr__(self) -> str:
        return f"<RichValue: {', '.join(self.data)}>"

    @property
    def text(self) -> str:
        """The `text/plain` form, empty if the object has none."""
        plain = self.data.get("text/plain", "")
        return plain if isinstance(plain, str) else str(plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """A rich value shown by `display()`, by a figure at the end of its cell, or as the cell's result.

    An "update" replaces what was shown earlier under the same `display_id`.
    """

    value: RichValue
    kind: Literal["result", "display", "update"] = "display"
    display_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """`clear_output()`: what the cell showed so far should vanish, at once or (`wait`) with its next output."""

    wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Omitted:
    """What stood here was too much to keep: `characters` of text with `lines` line ends, and `displays` rich values.

    A `stream` of "stdout" may stand for both where they were not told apart.
    """

    characters: int
    lines: int
    displays: int = 0
    stream: StreamName = "stdout"

    def more(self, output: Text | Display | Clear | Omitted) -> Omitted:
        """This, with `output` left out too."""
        characters, lines, displays = self.characters, self.lines, self.displays
        match output:
            case Text(text=text):
                characters, lines = characters + len(text), lines + text.count("\n")
            case Display():
                displays += 1
            case Omitted():
                characters, lines = characters + output.characters, lines + output.lines
                displays += output.displays
        return Omitted(characters=characters, lines=lines, displays=displays, stream=self.stream)

    def __str__(self) -> str:
        what = [f"{self.characters:,} characters, {self.lines:,} lines"] if self.characters else []
        what += [f"{self.displays:,} displays"] if self.displays else []
        return f"[... {' and '.join(what) or 'nothing'} left out ...]"


Output = Text | Display | Clear | Omitted
