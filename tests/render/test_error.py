"""An exception reads well, says the most important first, and fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.model.frame import ErrorInfo, Frame, Local, SyntaxLocation
from ramet.render.error import as_text

CELL = Frame(
    file="cell 3", line=1, function="<module>", source="total(rows)", context=("total(rows)",), context_start=1
)
DEEPEST = Frame(
    file="cell 1",
    line=3,
    function="total",
    source='result += row["price"]',
    context=("    for row in rows:", '        result += row["price"]'),
    context_start=2,
    columns=(18, 30),
    locals=(Local(name="row", value="{'cost': 2}"), Local(name="result", value="1")),
)


def library(name: str, line: int = 1) -> Frame:
    """A frame of a library."""
    return Frame(file=f"/lib/site-packages/{name}/core/x.py", line=line, function="get", library=name)


def test_the_whole() -> None:
    """Type, message and hints; the frames; the values; libraries in one line."""
    error = ErrorInfo(
        type="KeyError",
        message="'price'",
        hints=("keys (1): 'cost'",),
        frames=(CELL, DEEPEST, library("pandas", 7), library("pandas", 8)),
    )
    assert as_text(error).splitlines() == [
        "KeyError: 'price'",
        "keys (1): 'cost'",
        "cell 3, line 1: total(rows)",
        "cell 1, line 3, in total",
        "  2  for row in rows:",
        '> 3      result += row["price"]',
        "                   ^^^^^^^^^^^^",
        "  where row = {'cost': 2}",
        "        result = 1",
        "... 2 frames in pandas (core/x.py:7 get → core/x.py:8 get)",
    ]


def test_what_led_to_it() -> None:
    """Causes and contexts are indented below; one that says nothing new is left out."""
    same = ErrorInfo(type="KeyError", message="1")
    assert as_text(ErrorInfo(type="KeyError", message="1", cause=same)) == "KeyError: 1"
    cause = ErrorInfo(type="ValueError", message="bad", frames=(CELL,), context=ErrorInfo(type="OSError", message="x"))
    assert as_text(ErrorInfo(type="KeyError", message="1", cause=cause)).splitlines() == [
        "KeyError: 1",
        "caused by ValueError: bad",
        "  cell 3, line 1: total(rows)",
        "  raised while handling OSError: x",
    ]


def test_groups() -> None:
    """Members are numbered and indented; of many, the first ten are told."""
    members = tuple(ErrorInfo(type="ValueError", message=str(number), frames=(CELL,)) for number in range(12))
    lines = as_text(ErrorInfo(type="ExceptionGroup", message="all", exceptions=members)).splitlines()
    assert lines[:3] == ["ExceptionGroup: all", "  1 of 12: ValueError: 0", "    cell 3, line 1: total(rows)"]
    assert lines[-1] == "  ... 2 more"


def test_members_that_read_the_same() -> None:
    """Are told once, with their number; so is the number of those that were never sent."""
    same = ErrorInfo(type="ValueError", message="x")
    group = ErrorInfo(type="ExceptionGroup", message="all", exceptions=(same,) * 32, exceptions_omitted=18)
    assert as_text(group).splitlines()[1:] == [
        "  1 of 50: ValueError: x",
        "  ... the same 31 more times",
        "  ... 18 more",
    ]


def test_notes_and_modules() -> None:
    """A type outside of the built-in ones is told with its module."""
    error = ErrorInfo(type="ParserError", module="pandas.errors", message="no", notes=("look\nhere",))
    assert as_text(error) == "pandas.errors.ParserError: no\nlook\nhere"


@pytest.mark.parametrize(("end", "carets"), [(0, "^"), (6, "^^^")])
def test_syntax_errors(end: int, carets: str) -> None:
    """The caret stands below the place, which is told once."""
    where = SyntaxLocation(file="cell 3", line=2, column=3, end_column=end, source="  ab cd")
    error = ErrorInfo(type="SyntaxError", message="bad (cell 3, line 2)", syntax=where)
    assert as_text(error).splitlines() == ["SyntaxError: bad", "cell 3, line 2", "> 2  ab cd", f"     {carets}"]


def recursion(period: int, count: int) -> ErrorInfo:
    """A stack that goes round `period` functions, `count` frames deep, of which a hundred were sent."""
    frames = [Frame(file="cell 1", line=number % period + 1, function="f", source="f()") for number in range(count)]
    frames.insert(0, CELL)
    return ErrorInfo(type="RecursionError", message="", frames=(*frames[:50], *frames[-50:]), frames_omitted=count - 99)


@pytest.mark.parametrize("period", [1, 2, 3])
def test_recursion_is_folded(period: int) -> None:
    """The frames that repeat are told once with their number, across those that were never sent; none is lost."""
    lines = as_text(recursion(period, 1000)).splitlines()
    folded = next(line for line in lines if "the same" in line)
    repeats = int(folded.split()[-3].replace(",", ""))
    assert len(lines) < 12
    assert repeats * period + len(lines) - 3 == 1000


def test_frames_that_were_never_sent() -> None:
    """Their number is told where they are missing."""
    frames = tuple(Frame(file="a.py", line=number, function="f", source="f()") for number in range(1, 101))
    lines = as_text(ErrorInfo(type="E", message="", frames=frames, frames_omitted=40), 10_000).splitlines()
    assert "... 61 more lines of the traceback" in lines or "... 40 frames" in lines


@pytest.mark.parametrize("limit", [300, 600, 1200])
def test_it_fits(limit: int) -> None:
    """Less is told of outer frames first; type, message, hints and the failing line stay."""
    outer = tuple(Frame(file="cell 2", line=n, function=f"step_{n}", source="x" * 60) for n in range(1, 40))
    cause = ErrorInfo(type="ValueError", message="y" * 500, frames=(CELL,))
    error = ErrorInfo(
        type="KeyError", message="'price'", hints=("keys: 'cost'",), frames=(CELL, *outer, DEEPEST), cause=cause
    )
    text = as_text(error, limit)
    assert len(text) <= limit
    assert text.startswith("KeyError: 'price'\nkeys: 'cost'\n")


def test_a_long_message() -> None:
    """Is cut in the middle, by a count that is told."""
    text = as_text(ErrorInfo(type="ValueError", message="a" * 5000 + "z" * 5000), 1000)
    assert text.startswith("ValueError: aaa")
    assert text.endswith("zzz")
    assert "characters left out" in text


names = st.text(max_size=20)
frame = st.builds(
    Frame,
    file=names,
    line=st.integers(-5, 50),
    function=names,
    source=names,
    library=st.sampled_from(["", "pandas"]),
    context=st.lists(names, max_size=4).map(tuple),
    context_start=st.integers(-5, 50),
    columns=st.none() | st.tuples(st.integers(-5, 50), st.integers(-5, 50)),
)
errors = st.recursive(
    st.builds(ErrorInfo, type=names, message=names, frames=st.lists(frame, max_size=12).map(tuple)),
    lambda inner: st.builds(
        ErrorInfo,
        type=names,
        message=names,
        cause=inner,
        exceptions=st.lists(inner, max_size=3).map(tuple),
        frames=st.lists(frame, max_size=12).map(tuple),
        frames_omitted=st.integers(0, 5),
        syntax=st.none()
        | st.builds(
            SyntaxLocation, file=names, line=st.integers(), column=st.integers(), end_column=st.integers(), source=names
        ),
    ),
    max_leaves=4,
)


@given(error=errors, limit=st.integers(100, 2000))
def test_any_error_has_a_text(error: ErrorInfo, limit: int) -> None:
    """Whatever a worker sends, it fits."""
    assert len(as_text(error, limit)) <= limit
