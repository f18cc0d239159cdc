"""What ramet and ipykernel both run, how often, and what must come of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

#: What one measure of one side yields: samples by name. Names end in their unit, `_s` or `_mb`.
Figures = dict[str, list[float]]

#: The first cell of a session: everything is imported, and a table is the result.
FIRST_CELL = """\
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
pd.DataFrame({"a": [1, 2, 3]})"""
FIRST_TEXT = "   a\n0  1\n1  2\n2  3"

SMALL_CELL = "1+1"
SMALL_TEXT = "2"

LINES = 1_000_000
LINES_CELL = f"for i in range({LINES}): print(i)"

BULK_BYTES = 100_000_000
BULK_CELL = f"print('0123456789' * {BULK_BYTES // 10})"

#: How often the two sides take turns with the whole list of measures; what follows holds for one turn.
TURNS = 2
PRINT_ROUNDS = 2
CROWD_ROUNDS = 2

#: In all turns together.
COLD_ROUNDS = 5

RAMET_STARTS, IPYKERNEL_STARTS = 20, 5
ROUND_TRIPS = 900  # at 1,000 results IPython begins to drop the oldest, and says so in the output
RAMET_IDLE, IPYKERNEL_IDLE = 20, 8
RAMET_CROWD, IPYKERNEL_CROWD = 200, 8


def lines_text() -> str:
    """All that `LINES_CELL` prints."""
    return "".join(f"{number}\n" for number in range(LINES))


def bulk_text() -> str:
    """All that `BULK_CELL` prints."""
    return "0123456789" * (BULK_BYTES // 10) + "\n"


def check(got: str, expected: str) -> None:
    """Fail the measure unless `got` is `expected`, to the character.

    Raises:
        AssertionError: it is not.
    """
    if got != expected:
        raise AssertionError(f"{len(got):,} characters arrived that are not the {len(expected):,} expected ones")


async def timed(action: Callable[[], Awaitable[str]], expected: str) -> float:
    """Seconds that `action` takes to return `expected`; the comparison itself is not counted."""
    began = time.perf_counter()
    got = await action()
    seconds = time.perf_counter() - began
    check(got, expected)
    return seconds
