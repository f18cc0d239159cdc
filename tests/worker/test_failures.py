"""What an exception tells beyond its message: the scene, the values, and what may have been meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import ramet

if TYPE_CHECKING:
    from pathlib import Path

    from ramet.model.frame import ErrorInfo


def error_of(session: ramet.Session, code: str) -> ErrorInfo:
    """The exception that `code` ends with."""
    outcome = session.run(code).outcome
    assert isinstance(outcome, ramet.Raised), outcome
    return outcome.error


TOTAL = """\
import math
rate = 2

def total(rows, _hidden=0):
    result = 0
    for row in rows:
        result += row["price"] * rate
    return result
"""


def test_the_deepest_user_frame(session: ramet.Session) -> None:
    """It has the lines around, the failing columns, and its variables: those of the failing line first."""
    session.run(TOTAL)
    frame = error_of(session, "total([{'price': 1}, {'cost': 2}])").frames[-1]
    assert frame.context[frame.line - frame.context_start] == '        result += row["price"] * rate'
    assert frame.context_start == 5
    assert frame.columns is not None
    assert frame.context[2][slice(*frame.columns)] == 'row["price"]'
    told = {local.name: local.value for local in frame.locals}
    assert list(told) == ["result", "row", "rate", "rows"]
    assert told["row"] == "{'cost': 2}"


def test_only_named_variables_at_the_top_level(session: ramet.Session) -> None:
    """The namespace of a session holds all that was ever made."""
    session.run("unrelated, divisor = 1, 0")
    frame = error_of(session, "1 / divisor").frames[-1]
    assert [(local.name, local.value) for local in frame.locals] == [("divisor", "0")]


def test_attributes_of_the_failing_line(session: ramet.Session) -> None:
    """`self.rows` is told where the line uses it."""
    session.run("class Table:\n    def __init__(self): self.rows = [1]\n    def get(self, i): return self.rows[i]")
    told = error_of(session, "Table().get(5)").frames[-1].locals
    assert ("self.rows", "[1]") in [(local.name, local.value) for local in told]


def test_library_frames_are_marked(session: ramet.Session) -> None:
    """With the package that they are from; the user's own are not."""
    frames = error_of(session, "import json\njson.loads('{')").frames
    assert [frame.library for frame in frames] == ["", "json", "json", "json"]
    assert not any(frame.context or frame.locals for frame in frames[1:])


def test_a_module_of_the_user(session: ramet.Session, tmp_path: Path) -> None:
    """A file that is not installed is the user's own, with its source."""
    (tmp_path / "mine.py").write_text("def half(x):\n    # why\n    return x / 0\n")
    session.run(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import mine")
    frame = error_of(session, "mine.half(3)").frames[-1]
    assert (frame.library, frame.context) == ("", ("def half(x):", "    # why", "    return x / 0"))


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("lenght = 3; lenhgt", "did you mean lenght?"),
        ("plt.plot()", "not imported: import matplotlib.pyplot as plt"),
        ("random.random()", "not imported: import random"),
        ("import math; math.sqr(2)", "did you mean sqrt?"),
        ("import xml; xml.sax", "not imported: import xml.sax"),
        ("from math import sqtr", "did you mean sqrt?"),
        ("nope", "did you mean None?"),  # and not `open`, which has the same letters
        ("import jsn", "did you mean json?"),
        ("import numpy.linalgg", "did you mean numpy.linalg?"),
        ("import cv2", "cv2 comes with the package opencv-python-headless: pip install opencv-python-headless"),
        ("'a'.uper()", "did you mean upper?"),
        ("d = {'alpha': 1}; d['alhpa']", "did you mean 'alpha'?"),
        ("d = {1: 2}; d['1']", "did you mean 1, which is of type int?"),
        ("c = {'a': {'b': 1}}; c['a']['x']", "keys (1): 'b'"),
        ("open('nowhere/x.csv')", "there is no folder 'nowhere'"),
        ("def area(width, height=2): pass\narea()", "signature: area(width, height=2)"),
    ],
)
def test_hints(session: ramet.Session, code: str, hint: str) -> None:
    """The most useful first; none where nothing is near."""
    hints = error_of(session, code).hints
    assert hints[0] == hint


def test_a_module_that_is_not_there(session: ramet.Session) -> None:
    """The environment is named, for there may be several."""
    prefix = session.run("import sys; print(sys.prefix)").text
    assert error_of(session, "import xqzwvk").hints == (f"xqzwvk is not installed in {prefix}",)


@pytest.mark.parametrize("code", ["%timeit 1", "x = 1\n!ls", "len?", "%%bash\nls"])
def test_magics_without_ipython(code: str) -> None:
    """It is told whose they are; of other syntax errors nothing."""
    with ramet.Session(shell="python") as session:
        assert error_of(session, code).hints == (
            "this session is plain Python: %magics, !commands and help? are IPython's",
        )
        assert error_of(session, "x = 5 %").hints == ()


def test_a_near_argument_is_told_once(session: ramet.Session) -> None:
    """By Python itself from 3.13 on, else by a hint."""
    error = error_of(session, "def area(width, height=2): pass\narea(widht=1)")
    assert ("did you mean width?" in error.hints) != ("Did you mean 'width'?" in error.message)


def test_no_hints(session: ramet.Session) -> None:
    """Where nothing is known, nothing is said."""
    assert error_of(session, "xqzwvk").hints == ()
    assert error_of(session, "{'alpha': 1}['x']").hints == ()


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("df['Horspower']", "'Horsepower'"),
        ("df[['Name', 'horse_power']]", "'Horsepower'"),
        ("df.loc[:, 'Nme']", "'Name'"),
        ("df.groupby('Nmae').sum()", "'Name'"),
        ("df.drop(columns='name')", "'Name'"),
        ("df.sort_values('name')", "'Name'"),
        ("df.merge(df, on='name')", "'Name'"),
        ("df.Horspower", "Horsepower"),
    ],
)
def test_columns_that_do_not_exist(ipython: ramet.Session, code: str, near: str) -> None:
    """The columns that do are named, wherever pandas noticed."""
    ipython.run("import pandas as pd; df = pd.DataFrame({'Name': ['a'], 'Horsepower': [1]})")
    hints = error_of(ipython, code).hints
    assert hints[0] == f"did you mean {near}?"
    assert near == "Horsepower" or hints[1] == "columns (2): 'Name', 'Horsepower'"


def test_a_missing_row(ipython: ramet.Session) -> None:
    """The range of a sorted index says more than its first labels."""
    ipython.run("import pandas as pd; df = pd.DataFrame({'a': range(400)})")
    assert error_of(ipython, "df.loc[900]").hints == ("index (400, sorted): 0 to 399",)


def test_a_missing_file(session: ramet.Session, tmp_path: Path) -> None:
    """What is near, and what its folder holds."""
    (tmp_path / "cars.csv").touch()
    (tmp_path / "plots").mkdir()
    hints = error_of(session, f"open({str(tmp_path / 'crs.csv')!r})").hints
    assert hints == ("did you mean 'cars.csv'?", f"{tmp_path} holds 'cars.csv', 'plots/'")


def test_hostile_keys(session: ramet.Session) -> None:
    """They are not compared: that would run their code."""
    session.run(
        "class Key:\n    def __eq__(self, other): print('compared')\n    def __hash__(self): return 1\nd = {Key(): 1}"
    )
    result = session.run("d['x']")
    assert isinstance(result.outcome, ramet.Raised)
    assert result.outcome.error.hints == ("keys (1): <Key>",)
    assert "compared" not in result.stdout


def test_names_in_strings_are_not_variables(session: ramet.Session) -> None:
    """Only what the line uses is told."""
    session.run("x, y = 1, 2")
    told = error_of(session, "{}['x'] + f'{y}'").frames[-1].locals
    assert [local.name for local in told] == ["y"]


def test_hostile_variables(session: ramet.Session) -> None:
    """They cost a bounded time, print nothing, and leave the error as it is."""
    session.run(
        "import time\nclass Slow:\n    def __repr__(self):\n        print('heard'); time.sleep(60)\n"
        "class Bad:\n    def __getattribute__(self, name): raise RuntimeError(name)\n    __repr__ = object.__repr__\n"
        "    __class__ = property(lambda self: 1 / 0)\n"
        "def f():\n    a, b = Slow(), Bad()\n    big = 'x' * 10**7\n    a.x + b.y"
    )
    result = session.run("f()")
    assert isinstance(result.outcome, ramet.Raised)
    told = {local.name: local.value for local in result.outcome.error.frames[-1].locals}
    assert told["a"] == "<Slow, whose repr takes too long>"
    assert "heard" not in result.stdout
    assert result.seconds < 10
    assert session.run("1").ok
