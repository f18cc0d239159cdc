"""What a caller gets for a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.model.outcome import Completed, Died, Exited, Interrupted, NotRun, Outcome, Raised, Running
from ramet.model.output import Clear, Display, Omitted, Output, RichValue, Text

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A cell and what came of it, or of it so far if `outcome` is `Running`.

    `cell` is the number that the session's code sees as `In[cell]`; it is None for a cell that never started. `outputs`
    are in the order they were written. `seconds` counts from the cell's start to its end, or until now. `notes` are
    plain sentences about what the reader could not know otherwise, such as output of background work. `pickled` is the
    pickled value of the last expression, if it was asked for and can be pickled.
    """

    code: str
    outcome: Outcome | Running
    cell: int | None = None
    outputs: tuple[Output, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    pickled: bytes | None = None

    def __repr__(self) -> str:
        which = "a cell" if self.cell is None else f"cell {self.cell}"
        return f"<Result of {which}: {self.outcome}>"

    @property
    def ok(self) -> bool:
        """Whether the code ran to its end."""
        return isinstance(self.outcome, Completed)

    @property
    def value(self) -> RichValue | None:
        """The cell's result (its last expression) in all MIME forms, None if there is none."""
        for output in reversed(self.outputs):
            if isinstance(output, Display) and output.kind == "result":
                return output.value
        return None

    @property
    def visible(self) -> tuple[Text | Display | Omitted, ...]:
        """The outputs in order, with clears and updates carried out, as a notebook would."""
        return tuple(_visible(self.outputs))

    @property
    def displays(self) -> tuple[RichValue, ...]:
        """All rich values shown, the result included, in order; updates are applied."""
        return tuple(item.value for item in _visible(self.outputs) if isinstance(item, Display))

    @property
    def stdout(self) -> str:
        """Everything printed but what is known to be stderr, nothing cleared, late output excluded.

        Where there was too much to keep, a line says how much was left out.
        """
        return _joined(self.outputs, "stdout")

    @property
    def stderr(self) -> str:
        """Everything that Python code wrote to `sys.stderr`."""
        return _joined(self.outputs, "stderr")

    @property
    def text(self) -> str:
        """What a terminal would have shown: printed text, displayed values and the traceback, in order."""
        pieces: list[str] = []
        for item in _visible(self.outputs):
            if isinstance(item, Text):
                pieces.append(item.text)
            elif shown := str(item) if isinstance(item, Omitted) else item.value.text:
                pieces.append(f"{_line_break(pieces)}{shown}\n")
        ending = last_words(self.outcome)
        if ending and ending.rstrip("\n") not in (piece.rstrip("\n") for piece in pieces):  # a debugger came between
            pieces.append(f"{_line_break(pieces)}{ending}")
        return "".join(pieces).rstrip("\n")

    def __str__(self) -> str:
        return self.text


def last_words(outcome: Outcome | Running) -> str:
    """What `Result.text` ends with for a cell that ended so, or stands so now."""
    match outcome:
        case Raised():
            return outcome.traceback
        case Interrupted():
            return f"{outcome.traceback.rstrip()}\n{outcome}" if outcome.traceback else str(outcome)
        case Exited() | Died() | NotRun():
            return str(outcome)
        case Running():
            return outcome.prompt or ""
        case Completed():
            return ""


def _visible(outputs: Iterable[Output]) -> list[Text | Display | Omitted]:
    """`outputs` with clears and updates carried out, as a notebook would."""
    shown: list[Text | Display | Omitted] = []
    clear_next = False
    for output in outputs:
        if isinstance(output, Clear):
            clear_next = output.wait
            if not output.wait:
                shown.clear()
            continue
        if clear_next:
            shown.clear()
            clear_next = False
        if isinstance(output, Display) and output.kind == "update":
            shown = [output if _same_display(item, output) else item for item in shown]
            continue
        shown.append(output)
    return shown


def _same_display(item: Text | Display | Omitted, update: Display) -> bool:
    return isinstance(item, Display) and item.display_id == update.display_id


def _joined(outputs: Iterable[Output], stream: str) -> str:
    pieces: list[str] = []
    for item in outputs:
        if isinstance(item, Text) and item.stream == stream and not item.late:
            pieces.append(item.text)
        elif isinstance(item, Omitted) and item.stream == stream:
            pieces.append(f"{_line_break(pieces)}{item}\n")
    return "".join(pieces)


def _line_break(pieces: list[str]) -> str:
    """A newline if the last piece left the line open."""
    last = next((piece for piece in reversed(pieces) if piece), "\n")
    return "" if last.endswith("\n") else "\n"
