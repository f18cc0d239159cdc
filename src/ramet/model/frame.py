"""An exception as data: frames, chain and group, exactly as far as the session could tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A variable of a frame: `name`, which may be an attribute such as `self.rows`, and a short text of its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line of a traceback.

    `file` is a path or a cell name such as `cell 3`. `line` counts from 1. `source` is that line without
    indentation, empty where it is not known. `function` is `<module>` at the top level of a cell. `library` is the
    top-level package whose code this is, empty for the user's own.

    The user's own have `context`, the lines around as they stand, the first being line `context_start`; and, where the
    interpreter knows it, the `columns` of the failing part of `line`: first and one past the last, counted from 0. The
    deepest of them has `locals`, those named in the failing line first.
    """

    file: str
    line: int
    function: str
    source: str = ""
    library: str = ""
    context: tuple[str, ...] = ()
    context_start: int = 0
    columns: tuple[int, int] | None = None
    locals: tuple[Local, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntaxLocation:
    """Where a SyntaxError points: `line` and the columns count from 1, `end_column` being one past the last.

    They are 0 where Python does not say.
    """

    file: str
    line: int
    column: int
    end_column: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInfo:
    """An exception that the session's code raised.

    `frames` run from the outermost to the innermost, without those of ramet and of the shell; `frames_omitted` counts
    those left out of the middle of a very deep stack. `hints` are sentences on what may have been meant, such as names
    near one that does not exist, the best first. `cause` is what `raise ... from` named, `context` what was being
    handled; `exceptions` are the first members of an exception group, and `exceptions_omitted` counts the others.
    `traceback` is the text that the shell would have printed for the whole of it; it is empty on a nested error.
    """

    type: str
    message: str
    module: str = "builtins"
    frames: tuple[Frame, ...] = ()
    frames_omitted: int = 0
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    cause: ErrorInfo | None = None
    context: ErrorInfo | None = None
    exceptions: tuple[ErrorInfo, ...] = ()
    exceptions_omitted: int = 0
    syntax: SyntaxLocation | None = None
    traceback: str = ""

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type
