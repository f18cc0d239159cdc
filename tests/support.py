"""What several tests need: waiting for a condition, looking at processes, finding interpreters."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 30.0


def wait_until(
    condition: Callable[[], object], patience_s: float = PATIENCE_S, facts: Callable[[], object] = str
) -> None:
    """Wait until `condition` holds; fail with `facts` when it does not come to."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, f"never came true: {facts() or condition}"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether process `pid` runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def find_interpreter(version: str, *, prepared: bool = True) -> str | None:
    """An interpreter of that version: one prepared by `make interpreters`, or any that is installed."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [*pyenv.glob(f"versions/{version}.*/bin/python")]
    if prepared:
        candidates.insert(0, ROOT / ".interpreters" / version / "bin" / "python")
    found = shutil.which(f"python{version}")
    if found:
        candidates.append(Path(found))
    for candidate in candidates:
        if candidate.exists():
            check = [str(candidate), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
            answer = subprocess.run(check, capture_output=True, text=True, check=False)
            if answer.stdout.strip() == version:
                return str(candidate)
    return None


def interpreter(version: str) -> str:
    """Like `find_interpreter`, but the test is skipped where there is none."""
    found = find_interpreter(version)
    if found is None:
        pytest.skip(f"no Python {version} on this machine; `make interpreters` prepares those that are installed")
    return found


def with_libraries() -> str:
    """The environment that `make libraries` prepares; the test is skipped where it was not."""
    environment = ROOT / ".interpreters" / "libraries"
    if not (environment / ".installed").exists():
        pytest.skip("`make libraries` installs what this test uses")
    return str(environment)


if __name__ == "__main__":  # `make interpreters` asks which one to use
    found = find_interpreter(sys.argv[1], prepared=False)
    print(found or "")
    sys.exit(found is None)
