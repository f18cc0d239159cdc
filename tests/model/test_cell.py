"""Results as a reader of a terminal sees them."""

from __future__ import annotations

import ramet


def test_a_result_is_short_in_a_terminal() -> None:
    """How it went, not all that it showed; `print` shows that."""
    value = ramet.RichValue(data={"text/plain": "7", "image/png": bytes(10**6)})
    shown = ramet.Display(value=value, kind="result")
    result = ramet.Result(code="x", cell=3, outcome=ramet.Completed(), outputs=(shown,))
    assert repr(result) == "<Result of cell 3: completed>"
    assert repr(value) == "<RichValue: text/plain, image/png>"
    assert str(result) == "7"


def test_a_result_of_a_cell_that_never_began() -> None:
    """It has no number."""
    result = ramet.Result(code="x", outcome=ramet.NotRun(reason="the session was closed"))
    assert repr(result) == "<Result of a cell: not run: the session was closed>"
