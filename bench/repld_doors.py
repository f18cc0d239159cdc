"""The doors of repld: `repld_doors.py MEASURE REPLD` prints figures as JSON; REPLD is its command.

repld has one session for each project, in a process that is called its kernel.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from doors import Doors, carry_out, scratch
from mcp_client import Server
from workloads import SMALL_CELL

if TYPE_CHECKING:
    from collections.abc import Iterator


class RepldDoors(Doors):
    """Kernels, of which the first one is started by hand and the others by the servers that need them."""

    def __init__(self, repld: str) -> None:
        super().__init__()
        if not Path(repld).exists():
            raise FileNotFoundError("repld is not installed; it needs Python 3.12 or newer")
        self._repld = repld

    @property
    def _python(self) -> Path:
        return Path(self._repld).with_name("python")

    @contextmanager
    def _home(self) -> Iterator[None]:
        with scratch("repld") as home:
            self.environ = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
            self.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)  # a kernel would be given to the service manager
            self.folder = home / "project"
            try:
                yield
            finally:
                self._quietly("stop", "--all")

    def _start(self) -> None:
        self._quietly("start")
        self._run_command()

    def _command(self) -> list[str | Path]:
        return [self._repld, "exec", SMALL_CELL]

    def _server(self, new: str = "") -> Server:
        folder = self.folder / new
        folder.mkdir(exist_ok=True)
        return Server(
            command=(self._repld, "bridge"),
            folder=folder,
            environ=self.environ,
            tool="exec",
            argument="code",
            others={"timeout": 50},
        )

    def _result(self, reply: str) -> str:
        return reply

    def _quietly(self, *arguments: str) -> None:
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([self._repld, *arguments], env=self.environ, cwd=self.folder, check=True, **silent)


if __name__ == "__main__":
    carry_out(RepldDoors(sys.argv[2]), sys.argv[1])
