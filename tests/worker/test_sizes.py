"""What variables hold, without running any of their code."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ramet.worker.looking.sizes import sizes

MB = 1_000_000


class Trap:
    """Each way of asking it something fails the test."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(name)

    def __len__(self) -> int:
        raise AssertionError

    def __iter__(self) -> Any:
        raise AssertionError

    __sizeof__ = __hash__ = __eq__ = __bool__ = __len__  # type: ignore[assignment]


class TrapList(list[int]):
    """Likewise."""

    __getattribute__ = Trap.__getattribute__
    __len__ = __iter__ = __getitem__ = __sizeof__ = Trap.__len__  # type: ignore[assignment]


class Holder:
    """An object with data, and with itself."""

    def __init__(self) -> None:
        self.data = bytes(MB)
        self.itself = self


def test_no_code_of_a_variable_is_run() -> None:
    """Whatever its class defines."""
    found = sizes({"trap": Trap(), "traps": TrapList(range(1000, 101_000))}, 10)
    assert found["trap"] < 1000
    assert found["traps"] == pytest.approx(3.6 * MB, rel=0.2)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (bytes(MB), MB),
        ([bytes(1000) for _ in range(5000)], 5.2 * MB),
        ({n: str(n) for n in range(100_000)}, 14 * MB),
        (deque(bytes(1000) for _ in range(1000)), 1.05 * MB),
        (OrderedDict((n, bytes(1000)) for n in range(1000)), 1.2 * MB),
        ([[bytes(MB)]], MB),
        (Holder(), MB),
        (memoryview(bytes(MB)), MB),
        (np.ones(MB), 8 * MB),
        (np.array([bytes(1000) for _ in range(5000)], dtype=object), 5.2 * MB),
        ([7] * 1_000_000, 8 * MB),
    ],
    ids=lambda value: type(value).__name__,
)
def test_estimates_are_near_the_truth(value: object, size: float) -> None:
    """Sampled where there is much."""
    assert sizes({"value": value}, 10)["value"] == pytest.approx(size, rel=0.15)


def test_what_is_shared_counts_once() -> None:
    """For who owns it, though the view, the list or the object comes first."""
    array = np.ones(MB)
    found = sizes({"view": array[10:], "object": {"a": array}, "array": array, "again": array}, 10)
    assert found["array"] == 8 * MB
    assert max(found["view"], found["object"], found["again"]) < 1000


def test_tables_agree_with_pandas() -> None:
    """Blocks, text and categories; a column of a table is a part of it."""
    table = pd.DataFrame({"n": range(100_000), "s": [f"text {n}" for n in range(100_000)]})
    found = sizes({"table": table, "column": table["n"]}, 10)
    assert found["table"] == pytest.approx(table.memory_usage(deep=True).sum(), rel=0.1)
    assert found["column"] < 0.1 * MB
    assert sizes({"c": pd.Series(["a", "b"] * MB, dtype="category")}, 10)["c"] == pytest.approx(2 * MB, rel=0.1)


def test_the_namespace_itself_is_no_variable() -> None:
    """Something that leads to all variables does not hold them."""
    namespace: dict[str, Any] = {"data": bytes(MB)}
    namespace["everything"] = [namespace]
    assert sizes(namespace, 10)["everything"] < 1000


def test_time_is_bounded() -> None:
    """What was not reached is left out."""
    many = {f"v{n}": [str(m) for m in range(1000)] for n in range(1000)}
    began = time.monotonic()
    found = sizes(many, 0.01)
    assert len(found) < 1000
    assert time.monotonic() - began < 5
