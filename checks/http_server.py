"""The server over HTTP, for the conformance scenarios, which know no other way in. It prints its address."""

import asyncio
import socket

import uvicorn

import ramet
from ramet.mcp.server import make_server


async def main() -> None:
    """Serve until a signal comes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp", flush=True)
        async with ramet.AsyncManager() as manager:
            app = make_server(manager).streamable_http_app()
            await uvicorn.Server(uvicorn.Config(app, log_level="error")).serve([listening])


if __name__ == "__main__":
    asyncio.run(main())
