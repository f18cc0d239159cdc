"""Where code is, in a line."""

from __future__ import annotations

from ramet.render.stack import Place, chain, place

STACK = """\
Thread 0x00007f (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 324 in wait

Current thread 0x00007e (most recent call first):
  File "/opt/venv/lib/python3.11/site-packages/sklearn/tree.py", line 472 in fit
  File "/opt/venv/lib/python3.11/site-packages/sklearn/base.py", line 9 in fit
  File "cell 3", line 2 in train
  File "cell 4", line 1 in <module>"""


def test_the_deepest_line_of_a_cell_counts() -> None:
    """And what it has called, without the folders of the library."""
    there = place(STACK)
    assert there == Place(cell=3, line=2, inside="sklearn/tree.py:472 fit")
    assert there.told("def train():\n    model.fit(x)") == "cell 3, line 2: model.fit(x) (in sklearn/tree.py:472 fit)"


def test_code_that_is_not_there_is_not_shown() -> None:
    """A magic runs lines that no cell has."""
    assert Place(cell=3, line=9).told("x = 1") == "cell 3, line 9"


def test_a_stack_without_a_cell() -> None:
    """Nothing is told."""
    assert place("") is None
    assert place(STACK.replace('"cell ', '"/some/cell ')) is None


def test_the_calls_in_a_line() -> None:
    """The innermost first; of very many the middle is left out."""
    assert chain(STACK) == "sklearn/tree.py:472 fit, from sklearn/base.py:9 fit, from cell 3:2 train, from cell 4:1"
    deep = "\n".join(f'  File "cell 1", line {line} in f' for line in range(1, 101))
    assert "cell 1:5 f, from ... 90 calls ..., from cell 1:96 f" in chain(deep)
    assert chain("no stack") == ""
