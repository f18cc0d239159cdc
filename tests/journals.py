"""What the tests of the journal say in a session, and how they read it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from ramet.journal.entry import Answered, Entry, Finished, Stands, Submitted
from ramet.journal.journal import Journal
from ramet.journal.thinning import Bounds
from ramet.model.event import InputRequested, Note
from ramet.model.frame import ErrorInfo, Frame
from ramet.model.outcome import Completed, Died, Raised
from ramet.model.output import Clear, Display, Output, RichValue, Text
from ramet.model.report import Began, Checkpointed, Gone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ramet.model.outcome import Outcome

ERROR = ErrorInfo(
    type="KeyError",
    message="'x'",
    frames=(Frame(file="cell 1", line=1, function="<module>", source="d['x']"),),
    cause=ErrorInfo(type="ValueError", message=""),
    traceback="Traceback:\nKeyError: 'x'\n",
)


def opened(folder: Path, **bounds: int) -> Journal:
    """A journal whose notes nobody hears."""
    return Journal(folder, bounds=Bounds(**bounds), on_note=lambda _note: None)


def cell(number: int, *outputs: Output, code: str = "1+1", outcome: Outcome | None = None) -> list[Entry]:
    """All entries of a cell; its request has the number too."""
    return [
        Submitted(request=number, code=code, at=1.5),
        Began(request=number, cell=number, at=2.5),
        *outputs,
        Finished(request=number, outcome=outcome or Completed(), seconds=0.25, at=3.5),
    ]


def say(journal: Journal, entries: Iterable[Entry]) -> None:
    """Append and flush."""
    for entry in entries:
        journal.append(entry)
    journal.flush()


def joined(entries: Iterable[Entry]) -> list[Entry]:
    """`entries` with neighbouring texts of one stream made one, and empty ones left out."""
    found: list[Entry] = []
    for entry in entries:
        last = found[-1] if found else None
        if (
            isinstance(entry, Text)
            and isinstance(last, Text)
            and (entry.stream, entry.late) == (last.stream, last.late)
        ):
            found[-1] = Text(text=last.text + entry.text, stream=entry.stream, late=entry.late)
        elif not isinstance(entry, Text) or entry.text:
            found.append(entry)
    return found


def as_it_is(text: str) -> str:
    """A terminal that shows everything."""
    return text


TEXTS = st.builds(Text, text=st.text(max_size=20) | st.just("a\nb\n\n"), stream=st.sampled_from(["stdout", "stderr"]))
DISPLAYS = st.builds(
    lambda plain, picture: Display(value=RichValue(data={"text/plain": plain, "image/png": picture})),
    st.text(max_size=10),
    st.binary(max_size=10),
)
OUTPUTS = st.lists(TEXTS | DISPLAYS | st.builds(Clear, wait=st.booleans()), max_size=12)
ENTRIES = st.lists(
    TEXTS
    | DISPLAYS
    | st.builds(Clear, wait=st.booleans())
    | st.builds(Submitted, request=st.integers(1, 5), code=st.text(max_size=9), at=st.floats(0, 9))
    | st.builds(Began, request=st.integers(1, 5), cell=st.integers(1, 5), at=st.floats(0, 9))
    | st.builds(Stands, cell=st.integers(1, 5))
    | st.builds(InputRequested, prompt=st.text(max_size=5), password=st.booleans())
    | st.builds(Answered, text=st.none() | st.text(max_size=5), password=st.booleans())
    | st.builds(Note, text=st.text(max_size=5))
    | st.builds(Checkpointed, cell=st.integers(1, 5), pid=st.integers(1, 9), seconds=st.floats(0, 1))
    | st.builds(Gone, signal=st.none() | st.integers(1, 9), reason=st.text(max_size=5))
    | st.builds(
        Finished,
        request=st.integers(1, 5),
        outcome=st.sampled_from([Completed(), Raised(error=ERROR), Died(signal=11, lost=("a", "b"), undone=(3,))]),
        seconds=st.floats(0, 9),
        at=st.floats(0, 9),
        notes=st.sampled_from([(), ("a note",)]),
    ),
    max_size=25,
)
