"""The client's end of an MCP server on its standard streams.

It writes and reads lines of JSON-RPC and does nothing else, so that next to nothing of what is measured is its own.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PROTOCOL = "2025-06-18"
_PATIENCE_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How a server is started; `tool` runs code, which is its argument `argument`, besides the `others`."""

    command: tuple[str | Path, ...]
    folder: Path
    environ: Mapping[str, str]
    tool: str
    argument: str
    others: Mapping[str, object]


class Client:
    """One client of a server, which ends with it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._asked = 0
        self._process = subprocess.Popen(
            server.command,
            cwd=server.folder,
            env=server.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up, and wait for the server to end."""
        self._process.stdin.close()
        try:
            self._process.wait(_PATIENCE_S)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()

    @property
    def pid(self) -> int:
        """The process that the client has started."""
        return self._process.pid

    def greet(self) -> str:
        """Begin, and return the instructions that the server has for a model."""
        who = {"name": "bench", "version": "1"}
        answer = self._ask("initialize", {"protocolVersion": _PROTOCOL, "capabilities": {}, "clientInfo": who})
        self._send({"method": "notifications/initialized"})
        return answer.get("instructions", "")

    def tools(self) -> str:
        """All that the server tells of its tools, without blanks between the words of JSON."""
        tools = self._ask("tools/list", {})["tools"]
        return json.dumps(tools, ensure_ascii=False, separators=(",", ":"))

    def run(self, code: str) -> str:
        """The texts of the reply to some code."""
        arguments = {self._server.argument: code, **self._server.others}
        reply = self._ask("tools/call", {"name": self._server.tool, "arguments": arguments})
        return "".join(block["text"] for block in reply["content"])

    def _ask(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            line = self._process.stdout.readline()
            if not line:
                raise ConnectionError(f"the server has ended instead of answering {method}")
            message = json.loads(line)
            if message.get("id") == self._asked and "method" not in message:  # requests of its own have ids, too
                return message["result"]

    def _send(self, message: Mapping[str, object]) -> None:
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._process.stdin.flush()
