"""The exit codes of commands."""

from __future__ import annotations

#: Besides 0: the code failed, ramet failed, the code is still running.
FAILED, BROKEN, RUNNING = 1, 2, 3

#: By what the host says of how something ended.
OF_ENDING = {"ok": 0, "failed": FAILED, "running": RUNNING}
