"""What clients send, made into what functions take."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.errors import InvalidError
from ramet.mcp.arguments import Arguments


def tool(
    _call: object, text: str, many: int = 1, much: float | None = None, yes: bool = False, kind: Literal["a", "b"] = "a"
) -> None:
    """One parameter of each kind; annotations are not postponed here, as `Arguments` wants them."""


ARGUMENTS = Arguments("tool", tool)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def test_the_schema() -> None:
    """Plain types; a default where there is one; required where there is none."""
    assert ARGUMENTS.schema() == {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "many": {"type": "integer", "default": 1},
            "much": {"type": "number"},
            "yes": {"type": "boolean", "default": False},
            "kind": {"type": "string", "enum": ["a", "b"], "default": "a"},
        },
        "required": ["text"],
    }


@pytest.mark.parametrize(
    ("given_", "made"),
    [
        ({"text": 5}, {"text": "5"}),
        ({"text": "x", "many": "3", "much": "0.5", "yes": "True"}, {"text": "x", "many": 3, "much": 0.5, "yes": True}),
        ({"text": "x", "many": 3.0, "much": 2, "kind": None}, {"text": "x", "many": 3, "much": 2.0}),
    ],
)
def test_what_is_meant(given_: dict[str, object], made: dict[str, object]) -> None:
    """Numbers in strings, whole ones with a point, null for what is not given."""
    assert ARGUMENTS.checked(given_) == made


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("text", "many", "much", "yes", "kind", "more"), JSON)))
def test_anything_is_taken_or_refused(sent: dict[str, object]) -> None:
    """With values of the right kinds, or an error that shows the call."""
    made, refused = {}, ""
    try:
        made = ARGUMENTS.checked(sent)
    except InvalidError as error:
        refused = str(error)
    kinds = {"text": str, "many": int, "much": float, "yes": bool, "kind": str}
    assert all(type(value) is kinds[name] for name, value in made.items())
    assert made or refused.endswith('the call: tool(text=..., many=1, [much], yes=false, kind="a")')
