"""What the checks with real clients share."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from clients import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A home of its own; a host that was started there is stopped after the test."""
    made = Place.made(tmp_path)
    yield made
    stop = [sys.executable, "-m", "ramet", "stop", "--end-sessions"]
    subprocess.run(stop, env={**os.environ, **made.environ}, capture_output=True, check=False)
