"""Figures become pictures, once each."""

from __future__ import annotations

import pytest

import ramet

PNG = b"\x89PNG\r\n\x1a\n"


def pictures(result: ramet.Result) -> list[bytes]:
    """The PNG forms shown."""
    return [value.data["image/png"] for value in result.displays if "image/png" in value.data]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("plt.plot([1, 2]);", 1),
        ("plt.plot([1, 2]); plt.show()", 1),
        ("plt.plot([1, 2]); plt.show(); plt.figure(); plt.plot([3]); print()", 2),
        ("fig, axes = plt.subplots(2); fig2, ax2 = plt.subplots(); None", 2),
        ("plt.figure(); None", 0),
        ("from matplotlib.figure import Figure; f = Figure(); None", 0),
    ],
)
def test_figures_show_at_the_end_or_at_show(session: ramet.Session, code: str, count: int) -> None:
    """Each figure with something in it, in order, and closed afterwards."""
    result = session.run(f"import matplotlib.pyplot as plt\n{code}")
    assert result.ok, result.text
    assert len(pictures(result)) == count
    assert all(picture.startswith(PNG) for picture in pictures(result))
    assert pictures(session.run("plt.get_fignums() or 'none open'")) == []


def test_a_figure_as_result_is_shown_once(ipython: ramet.Session) -> None:
    """The result's form is not repeated at the end of the cell."""
    result = ipython.run("import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); ax.plot([1, 2])\nfig")
    assert len(pictures(result)) == 1
    assert len(pictures(ipython.run("fig"))) == 1


def test_the_inline_magic_is_welcome(ipython: ramet.Session) -> None:
    """`%matplotlib inline` is out of habit, and changes nothing."""
    result = ipython.run("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert len(pictures(result)) == 1


def test_matplotlib_without_preload() -> None:
    """It works the same when the session is the first to import it."""
    with ramet.Session(preload=[], shell="python") as session:
        assert len(pictures(session.run("import matplotlib.pyplot as plt\nplt.plot([1]); plt.show()"))) == 1


def test_text_stays_in_order_with_figures(session: ramet.Session) -> None:
    """`plt.show()` shows where it stands."""
    result = session.run("import matplotlib.pyplot as plt\nprint('a')\nplt.plot([1]); plt.show()\nprint('b')")
    assert [type(output).__name__ for output in result.outputs] == ["Text", "Display", "Text"]


def test_a_cell_that_fails_shows_what_it_drew(session: ramet.Session) -> None:
    """The figure belongs to its own cell, not to the next one."""
    result = session.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\n1 / 0")
    assert isinstance(result.outcome, ramet.Raised)
    assert len(pictures(result)) == 1
    assert pictures(session.run("1")) == []


def test_showing_again_shows_what_changed(ipython: ramet.Session) -> None:
    """`plt.show()` shows a figure that `display` has shown before."""
    result = ipython.run(
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); display(fig); ax.plot([2]); plt.show()"
    )
    assert len(pictures(result)) == 2


def test_a_figure_as_result_in_plain_python(python: ramet.Session) -> None:
    """It has its picture there, too, once."""
    result = python.run("import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); ax.plot([1])\nfig")
    assert len(pictures(result)) == 1


def test_an_artist_that_cannot_be_drawn_is_an_error(session: ramet.Session) -> None:
    """The cell raised, and the figure is closed all the same."""
    result = session.run("import matplotlib.pyplot as plt\nplt.title(r'$\\frac{$'); None")
    assert isinstance(result.outcome, ramet.Raised)
    assert session.run("len(plt.get_fignums())").text == "0"
