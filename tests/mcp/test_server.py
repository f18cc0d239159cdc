"""What a client learns of the server before it calls anything."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import mcp
import pytest
from agents import agent
from mcp.client.stdio import StdioServerParameters
from mcp_types import BlobResourceContents, TextResourceContents
from support import ROOT, alive, wait_until

from ramet.handlers import processes

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_types import Tool

#: Of 5,000 for all tools; the rest is for those to come.
ROOM = 4300


async def tools_of(folder: Path) -> list[Tool]:
    """The tools as a client gets them."""
    async with agent(folder) as call:
        return (await call.client.list_tools()).tools


async def test_the_tools_fit_into_a_small_budget(tmp_path: Path) -> None:
    """Everybody pays for them, used or not."""
    tools = await tools_of(tmp_path)
    told = [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in tools]
    assert len(json.dumps(told, separators=(",", ":"), ensure_ascii=False)) <= ROOM
    assert all(len(tool.description or "") < 600 for tool in tools)


async def test_hints_are_honest(tmp_path: Path) -> None:
    """What says that it changes nothing may be called side by side, and without asking."""
    hints = {tool.name: tool.annotations for tool in await tools_of(tmp_path)}
    assert sorted(name for name, hint in hints.items() if hint and hint.read_only_hint) == ["look", "wait"]
    assert [name for name, hint in hints.items() if hint and hint.destructive_hint is False] == ["branch"]


async def test_arguments_are_described(tmp_path: Path) -> None:
    """By plain schemas: types, defaults, choices."""
    schemas = {tool.name: tool.input_schema for tool in await tools_of(tmp_path)}
    assert schemas["run"]["required"] == ["code"]
    assert schemas["run"]["properties"]["session"] == {"type": "string", "default": "main"}
    assert schemas["run"]["properties"]["deadline_s"] == {"type": "number"}
    assert "close" in schemas["sessions"]["properties"]["action"]["enum"]
    assert not [name for name, schema in schemas.items() if "anyOf" in json.dumps(schema)]


async def test_each_argument_is_spoken_of(tmp_path: Path) -> None:
    """In the description, unless its name and its default say enough."""
    for tool in await tools_of(tmp_path):
        for name in set(tool.input_schema["properties"]) - {"code", "session", "wait_s", "max_chars", "action"}:
            assert f"`{name}`" in (tool.description or ""), (tool.name, name)


async def test_clients_of_the_former_protocol(tmp_path: Path) -> None:
    """They are served alike."""
    async with agent(tmp_path, mode="legacy") as call:
        assert "2\n[cell 1: ok" in await call("run", code="1 + 1")


async def test_resources(tmp_path: Path) -> None:
    """Texts and pictures of cells, also whole ones that a reply has cut."""
    async with agent(tmp_path) as call:
        await call(
            "run", code="import matplotlib.pyplot as plt\nprint('x\\n' * 9000, 'y' * 9000)\n_ = plt.plot([1, 2])"
        )
        listed = (await call.client.list_resources()).resources
        assert [resource.uri for resource in listed] == ["ramet://sessions/main/out/1"]
        (text,) = (await call.client.read_resource(listed[0].uri)).contents
        assert isinstance(text, TextResourceContents)
        assert "y" * 9000 in text.text
        (image,) = (await call.client.read_resource(f"{listed[0].uri}/image/1")).contents
        assert isinstance(image, BlobResourceContents)
        assert image.mime_type == "image/png"
        for wrong in ("ramet://sessions/main/out/9", f"{listed[0].uri}/image/2", "ramet://x"):
            with pytest.raises(mcp.MCPError):
                await call.client.read_resource(wrong)


def command(*arguments: str) -> StdioServerParameters:
    """The server as a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return StdioServerParameters(command=sys.executable, args=["-m", "ramet.mcp", *arguments], env=env)


async def test_over_standard_streams(tmp_path: Path) -> None:
    """The same; what prints to the process's own output harms nothing."""
    async with asyncio.timeout(60), mcp.Client(command(str(tmp_path))) as client:
        result = await client.call_tool("run", {"code": "import os; os.system('echo hello'); os.getcwd()"})
        assert "hello" in result.content[0].text
        assert str(tmp_path) in result.content[0].text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL, None])
def test_sessions_end_with_their_server(number: signal.Signals | None) -> None:
    """However it ends: by a signal, or because its client hangs up."""
    with subprocess.Popen(
        [sys.executable, "-m", "ramet.mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=command().env, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        call = {
            "name": "run",
            "arguments": {"code": "import os; print(os.getpid()); os.system('sleep 600')", "wait_s": 1},
        }
        for message in (
            {"id": 0, "method": "initialize", "params": _HELLO},
            {"method": "notifications/initialized"},
            {"id": 1, "method": "tools/call", "params": call},
        ):
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        server.stdin.flush()
        while json.loads(server.stdout.readline()).get("id") != 1:
            pass
        family = processes.family(server.pid)
        assert len(family) > 2
        began = time.monotonic()
        if number is None:
            server.stdin.close()
        else:
            server.send_signal(number)
        server.wait(30)
        assert time.monotonic() - began < 10
    wait_until(lambda: not [process for process in family if alive(process.pid)])


_HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


def test_importing_ramet_imports_no_server() -> None:
    """It takes half a second, which users of the library do not owe."""
    code = "import sys, ramet; print([name for name in ('mcp', 'mcp_types', 'pydantic') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
