"""Objects made to do harm, huge ones and broken ones, through a session: the reply comes soon, is short and true."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

import ramet

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 8000
#: Far more than any of these takes, on a busy machine too.
PATIENCE_S = 30


@pytest.fixture(params=["ipython", "python"], scope="module")
def session(request: pytest.FixtureRequest) -> Iterator[ramet.Session]:
    """A session for all, which each leaves able to go on."""
    with ramet.Session(shell=request.param) as session:
        yield session


def told(session: ramet.Session, code: str) -> ramet.Reply:
    """The reply for `code`, whose making is bounded in time and size."""
    result = session.run(code, deadline_s=PATIENCE_S)
    began = time.monotonic()
    found = ramet.reply(result)
    assert time.monotonic() - began < PATIENCE_S / 3
    assert len(found.text) <= LIMIT
    assert all(max(image.width, image.height) <= 2000 and len(image.data) <= 500_000 for image in found.images)
    assert ramet.reply(session.run("1 + 1")).text.startswith("2\n")
    return found


def shown(session: ramet.Session, body: str) -> ramet.Reply:
    """What is told of an object of a class with that body."""
    return told(session, f"import time\nclass Thing:\n    {body}\nThing()")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("def __repr__(self): raise ValueError('no')", "ValueError: no"),
        ("def __repr__(self): return repr(self)", "RecursionError: maximum recursion depth exceeded"),
        ("def __repr__(self): time.sleep(0.2); return 'slow'", "slow\n"),
        ("def __repr__(self): print('printed'); return 'Thing()'", "printed\nThing()\n"),
        ("def __repr__(self): self.times = getattr(self, 'times', 0) + 1; return f'{self.times}'", "1\n"),
        ("def __repr__(self): return 5", "TypeError: __repr__ returned non-string (type int)"),
        ("def __repr__(self): return 'many ' * 20_000_000", " characters of out:"),
    ],
)
def test_representations(session: ramet.Session, body: str, words: str) -> None:
    """Whatever `__repr__` does, it is done once and told once."""
    assert words in shown(session, body).text


@pytest.mark.parametrize("body", ["raise ValueError('no')", "return repr(self)"])
def test_our_own_code_is_not_in_the_way(session: ramet.Session, body: str) -> None:
    """What runs between a cell and the `__repr__` of its value is no step on the way to the error."""
    assert "ramet" not in shown(session, f"def __repr__(self): {body}").text


@pytest.mark.parametrize(
    ("bundle", "text"),
    [
        ("{'text/plain': 'plain', 'text/html': None, 'image/png': None}", "plain\n"),
        ("{'text/plain': None, 'text/html': None}", ""),
        ("{'text/plain': 'plain', 'image/png': 'no base64!'}", "plain\n"),
        (
            "{'text/plain': 'plain', 'image/png': b'no picture'}",
            "plain\n(the image is broken: 10 bytes that are no PNG)\n",
        ),
        ("{'text/plain': 'plain', 'text/html': ['a', 'list'], 1: 2, None: object()}", "plain\n"),
        ("{'text/plain': 'plain', 'text/html': 'h' * 20_000_000}", "plain\n"),
        ("{'text/plain': 'plain', 'application/json': {'a': {1, 2}}}", "plain\n"),
    ],
)
def test_bundles_that_lie(session: ramet.Session, bundle: str, text: str) -> None:
    """A form that is not what its type says does not spoil the others."""
    found = shown(session, f"def _repr_mimebundle_(self, include=None, exclude=None): return {bundle}")
    assert found.text.partition("[cell ")[0] == text
    assert not found.images


@pytest.mark.parametrize("bundle", ["['a', 'b']", "5", "{'text/plain': b'bytes'}", "{'text/plain': {'a': {1}}}"])
def test_bundles_of_no_sense(session: ramet.Session, bundle: str) -> None:
    """The cell is fine all the same."""
    found = shown(session, f"def _repr_mimebundle_(self, include=None, exclude=None): return {bundle}")
    assert ": ok in " in found.text


def test_pictures_may_come_in_base64(session: ramet.Session) -> None:
    """As notebooks have them, and as `IPython.display.Image` gives them."""
    found = told(
        session,
        "import base64, io, PIL.Image\nbuffer = io.BytesIO()\nPIL.Image.new('L', (5, 4)).save(buffer, 'PNG')\n"
        "class Picture:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
        "        return {'image/png': base64.encodebytes(buffer.getvalue()).decode()}\nPicture()",
    )
    assert [(image.width, image.height) for image in found.images] == [(5, 4)]
    assert found.text.startswith("[image 1] 5x4\n")


def test_tables_without_end(session: ramet.Session) -> None:
    """Millions of rows, thousands of columns, and what they are called."""
    pytest.importorskip("pandas", reason="pandas is not installed here")
    text = told(session, "import numpy as np, pandas as pd\npd.DataFrame({'n': np.arange(10_000_000)})").text
    assert "10,000,000 rows x 1 column" in text
    assert "9,999,984 rows left out" in text
    text = told(session, "pd.DataFrame(np.zeros((50, 5000)))").text
    assert "50 rows x 5,000 columns" in text
    assert "columns left out at" in text
    text = told(session, "pd.DataFrame([[1, 2, 3, 4]], columns=['new\\nline', 'a', 'a', ('x', 1)])").text
    assert "'new\\nline'  a  a  ('x', 1)" in text
    assert "some columns have the same name" in text
    text = told(session, "pd.DataFrame({'x' * 100_000: ['y' * 1_000_000]})").text
    assert "(100,000 characters)" in text
    assert "(1,000,000 characters)" in text


def test_figures_without_end(session: ramet.Session) -> None:
    """30,000 pixels are not drawn."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed here")
    found = told(session, "import matplotlib.pyplot as plt\nplt.figure(figsize=(300, 300)); plt.plot([1, 2]);")
    assert len(found.images) == 1
    assert found.text.startswith("[image 1] figure 30000x30000: line")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print('z' * 50_000_000)", "z ... "),
        ("'z' * 50_000_000", " characters of out:"),
        ("for n in range(3): print('x' * 30_000)", " characters of out:"),
        ("[1] * 5_000_000", "list 5,000,000 items int\n1, 1, "),
        ("{n: 'x' for n in range(1_000_000)}", "dict 1,000,000 items\n"),
        ("raise ValueError('m' * 10_000_000)", "ValueError: mmm"),
        ("a = []; a.append(a); a", "[[...]]\n"),
        ("print('a\\x00b\\x07c', '\\ud800')", "abc \\ud800\n"),
        ("print('漢字', 'नमस्ते', '👩‍👧', 'שלום', 'e\\u0301')", "漢字 नमस्ते 👩‍👧 שלום e\u0301\n"),
    ],
)
def test_texts_of_any_kind(session: ramet.Session, code: str, words: str) -> None:
    """Any length, any script, and what is no text at all."""
    assert words in told(session, code).text


def test_wide_characters_take_two_columns(session: ramet.Session) -> None:
    """The columns of a table stand one below the other."""
    pytest.importorskip("pandas", reason="pandas is not installed here")
    text = told(
        session, "import pandas as pd\npd.DataFrame({'word': ['漢字', 'é', '😀'], 'other': ['a', 'b', 'c']})"
    ).text
    assert text.split("\n")[-4:-1] == ["0  漢字  a", "1  é     b", "2  😀    c"]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}", "(a?){30}a{30}b"])
def test_patterns_that_would_backtrack_for_ever(session: ramet.Session, pattern: str) -> None:
    """They take as long as any other."""
    session.run("print('a' * 5000 + '!')\nprint('b')")
    began = time.monotonic()
    session.search(pattern)
    assert time.monotonic() - began < PATIENCE_S / 3
