"""Values of the model as JSON and back."""

from __future__ import annotations

import json
import math

import pytest

from ramet.errors import InvalidError
from ramet.model.branch import Case, Origin, Tree
from ramet.model.cell import Result
from ramet.model.chart import Chart, Plot, Series
from ramet.model.checkpoint import Checkpoint
from ramet.model.event import Ended, InputRequested, Note, StateChanged
from ramet.model.frame import ErrorInfo, Frame, Local
from ramet.model.inspection import ColumnProfile, DataProfile, Inspection, NotFound, Variable, Variables
from ramet.model.outcome import Completed, Died, Exited, Interrupted, Interruption, NotRun, Raised, Running
from ramet.model.output import Clear, Display, Omitted, RichValue, Text
from ramet.model.past import Found, Line, Match, Page, PastCell
from ramet.model.session import SessionState
from ramet.model.status import Started
from ramet.wire.arguments import arguments, parsed
from ramet.wire.calls import VERBS, Map, Start, Submit, Undo
from ramet.wire.values import VALUES, decoded, encoded

_ERROR = ErrorInfo(
    type="KeyError",
    message="'x'",
    frames=(Frame(file="cell 1", line=1, function="<module>", columns=(1, 2), locals=(Local(name="a", value="1"),)),),
    cause=ErrorInfo(type="ValueError", message="\udc80 no utf-8"),
)
_RICH = RichValue(
    data={
        "text/plain": "a",
        "image/png": b"\x89PNG\xff",
        "application/json": {"is": "result", "code": [1, None]},
        "application/x": "\ud800",
    },
    metadata={"image/png": {"width": 3}},
    about=Chart(kind="figure", plots=(Plot(series=(Series(kind="line", low=1.5, values=(1.0,)),)),)),
)
_RESULT = Result(
    code="x",
    outcome=Raised(error=_ERROR),
    cell=3,
    outputs=(Text(text="a\x1b[0m", late=True), Display(value=_RICH, kind="result"), Clear(wait=True)),
    seconds=0.25,
    notes=("a note",),
    pickled=b"\x80\x04",
)
EXAMPLES = [
    None,
    "a text",
    _RESULT,
    Ended(result=_RESULT),
    StateChanged(state=SessionState.WAITING_INPUT),
    InputRequested(prompt="who? ", password=True),
    Note(text="n"),
    Omitted(characters=4, lines=1),
    *(
        Result(code="", outcome=outcome)
        for outcome in (
            Completed(),
            Interrupted(reason="r"),
            Exited(code=3),
            Died(signal=11, lost=("a",), undone=(1, 2)),
            NotRun(reason="r"),
            Running(prompt="?"),
        )
    ),
    Interruption(stopped=False, stack="s"),
    Checkpoint(cell=1, pid=2, seconds=0.1, made_at=5.0),
    Tree(name="a", state=SessionState.IDLE, next_cell=2, origin=Origin(session="b", cell=1), branches=()),
    Case(variables={}, result=_RESULT),
    Variables(rows=(Variable(name="a", type="int", shape=(1, 2)),), omitted=3),
    Inspection(
        expression="a",
        kind="object",
        type="int",
        data=DataProfile(rows=1, sampled=1, columns=(ColumnProfile(name="c", dtype="i", missing=0, top=(("a", 1),)),)),
    ),
    NotFound(expression="a", reason="r", near=("b",)),
    PastCell(serial=1, handle="out:1", result=_RESULT, undone=False, began_at=1.0, ended_at=None),
    Page(handle="out:1", lines=(Line(number=1, text="a"),), total=9),
    Found(matches=(Match(handle="out:1", serial=1, line=Line(number=1, text="a")),), more=True),
    Started(execution=4),
    (Started(execution=4), Started(execution=5)),
]


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_nothing_is_lost(value: object) -> None:
    """What a client gets is equal to what the host had."""
    assert decoded(json.loads(encoded(value))) == value


def test_what_json_has_no_number_for_is_null() -> None:
    """Strict readers get valid JSON."""
    plotly = RichValue(data={"application/json": {"y": [1.0, math.nan]}})
    assert decoded(json.loads(encoded(plotly))).data["application/json"] == {"y": [1.0, None]}
    assert b"NaN" not in encoded(plotly)


@pytest.mark.parametrize("data", [{"is": "nothing"}, {"is": "started", "x": 1}, {}, {"is": "rich", "data": {"a": {}}}])
def test_what_is_not_known_is_refused(data: object) -> None:
    """As our error, whatever is wrong with it."""
    with pytest.raises(InvalidError):
        decoded(data)


def test_each_class_has_one_name() -> None:
    """So that what was encoded is decoded as the same."""
    assert len(set(VALUES.values())) == len(VALUES)


def test_arguments_that_are_as_always_are_left_out() -> None:
    """A request says what differs."""
    assert arguments(Undo(to=3)) == {"to": 3}
    assert arguments(Start(name="a")) == {"name": "a"}
    assert parsed(Undo, arguments(Undo(cells=2))) == Undo(cells=2)


@pytest.mark.parametrize(
    ("call", "data", "said"),
    [
        (Undo, {"cell": 2}, "has no argument 'cell'; did you mean cells"),
        (Undo, {"cells": "2"}, "cells cannot be '2'; it is a whole number"),
        (Undo, {"cells": True}, "cells cannot be True"),
        (Submit, {}, "submit needs the argument 'code'"),
        (Submit, {"code": "", "when_busy": "never"}, "when_busy cannot be 'never'; it is 'wait' or 'refuse'"),
        (Submit, [], "a JSON object, not a list"),
        (Map, {"code": "", "cases": [1]}, "cases cannot be a list; it is a list of which each is an object"),
        (Start, {"env": {"A": 1}}, "env cannot be an object; it is an object of which each value is a string or null"),
    ],
)
def test_wrong_arguments_are_named(call: type[object], data: object, said: str) -> None:
    """With what they should be."""
    with pytest.raises(InvalidError, match=said):
        parsed(call, data)


def test_every_verb_can_be_parsed() -> None:
    """No type of a field is unknown to the parser."""
    for call in VERBS.values():
        with pytest.raises(InvalidError, match="has no argument"):
            parsed(call, {"nothing such": object()})
