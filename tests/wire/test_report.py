"""Messages become typed reports; strange ones become notes."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from ramet.model.event import Note
from ramet.model.outcome import Exited, Interrupted
from ramet.model.output import Display, Text
from ramet.model.report import Done, Failed
from ramet.wire.report import report
from ramet.wire.stream import Gap, Message


def message(kind: str, /, **payload: object) -> Message:
    """A message of process 7."""
    return Message(kind=kind, payload=payload, pid=7)


def test_text_passes_unchanged() -> None:
    """Text is its own report."""
    assert report(Text(text="x")) == Text(text="x")


def test_binary_forms_become_bytes() -> None:
    """An image arrives as the bytes that it is."""
    encoded = base64.b64encode(b"\x89PNG").decode()
    shown = report(message("display", kind="result", data={"image/png": encoded}, binary=["image/png"]))
    assert isinstance(shown, Display)
    assert shown.value.data == {"image/png": b"\x89PNG"}


def test_outcomes_are_classes() -> None:
    """Each outcome kind has its class."""
    done = report(message("done", id=1, seconds=0.5, outcome={"kind": "exited", "code": 2, "message": ""}))
    assert isinstance(done, Done)
    assert done.outcome == Exited(code=2)
    stopped = report(message("done", id=1, seconds=0.5, outcome={"kind": "interrupted"}))
    assert isinstance(stopped, Done)
    assert isinstance(stopped.outcome, Interrupted)


def test_a_worker_of_another_wire_version_is_refused() -> None:
    """The refusal says both versions."""
    refused = report(message("up", wire=99))
    assert isinstance(refused, Failed)
    assert "99" in refused.message


def test_gaps_are_told() -> None:
    """The reader learns how much is missing."""
    told = report(Gap(pid=7, missing=3))
    assert isinstance(told, Note)
    assert "3 events" in told.text


kinds = st.sampled_from(
    ["up", "failed", "begin", "display", "clear", "input", "traceback", "note", "done", "exited", "?"]
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)
fields = st.sampled_from(
    ["id", "cell", "data", "binary", "kind", "outcome", "seconds", "text", "wait", "pid", "status"]
)


@given(kind=kinds, payload=st.dictionaries(fields, json_values, max_size=6))
def test_no_payload_raises(kind: str, payload: dict[str, object]) -> None:
    """A message of any shape is a report."""
    assert report(Message(kind=kind, payload=payload, pid=7)) is not None
