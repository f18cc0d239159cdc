"""Sessions on real processes, one for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import ramet

if TYPE_CHECKING:
    from collections.abc import Iterator


# Examples are made on a machine that may be busy: how long one takes says nothing.
settings.register_profile("ramet", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ramet")


@pytest.fixture(params=["ipython", "python"])
def session(request: pytest.FixtureRequest) -> Iterator[ramet.Session]:
    """A fresh session in each of the two shells."""
    with ramet.Session(shell=request.param) as opened:
        yield opened


@pytest.fixture
def ipython() -> Iterator[ramet.Session]:
    """A fresh IPython session."""
    with ramet.Session(shell="ipython") as opened:
        yield opened


@pytest.fixture
def python() -> Iterator[ramet.Session]:
    """A fresh plain Python session."""
    with ramet.Session(shell="python") as opened:
        yield opened
