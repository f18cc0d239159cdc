"""The door of mcp-repl (`posit-mcp-repl`): `mcp_repl_doors.py MEASURE MCP_REPL PYTHON` prints figures as JSON.

MCP_REPL is its command, a binary program; its session is embedded in a child process and uses PYTHON.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from doors import Doors, carry_out, scratch
from mcp_client import Server

if TYPE_CHECKING:
    from collections.abc import Iterator


class McpReplDoors(Doors):
    """A server with one session, which ends with it."""

    def __init__(self, mcp_repl: str, python: str) -> None:
        super().__init__()
        if not Path(mcp_repl).exists():
            raise FileNotFoundError("mcp-repl is not installed")
        self._mcp_repl, self._sessions_python = mcp_repl, python

    @property
    def _python(self) -> str:
        return self._sessions_python

    @contextmanager
    def _home(self) -> Iterator[None]:
        with scratch("mcp-repl") as home:
            ours = {"HOME": str(home), "TMPDIR": str(home), "MCP_REPL_PYTHON_EXECUTABLE": self._sessions_python}
            self.environ, self.folder = {**os.environ, **ours}, home / "project"
            yield

    def _start(self) -> None:
        """Nothing outlives a client."""

    def _command(self) -> list[str | Path]:
        raise NotImplementedError("it has no commands")

    def _server(self, new: str = "") -> Server:
        del new  # each is
        return Server(
            command=(self._mcp_repl, "--interpreter", "python", "--sandbox", "danger-full-access"),
            folder=self.folder,
            environ=self.environ,
            tool="repl",
            argument="input",
            others={"timeout_ms": 50_000},
        )

    def _result(self, reply: str) -> str:
        return reply.rstrip("\n")


if __name__ == "__main__":
    carry_out(McpReplDoors(*sys.argv[2:]), sys.argv[1])
