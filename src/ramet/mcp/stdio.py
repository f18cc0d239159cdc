"""The server on the standard streams of a process of its own, whose sessions end with it."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from functools import partial
from pathlib import Path
from typing import NoReturn

from mcp.server.stdio import stdio_server

from ramet.manager.manager import AsyncManager
from ramet.mcp.server import make_server

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Serve the client at the other end of standard input and output until it hangs up or sends a signal."""
    parser = argparse.ArgumentParser(prog="python -m ramet.mcp", description="Python sessions as tools, over stdio.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="where sessions start (default: here)")
    folder = parser.parse_args().folder.resolve()
    if not folder.is_dir():
        parser.error(f"there is no folder {folder}")
    asyncio.run(serve(folder))


async def serve(folder: Path) -> None:
    """Serve until the end of standard input; sessions start in `folder`. A signal closes them and ends the process."""
    async with AsyncManager() as manager, asyncio.TaskGroup() as group:
        leaving = group.create_task(_leave_on_signal(manager))
        async with stdio_server() as (incoming, outgoing):
            server = make_server(manager, folder=folder)
            await server.run(incoming, outgoing, server.create_initialization_options())
        leaving.cancel()


async def _leave_on_signal(manager: AsyncManager) -> NoReturn:
    """Close all sessions, so that their exit handlers run, and end the process at once.

    It cannot end in peace: a thread of the SDK reads standard input, and waits for a line that may never come.
    """
    loop = asyncio.get_running_loop()
    came: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in _SIGNALS:
        loop.add_signal_handler(number, partial(came.put_nowait, number))
    number = await came.get()
    await manager.close()
    os._exit(128 + number)
