"""Objects are described without running what they define."""

from __future__ import annotations

import json
import math
import types
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from ramet.worker.looking.completion import complete
from ramet.worker.looking.inspection import inspect

if TYPE_CHECKING:
    import ramet


class Car:
    """A car.

    With wheels.
    """

    __module__ = "__main__"
    asked = 0

    def __init__(self, hp: int) -> None:
        self.hp = hp

    @property
    def power(self) -> int:
        """Its power."""
        Car.asked += 1
        return self.hp

    def __getattr__(self, name: str) -> Any:
        Car.asked += 1
        raise AttributeError(name)

    def __getitem__(self, key: str) -> int:
        Car.asked += 1
        return 1

    def drive(self, km: float = 1) -> float:
        """Go `km` far."""
        return km


NAMESPACE: dict[str, Any] = {
    "car": Car(5), "Car": Car, "json": json, "math": math, "np": np, "pd": pd, "x": 5,
    "config": {"a": {"b": [1, 2]}},
    "df": pd.DataFrame({"hp": [1.0, None, 3.0], "kind": ["a", "a", "b"], "day": pd.to_datetime(["2020-01-01"] * 3)}),
}  # fmt: skip


def told(expression: str) -> dict[str, Any]:
    """The facts of an expression that names something."""
    facts = inspect(NAMESPACE, expression)
    assert facts["found"], facts
    return facts


def test_a_function() -> None:
    """Signature, docstring, source and its place; a trailing `?` means the same."""
    facts = told("json.loads?")
    assert facts["signature"].startswith("loads(s, *, cls=None")
    assert facts["doc"].startswith("Deserialize")
    assert facts["source"].startswith("def loads(")
    assert (facts["kind"], facts["module"], facts["file"]) == ("function", "json", json.__file__)
    assert facts["line"] > 1


@pytest.mark.parametrize(
    ("expression", "kind", "signature"),
    [
        ("len", "function", "len(obj, /)"),
        ("math.sqrt", "function", "sqrt(x, /)"),
        ("car.drive", "method", "drive(km: 'float' = 1) -> 'float'"),
        ("Car", "class", "Car(hp: 'int') -> 'None'"),
        ("str.join", "method", "join(self, iterable, /)"),
        ("np.linalg.svd", "function", "svd(a, full_matrices=True, compute_uv=True, hermitian=False)"),
        ("car.power", "property", "power(self) -> 'int'"),
        ("json", "module", ""),
        ("config", "object", ""),
    ],
)
def test_kinds(expression: str, kind: str, signature: str) -> None:
    """Each is called what it is."""
    facts = told(expression)
    assert (facts["kind"], facts.get("signature", "")) == (kind, signature)


def test_nothing_is_run() -> None:
    """Neither properties, nor `__getattr__`, nor `__getitem__` of the user's classes."""
    assert told("car.power")["doc"] == "Its power."
    assert told("car")["members"] == ["hp", "asked", "power", "drive"]
    assert not inspect(NAMESPACE, "car.nothing")["found"]
    assert not inspect(NAMESPACE, "car['key']")["found"]
    complete("car.po", 6, NAMESPACE)
    assert Car.asked == 0


def test_values_inside() -> None:
    """Keys that are written out are followed in built-in containers, and columns in tables."""
    assert told("config['a']['b'][-1]")["value"] == "2"
    assert told("car.hp")["value"] == "5"
    assert told("df.kind")["type"] == "Series"
    assert told("df['hp']")["shape"] == [3]


def test_a_table() -> None:
    """Element types, missing values, ranges and the most frequent values."""
    data = told("df")["data"]
    assert data["rows"] == data["sampled"] == 3
    hp, kind, day = data["columns"]
    assert hp == {"name": "hp", "dtype": "float64", "missing": 1, "low": "1", "high": "3"}
    assert (kind["distinct"], kind["top"]) == (2, [["'a'", 2], ["'b'", 1]])
    assert day["low"] == "2020-01-01 00:00:00"


def test_large_data_is_sampled() -> None:
    """And says so; of many columns the first are told."""
    tall = inspect({"a": np.arange(3_000_000)}, "a")["data"]
    assert (tall["rows"], tall["sampled"]) == (3_000_000, 1_000_000)
    wide = inspect({"w": pd.DataFrame(np.zeros((2, 500)))}, "w")["data"]
    assert (len(wide["columns"]), wide["columns_omitted"]) == (60, 440)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": [None, None]}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame({"a": [[1], {2: 3}]}),
        pd.DataFrame({("a", "b"): pd.Categorical(["x"])}),
        pd.DataFrame({"a\nb": pd.to_timedelta([1, None])}),
    ],
)
def test_odd_tables(frame: pd.DataFrame) -> None:
    """Each has a profile of all its columns, as plain data."""
    data = inspect({"frame": frame}, "frame")["data"]
    assert len(data["columns"]) == frame.shape[1]
    json.dumps(data)


def test_a_module_that_is_not_imported() -> None:
    """It is read, not imported."""
    facts = told("this")
    assert (facts["kind"], facts["value"]) == ("module", "not imported: import this")


@pytest.mark.parametrize(
    ("expression", "reason", "near"),
    [
        ("cra", "there is no variable 'cra'", ["car"]),
        ("json.lods", "it has no attribute 'lods'", ["loads"]),
        ("config['alpha']", "it has no item 'alpha'", []),
        ("df.head()", "only names, attributes and keys", []),
        ("1 +", "'1 +' is no expression", []),
    ],
)
def test_what_cannot_be_found(expression: str, reason: str, near: list[str]) -> None:
    """The reason, and what may have been meant."""
    facts = inspect(NAMESPACE, expression)
    assert not facts["found"]
    assert facts["reason"].startswith(reason)
    assert facts["near"][:1] == near


@pytest.mark.parametrize(
    ("code", "match", "start"),
    [
        ("json.lo", "loads", 5),
        ("x = ca", "car", 4),
        ("df.ki", "kind", 3),
        ("config['a'].ke", "keys", 12),
        ("imp", "import", 0),
    ],
)
def test_completion_by_stored_names(code: str, match: str, start: int) -> None:
    """Names, attributes, columns and keywords; what they would replace."""
    found = complete(code, len(code), NAMESPACE)
    assert match in found["matches"]
    assert (found["start"], found["end"]) == (start, len(code))


def test_completion_by_ipython(ipython: ramet.Session) -> None:
    """IPython's completer knows magics, modules and files too."""
    ipython.run("import _ramet_worker.looking.completion as c; names = {}; ipython = get_ipython().Completer")
    assert "%timeit" in ipython.run("c.complete('%tim', 4, names, ipython)['matches']").text
    result = ipython.run("c.complete('import fileinpu', 15, names, ipython)")
    assert result.text == "{'matches': ['fileinput'], 'start': 7, 'end': 15, 'omitted': 0}"


def test_a_completer_that_fails() -> None:
    """The stored names are offered instead."""
    broken = types.SimpleNamespace(completions=lambda *_: 1 / 0)
    assert "loads" in complete("json.lo", 7, NAMESPACE, broken)["matches"]
