"""Stacks as `faulthandler` writes them to a file of the session: on request, and at a fatal signal."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

_MAX_BYTES = 1 << 16
_OWN_FILES = (
    str(Path(__file__).resolve().parent.parent / "worker") + os.sep,
    f"{os.sep}_ramet_worker{os.sep}",
    f"{os.sep}bootstrap.py",
    "<frozen runpy>",
)


class StackFile:
    """The file that the worker's `faulthandler` appends to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._dead = 0  # what those wrote who died before

    @property
    def size(self) -> int:
        """How much has been written; 0 if the file is not there."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    async def written_after(self, position: int, wait_s: float) -> str:
        """The dump that begins at `position`, once it has been written; what there is of it after `wait_s`."""
        deadline = time.monotonic() + wait_s
        seen = position
        while time.monotonic() < deadline:
            await asyncio.sleep(0.005)
            now = self.size
            if position < now == seen:
                break
            seen = now
        return of_the_cell(self._read(position))

    def fatal(self) -> str:
        """The stack at the fatal signal that has ended the process, if `faulthandler` handles that one. Ask once."""
        size = self.size
        tail = self._read(max(self._dead, size - _MAX_BYTES))
        self._dead = size
        start = tail.rfind("Fatal Python error")
        return of_the_cell(tail[start:]) if start >= 0 else ""

    def _read(self, position: int) -> str:
        try:
            with self._path.open("rb") as file:
                file.seek(position)
                return file.read(_MAX_BYTES).decode("utf-8", "backslashreplace").strip()
        except OSError:
            return ""


def of_the_cell(stack: str) -> str:
    """The stack without our frames, and without those of the shell that lie below the cell."""
    threads = []
    for thread in stack.split("\n\n"):
        lines = [line for line in thread.splitlines() if not any(own in line for own in _OWN_FILES)]
        outermost = max((number for number, line in enumerate(lines) if '  File "cell ' in line), default=None)
        if outermost is not None:
            lines = lines[: outermost + 1]
        if any(line.startswith("  File") for line in lines):
            threads.append("\n".join(lines))
    return "\n\n".join(threads)
