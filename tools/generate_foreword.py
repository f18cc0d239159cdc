"""Write `src/ramet/client/foreword.json`: what a server answers to everybody in the same way.

Run it after a change of a tool, of its description, or of the version; a test fails while the file is not what this
would write.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from ramet.manager.manager import AsyncManager
from ramet.mcp.lines import serve_lines
from ramet.mcp.server import make_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FILE = Path(__file__).resolve().parent.parent / "src" / "ramet" / "client" / "foreword.json"

_CLIENT = {"name": "foreword", "version": "1"}
_LISTS = ("tools/list", "resources/templates/list")


def document() -> str:
    """The file."""
    return json.dumps(asyncio.run(_answers()), indent=1, ensure_ascii=False) + "\n"


async def _answers() -> list[dict[str, Any]]:
    """Each result with its method and all versions of the protocol in which it is the same."""
    found: list[dict[str, Any]] = []
    for version in (*HANDSHAKE_PROTOCOL_VERSIONS, *MODERN_PROTOCOL_VERSIONS):
        for method, result in await _asked(version):
            for one in found:
                if one["method"] == method and one["result"] == result:
                    one["versions"].append(version)
                    break
            else:
                found.append({"method": method, "versions": [version], "result": result})
    return found


async def _asked(version: str) -> list[tuple[str, dict[str, Any]]]:
    """What a client that speaks `version` is answered."""
    meta: dict[str, Any] = {}
    if version in HANDSHAKE_PROTOCOL_VERSIONS:
        greeting = {"protocolVersion": version, "capabilities": {}, "clientInfo": _CLIENT}
        asked = [("initialize", greeting), *((method, {}) for method in (*_LISTS, "ping"))]
    else:
        about = {"protocolVersion": version, "clientInfo": _CLIENT, "clientCapabilities": {}}
        meta = {"_meta": {f"io.modelcontextprotocol/{name}": value for name, value in about.items()}}
        asked = [(method, meta) for method in ("server/discover", *_LISTS)]
    answers = await _exchanged([{"id": i, "method": m, "params": p} for i, (m, p) in enumerate(asked)])
    return [(method, answers[number]["result"]) for number, (method, _) in enumerate(asked)]


async def _exchanged(requests: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """The answers to `requests`, by their numbers; each is asked when the one before it was answered."""
    answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    told: dict[int, dict[str, Any]] = {}

    async def lines() -> AsyncIterator[bytes]:
        for request in requests:
            yield _line(request)
            answer = await answers.get()
            told[answer["id"]] = answer
            if request["method"] == "initialize":
                yield _line({"method": "notifications/initialized"})

    async def write(line: bytes) -> None:
        await answers.put(json.loads(line))

    async with AsyncManager() as manager:
        await serve_lines(make_server(manager), lines(), write)
    return told


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}).encode()


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
