"""A server for a client whose messages come as lines, from wherever: the stdio transport without the stdio."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.server import Server

    Write = Callable[[bytes], Awaitable[None]]

_LOG = logging.getLogger(__name__)


async def serve_lines(server: Server[Any], lines: AsyncIterable[bytes], write: Write) -> None:
    """Serve until `lines` end. What is being waited for then is given up; the code that it waits for runs on.

    `write` gets each message with its newline. A line that is no message is answered if it says what to answer.
    """
    to_server, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, from_server = anyio.create_memory_object_stream[SessionMessage](0)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(lines, to_server, write))
        group.create_task(_write(from_server, write))
        await server.run(incoming, outgoing, server.create_initialization_options())
        reading.cancel()


async def _read(
    lines: AsyncIterable[bytes], server: MemoryObjectSendStream[SessionMessage | Exception], write: Write
) -> None:
    async with server:
        async for line in lines:
            try:
                message = types.jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValueError as error:
                _LOG.warning("a line that is no message: %s", str(error).partition("\n")[0])
                await _refuse(line, write)
            else:
                await server.send(SessionMessage(message))


async def _write(outgoing: MemoryObjectReceiveStream[SessionMessage], write: Write) -> None:
    async with outgoing:
        async for message in outgoing:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            await write(f"{text}\n".encode())


async def _refuse(line: bytes, write: Write) -> None:
    """Answer a request that cannot be read but for its id, so that nobody waits for it."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return
    if isinstance(said, dict) and isinstance(said.get("id"), (int, str)) and "method" in said:
        error = {"code": types.INVALID_REQUEST, "message": "this is no valid request"}
        answer = {"jsonrpc": "2.0", "id": said["id"], "error": error}
        await write(json.dumps(answer).encode() + b"\n")
