"""What a zygote has of its children: the one forked ahead, the streams of sessions, and who descends from it."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from ..stream import lone_frame


class Spare:
    """A child forked ahead, and the pipe that tells it what to be."""

    def __init__(self, pid: int, tell: int) -> None:
        self.pid = pid
        self._tell = tell

    def use(self, folder: str) -> bool:
        """Make it the session in `folder`; False if it has died."""
        try:
            os.write(self._tell, os.fsencode(folder))
        except BrokenPipeError:
            return False
        finally:
            os.close(self._tell)
        return True

    def drop(self) -> None:
        """It ends."""
        os.close(self._tell)


class Child:
    """The zygote's end of a session's out stream, kept open so that last words outlive the process."""

    def __init__(self, out: int, nonce: str, folder: str) -> None:
        self.out, self.folder = out, folder
        self._nonce = nonce

    def frame(self, kind: str, payload: dict[str, Any]) -> bytes:
        """A frame outside of the worker's sequence."""
        return lone_frame(self._nonce, kind, payload)


def descendants(pid: int) -> list[int]:
    """All living descendants of `pid`, by `/proc` where there is one, else its own children as far as `ps` tells."""
    parents: dict[int, list[int]] = {}
    try:
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", "rb") as file:
                    parent = int(file.read().rpartition(b")")[2].split()[1])
                    parents.setdefault(parent, []).append(int(entry))
    except OSError:
        listing = os.popen("ps -A -o pid=,ppid=").read()  # noqa: S605, S607 - a fixed command
        for line in listing.splitlines():
            child, parent = map(int, line.split())
            parents.setdefault(parent, []).append(child)
    found: list[int] = []
    level = [pid]
    while level:
        level = [child for parent in level for child in parents.get(parent, ())]
        found += level
    return found
