"""Any object has a short text, in bounded time and without side effects."""

from __future__ import annotations

import collections
import dataclasses
import functools
import time
import types
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ramet.worker.looking.short_repr import cut, listed, short

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclasses.dataclass
class Point:
    """A value with a generated `repr`."""

    x: int
    label: str = "a"


class Plain:
    """A value with the default `repr`."""

    def __init__(self) -> None:
        self.rows = [1, 2]
        self._cache = None


Pair = collections.namedtuple("Pair", "left right")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        ("it's", '"it\'s"'),
        ((), "()"),
        ((1,), "(1,)"),
        (set(), "set()"),
        ({"a": [1, None]}, "{'a': [1, None]}"),
        (10**5000, "<int of about 5,001 digits>"),
        (Point(1), "Point(x=1, label='a')"),
        (Plain(), "<Plain: rows=[1, 2]>"),
        (Pair(1, "b"), "Pair(left=1, right='b')"),
        (object(), "<object>"),
        (ValueError("no", 1), "ValueError('no', 1)"),
        (types.SimpleNamespace(a=1), "SimpleNamespace(a=1)"),
        (collections.Counter("aab"), "Counter({'a': 2, 'b': 1})"),
        (functools.partial(len), "functools.partial(<built-in function len>)"),
        (np, "<module numpy>"),
        (len, "<function len>"),
        (Plain, "<class Plain>"),
        (np.zeros((1000, 3)), "ndarray (1000, 3) float64"),
        (np.arange(3), "ndarray (3,) int64 [0, 1, 2]"),
        (np.array(2.5), "ndarray () float64 2.5"),
        (np.array(["a"]), "ndarray (1,) <U1"),
        (pd.DataFrame({"a": [1], "b": [2]}), "DataFrame 1x2 ('a', 'b')"),
        (pd.DataFrame(), "DataFrame 0x0"),
        (pd.Series([1.0, 2.0], name="hp"), "Series (2,) float64 named 'hp'"),
        (pd.Timestamp("2020-01-01"), "Timestamp('2020-01-01 00:00:00')"),
        ([np.zeros(2)], "[ndarray (2,) float64 [0.0, 0.0]]"),
        ([[[[[1]]]]], "[[[[...]]]]"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_values(value: object, text: str) -> None:
    """Built-in values exactly, data by type and shape, objects by their fields."""
    assert short(value) == text


def test_long_containers_are_counted() -> None:
    """The first items, and how many more there are."""
    assert short([*range(1_000_000)], 40) == "[0, 1, 2, 3, 4, 5, ... 999,994 more]"
    assert listed(iter("abcdefgh"), 8, 25) == "'a', 'b', 'c', ... 5 more"


def test_long_strings_are_cut_in_the_middle() -> None:
    """Head and tail stay, with the count of what is missing."""
    text = short("a" * 1000 + "z" * 1000)
    assert text.startswith("'aaa")
    assert text.endswith("zzz'")
    assert "more characters" in text
    assert cut("x" * 100, 60).count("x") == 100 - int(cut("x" * 100, 60).split()[1])


def test_a_value_that_contains_itself() -> None:
    """Ends at some depth."""
    loop: list[Any] = [1]
    loop.append(loop)
    assert short(loop) == "[1, [1, [1, [...]]]]"


class Raises:
    """Its `repr` fails."""

    def __repr__(self) -> str:
        raise ValueError


class Interrupts(Raises):
    """Its `repr` leaves no way around it."""

    def __repr__(self) -> str:
        raise SystemExit


class Recurses(Raises):
    """Its `repr` has no end."""

    def __repr__(self) -> str:
        return repr(self)


class Sleeps(Raises):
    """Its `repr` takes a minute."""

    def __repr__(self) -> str:
        time.sleep(60)
        return ""


class Huge(Raises):
    """Its `repr` is long."""

    def __repr__(self) -> str:
        return "x" * 50_000_000


class Prints(Raises):
    """Its `repr` prints, and has lines."""

    def __repr__(self) -> str:
        print("heard")
        return "one\n  two"


class Hides(Raises):
    """Nothing of it can be asked."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError

    __repr__ = object.__repr__


class Lies(dict):  # type: ignore[type-arg]
    """A dict whose methods fail."""

    def items(self) -> Any:
        """Fail."""
        raise RuntimeError

    __len__ = __iter__ = items


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Raises, "<Raises, whose repr raises ValueError>"),
        (Interrupts, "<Interrupts, whose repr raises SystemExit>"),
        (Recurses, "<Recurses, whose repr raises RecursionError>"),
        (Sleeps, "<Sleeps, whose repr takes too long>"),
        (Prints, "one two"),
        (Hides, "<Hides>"),
        (functools.partial(Lies, a=1), "Lies({'a': 1})"),
    ],
)
def test_hostile_values(kind: Callable[[], object], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What they do is told, not suffered, and not heard."""
    assert short(kind()) == text
    assert not capsys.readouterr().out


def test_a_huge_repr_is_cut_by_its_true_length() -> None:
    """Not by what was kept of it."""
    text = short(Huge())
    assert text.count("x") + int(text.split()[1].replace(",", "")) == 50_000_000


def test_time_is_shared() -> None:
    """Many slow values take as long as one."""
    began = time.monotonic()
    assert "takes too long" in short([Sleeps() for _ in range(40)], 4000)
    assert time.monotonic() - began < 5


def test_addresses_are_left_out() -> None:
    """They say nothing to a reader."""
    assert "0x" not in short(open.__self__) + short(iter([])) + short(memoryview(b""))  # type: ignore[attr-defined]


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner))


@given(value=values, limit=st.integers(20, 200))
def test_any_builtin_value_fits(value: object, limit: int) -> None:
    """Never longer than asked for; exact if there is room."""
    text = short(value, limit)
    assert len(text) <= limit
    assert "\n" not in text
