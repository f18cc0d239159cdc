"""Answers about variables and objects become typed values; what has another shape is refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.model.inspection import Inspection, NotFound, Variable
from ramet.wire import inspection as wire
from ramet.worker.looking.completion import complete
from ramet.worker.looking.inspection import inspect
from ramet.worker.looking.variables import variables


def test_what_the_worker_sends() -> None:
    """Arrives as it was, through JSON."""
    rows = wire.variables(json.loads(json.dumps(variables({"a": [1]}, set())))).rows
    assert rows == (Variable(name="a", type="list", value="[1]", length=1),)
    found = wire.inspection(json.loads(json.dumps(inspect({"json": json}, "json.loads"))))
    assert isinstance(found, Inspection)
    assert (found.kind, found.module) == ("function", "json")
    missing = wire.inspection(json.loads(json.dumps(inspect({"json": json}, "json.lods"))))
    assert isinstance(missing, NotFound)
    assert missing.near == ("loads",)
    assert "import" in wire.completions(json.loads(json.dumps(complete("impo", 4, {})))).matches


def test_a_kind_that_is_not_known() -> None:
    """Is refused, like all that is wrong."""
    with pytest.raises(ValueError, match="unknown kind"):
        wire.inspection({"found": True, "kind": "planet"})


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=6,
)
fields = st.sampled_from(
    [
        "rows",
        "omitted",
        "found",
        "kind",
        "expression",
        "type",
        "data",
        "shape",
        "matches",
        "start",
        "end",
        "near",
        "reason",
    ]
)


@given(payload=st.dictionaries(fields, json_values, max_size=8))
def test_other_shapes_are_refused(payload: dict[str, object]) -> None:
    """By the errors that are promised, no others."""
    for read in (wire.variables, wire.inspection, wire.completions):
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            read(payload)
