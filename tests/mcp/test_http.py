"""Streamable HTTP on the host's TCP address."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import mcp
import pytest
from agents import text_of
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from homes import Home


@asynccontextmanager
async def client(home: Home, query: str = "", *, mode: str = "auto", **headers: str) -> AsyncIterator[mcp.Client]:
    """A client at the host's address, with the token unless it gives another one."""
    url = home.ask("GET", "/v1/host")["answer"]["address"]
    if not url:
        url = home.ask("POST", "/v1/host/listen", {"address": "127.0.0.1:0"})["answer"]["address"]
    token = (home.folder / "token").read_text(encoding="ascii")
    async with (
        asyncio.timeout(60),
        create_mcp_http_client({"authorization": f"Bearer {token}", **headers}) as http,
        mcp.Client(streamable_http_client(f"{url}/mcp{query}", http_client=http), mode=mode) as opened,
    ):
        yield opened


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_same_tools_and_sessions(home: Home, mode: str) -> None:
    """In the folder that the URL names."""
    home.start()
    home.run("x = 6")
    async with client(home, f"?folder={home.project}", mode=mode) as agent:
        assert len((await agent.list_tools()).tools) == 8
        assert (text_of(await agent.call_tool("run", {"code": "x * 7"}))).startswith("42\n")
        assert "in /" in text_of(await agent.call_tool("sessions", {"action": "start", "session": "b", "cwd": "/"}))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_progress_over_http(home: Home, mode: str) -> None:
    """Is told while the call goes on."""
    seen: list[str | None] = []

    async def progress(seconds: float, total: float | None, message: str | None) -> None:
        del seconds, total
        seen.append(message)

    async with client(home, f"?folder={home.project}", mode=mode) as agent:
        await agent.call_tool("run", {"code": "import time; time.sleep(2.5)"}, progress_callback=progress)
    assert seen


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"authorization": "Bearer wrong"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"host": "evil.example:80"}, 403),
    ],
)
async def test_the_door_is_guarded(home: Home, headers: dict[str, str], status: int) -> None:
    """As for every request."""
    url = home.ask("POST", "/v1/host/listen", {"address": "127.0.0.1:0"})["answer"]["address"]
    token = (home.folder / "token").read_text(encoding="ascii")
    given = {"authorization": f"Bearer {token}", "accept": "application/json, text/event-stream", **headers}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    async with create_mcp_http_client(given) as http:
        answer = await http.post(
            f"{url}/mcp", json={"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}
        )
    assert answer.status_code == status


async def test_a_folder_that_is_not_there(home: Home) -> None:
    """Is refused, and the host is none the worse."""
    home.ask("POST", "/v1/host/listen", {"address": "127.0.0.1:0"})
    for wrong in ("relative", "/no/such/folder", "~nobody-at-all", f"/{'x' * 300}"):
        with pytest.raises(Exception, match="no folder"):
            home.ask("POST", f"/mcp?folder={wrong}", {})


async def test_a_host_that_ends_hangs_up(home: Home) -> None:
    """Also on clients that keep a stream open."""
    async with client(home, mode="legacy") as agent:
        await agent.list_tools()
        assert home.ramet("stop").code == 0
