"""The user's variables, each in a row of facts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ramet.worker.looking.variables import variables


def test_rows() -> None:
    """Name, type, extent and a short value; sizes where they are asked for; neither hidden nor private names."""
    namespace = {"b": np.zeros((2, 3)), "a": [1, 2], "_c": 1, "In": [], "x": 5}
    told = variables(namespace, {"In"}, sizes=lambda name: 16 if name == "a" else None)
    assert told == {
        "rows": [
            {"name": "a", "type": "list", "length": 2, "bytes": 16, "value": "[1, 2]"},
            {"name": "b", "type": "ndarray", "shape": [2, 3], "bytes": None, "value": "ndarray (2, 3) float64"},
            {"name": "x", "type": "int", "bytes": None, "value": "5"},
        ],
        "omitted": 0,
    }


def test_filters() -> None:
    """By a pattern for the name, by types and their bases, and by number."""
    namespace = {"df_a": pd.DataFrame(), "df_b": pd.DataFrame(), "d": dict[str, int](), "flag": True}
    assert names(variables(namespace, set(), pattern="df_*")) == ["df_a", "df_b"]
    assert names(variables(namespace, set(), types=("int", "dict"))) == ["d", "flag"]
    limited = variables(namespace, set(), limit=1)
    assert (names(limited), limited["omitted"]) == (["d"], 3)


def names(told: dict[str, Any]) -> list[str]:
    """The names of the rows."""
    return [row["name"] for row in told["rows"]]


def test_time_is_bounded() -> None:
    """When it is up, names and types are told without values."""
    told = variables({"a": 1, "b": 2}, set(), deadline_s=0)
    assert [row["value"] for row in told["rows"]] == ["", ""]
