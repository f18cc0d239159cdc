"""Requests are lines of ASCII that come back as they went in."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ramet.wire import request


@given(code=st.text(alphabet=st.characters()))
def test_any_code_is_one_line_of_ascii(code: str) -> None:
    """Newlines, NULs and lone surrogates included."""
    line = request.run(3, code)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert json.loads(line) == {"op": "run", "id": 3, "code": code}
