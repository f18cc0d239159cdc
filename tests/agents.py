"""An agent for tests: it calls the tools of a server in this process, and reads what comes back."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import mcp
from mcp_types import ImageContent, TextContent

import ramet
from ramet.mcp.server import make_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mcp_types import CallToolResult


class Agent:
    """Calls tools: names, arguments, and text that comes back."""

    def __init__(self, client: mcp.Client, manager: ramet.AsyncManager) -> None:
        self.client = client
        self.manager = manager

    async def __call__(self, tool: str, /, **arguments: object) -> str:
        """The text of a call that works."""
        result = await self.result(tool, **arguments)
        assert not result.is_error, text_of(result)
        return text_of(result)

    async def refused(self, tool: str, /, **arguments: object) -> str:
        """The text of a call that does not."""
        result = await self.result(tool, **arguments)
        assert result.is_error, text_of(result)
        return text_of(result)

    async def result(self, tool: str, /, **arguments: object) -> CallToolResult:
        """All that comes back: nothing is structured, and no picture stands in the text."""
        result = await self.client.call_tool(tool, arguments)
        assert result.structured_content is None
        assert "iVBOR" not in text_of(result)
        return result


def text_of(result: CallToolResult) -> str:
    """The one text of a result, which comes first; the rest are pictures."""
    first, *others = result.content
    assert isinstance(first, TextContent)
    assert all(isinstance(item, ImageContent) for item in others)
    return first.text


@asynccontextmanager
async def agent(folder: Path, *, mode: str = "auto") -> AsyncIterator[Agent]:
    """An agent at work in `folder`, with sessions of its own. `mode="legacy"` is the protocol before 2026-07-28."""
    async with ramet.AsyncManager() as manager, colleague(manager, folder, mode=mode) as opened:
        yield opened


@asynccontextmanager
async def colleague(manager: ramet.AsyncManager, folder: Path, *, mode: str = "auto") -> AsyncIterator[Agent]:
    """An agent that works with the sessions of `manager`."""
    async with mcp.Client(make_server(manager, folder=folder), mode=mode) as client:
        yield Agent(client, manager)
