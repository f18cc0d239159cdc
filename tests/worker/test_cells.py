"""Cells run exactly as written, in both shells."""

from __future__ import annotations

import pytest

import ramet

BLANK_LINES = """\
def f(n):

    total = 0

    for i in range(n):
        total += i

    return total

f(4)
"""

DECORATED = """\
from functools import lru_cache

@lru_cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

fib(30)"""

INDENTED = "    x = 1\n    if x:\n        y = 2\n    x + y"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (BLANK_LINES, "6"),
        (DECORATED, "832040"),
        (INDENTED, "3"),
        ("if True:\n\tx = 1\n\tx += 1\nx", "2"),
        ("x = 1\r\nif x:\r\n    x = 5\r\nx\r\n", "5"),
        ("größe = 'ñ→🌱'\nprint(größe)", "ñ→🌱"),
        ("s = '''a\n\n  b'''\nprint(s)", "a\n\n  b"),
        ("1; 2; 3", "3"),
        ("6 * 7;", ""),
        ("6 * 7;  # quiet", ""),
        ("# only a comment", ""),
        ("", ""),
        ("   \n\n", ""),
        ("None", ""),
        ("async def f():\n    return 7\n\nawait f()", "7"),
        ("import asyncio\nx = await asyncio.sleep(0, 'slept')\nprint(x)", "slept"),
        ("class A:\n\n    def f(self): return 'a'\n\n\nprint(A().f())", "a"),
    ],
)
def test_blocks(session: ramet.Session, code: str, text: str) -> None:
    """Each block gives what a file or a terminal would."""
    result = session.run(code)
    assert result.ok, result.text
    assert result.text == text


def test_a_hundred_thousand_lines(session: ramet.Session) -> None:
    """A cell of any length runs, and its last line is where its error is."""
    result = session.run("x = 0\n" + "x += 1\n" * 100_000 + "raise ValueError(x)")
    assert isinstance(result.outcome, ramet.Raised)
    assert result.outcome.error.message == "100000"
    assert result.outcome.error.frames[0].line == 100_002


def test_every_cell_has_a_number_of_its_own(session: ramet.Session) -> None:
    """Empty and failing cells count too."""
    codes = ["1", "", "# nothing", "1/0", "def f(:", "2"]
    assert [session.run(code).cell for code in codes] == [1, 2, 3, 4, 5, 6]


def test_a_syntax_error_points_at_its_line(session: ramet.Session) -> None:
    """The location is the cell's own."""
    result = session.run("x = 1\n\nfor i in x\n    pass")
    assert isinstance(result.outcome, ramet.Raised)
    where = result.outcome.error.syntax
    assert where is not None
    assert (where.file, where.line, where.source) == ("cell 1", 3, "for i in x")
    assert result.outcome.error.frames == ()
    assert "for i in x" in result.outcome.traceback


@pytest.mark.parametrize(
    ("code", "said", "line"), [("x = 1\ny = '\0'", "NUL character", 2), ("'''\n\n\ud800'''", "surrogate .ud800", 3)]
)
def test_what_no_compiler_takes(session: ramet.Session, code: str, said: str, line: int) -> None:
    """NUL and lone surrogates are syntax errors at their place, and the session goes on."""
    result = session.run(code)
    assert isinstance(result.outcome, ramet.Raised)
    assert result.outcome.error.type == "SyntaxError"
    assert said.replace(".", "\\") in result.outcome.error.message
    assert result.outcome.error.syntax is not None
    assert result.outcome.error.syntax.line == line
    assert session.run("1").ok


def test_a_traceback_shows_the_cells_source(session: ramet.Session) -> None:
    """Also that of an earlier cell, under its own name."""
    session.run("def divide(a, b):\n    return a / b  # here")
    result = session.run("divide(1,\n       0)")
    assert isinstance(result.outcome, ramet.Raised)
    assert "return a / b  # here" in result.outcome.traceback
    inner = result.outcome.error.frames[-1]
    assert (inner.file, inner.line, inner.source) == ("cell 1", 2, "return a / b  # here")
    assert result.outcome.error.frames[0].file == "cell 2"


def test_chains_notes_and_groups(session: ramet.Session) -> None:
    """Everything that an exception carries arrives."""
    result = session.run(
        "try:\n    1 / 0\nexcept Exception as error:\n    wrapped = KeyError('k')\n"
        "    if hasattr(wrapped, 'add_note'): wrapped.add_note('look here')\n    raise wrapped from error"
    )
    assert isinstance(result.outcome, ramet.Raised)
    error = result.outcome.error
    assert error.cause is not None
    assert (error.type, error.cause.type, error.notes) == ("KeyError", "ZeroDivisionError", ("look here",))
    grouped = session.run("raise ExceptionGroup('two', [ValueError('a'), TypeError('b')])")
    assert isinstance(grouped.outcome, ramet.Raised)
    assert [str(member) for member in grouped.outcome.error.exceptions] == ["ValueError: a", "TypeError: b"]


def test_an_exception_that_cannot_be_printed(session: ramet.Session) -> None:
    """Its `__str__` failing is said, not suffered."""
    result = session.run("class Bad(Exception):\n    def __str__(self): raise RuntimeError('no')\nraise Bad")
    assert isinstance(result.outcome, ramet.Raised)
    assert result.outcome.error.type == "Bad"
    assert "RuntimeError" in result.outcome.error.message


def test_endless_recursion(session: ramet.Session) -> None:
    """A very deep stack is cut in the middle, and says so."""
    result = session.run("def f(n): return f(n + 1)\nf(0)")
    assert isinstance(result.outcome, ramet.Raised)
    assert result.outcome.error.type == "RecursionError"
    assert len(result.outcome.error.frames) == 100
    assert result.outcome.error.frames_omitted > 500
    assert "[Previous line repeated 9" in result.outcome.traceback


def test_two_functions_in_endless_recursion() -> None:
    """IPython would take seconds over the traceback; it is cut, too."""
    with ramet.Session(shell="ipython") as session:
        result = session.run("def f(n): return g(n + 1)\ndef g(n): return f(n + 1)\nf(0)")
    assert isinstance(result.outcome, ramet.Raised)
    assert "lines left out" in result.outcome.traceback
    assert len(result.outcome.traceback.splitlines()) == 121


def test_the_namespace_is_main(session: ramet.Session) -> None:
    """So pickle, dataclasses and `inspect` work on what cells define."""
    result = session.run(
        "import inspect, pickle, sys\nfrom dataclasses import dataclass\n\n@dataclass\nclass P:\n    x: int\n\n"
        "def f():\n    return P(1)  # source\n"
    )
    assert result.ok, result.text
    result = session.run(
        "print(pickle.loads(pickle.dumps(f())) == P(1), f.__module__, sys.modules['__main__'].f is f)\n"
        "print(inspect.getsource(f), end='')"
    )
    assert result.text == "True __main__ True\ndef f():\n    return P(1)  # source"


def test_the_source_of_classes(session: ramet.Session) -> None:
    """`inspect` finds a class of a cell, also one without methods."""
    session.run("class Plain:\n    x = 1\n\nclass Able:\n    def f(self):\n        return 2")
    result = session.run("import inspect\nprint(inspect.getsource(Plain) + inspect.getsource(Able))")
    assert result.text == "class Plain:\n    x = 1\nclass Able:\n    def f(self):\n        return 2"


def test_lone_surrogates_in_messages(session: ramet.Session) -> None:
    """What no encoding can say arrives as an escape."""
    result = session.run("raise ValueError('\\ud800')")
    assert "\\ud800" in result.text
    result.text.encode("utf-8")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_finds_cell_functions(session: ramet.Session, method: str) -> None:
    """In children of every kind, with the globals that the functions use."""
    session.run("import math\nfactor = 10\n\ndef area(r):\n    return round(math.pi * r * r * factor)")
    result = session.run(
        f"import multiprocessing\nwith multiprocessing.get_context('{method}').Pool(2) as pool:\n"
        "    print(pool.map(area, [1, 2, 3]))"
    )
    assert result.text == "[31, 126, 283]", result.text


def test_variables_are_told(session: ramet.Session) -> None:
    """The session knows the user's names, not its own."""
    session.run("a = 1\nimport os\ndef f(): pass\n_hidden = 2")
    assert session.names == ("a", "f", "os")
    session.run("del a")
    assert session.names == ("f", "os")


def test_future_imports_last(session: ramet.Session) -> None:
    """As at the interpreter's prompt."""
    session.run("from __future__ import annotations")
    assert session.run("def f(x: undefined): pass\nf.__annotations__").text == "{'x': 'undefined'}"


def test_random_numbers_differ_between_sessions() -> None:
    """Siblings of one parent do not share a sequence."""
    drawn = set()
    for _ in range(3):
        with ramet.Session() as session:
            drawn.add(session.run("import random, numpy\nrandom.random(), numpy.random.rand()").text)
    assert len(drawn) == 3
