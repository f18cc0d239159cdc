"""Owners of homes that end suddenly, and homes of which nothing is left after the test."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support import ROOT, wait_until

from ramet.handlers import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

BARE = {"shell": "python", "preload": [], "checkpoints": "every"}

_OWNER = """
import asyncio, os, signal, sys
import ramet
from ramet.handlers import forked, processes, signals, zygote

BARE = {{"shell": "python", "preload": [], "checkpoints": "every"}}

def die(*_arguments, **_options):
    os.kill(os.getpid(), signal.SIGKILL)

def die_at(number, *, after):
    kill = processes.kill
    def deadly(pid, signal):
        if signal != number:
            return kill(pid, signal)
        if after:
            kill(pid, signal)
        die()
    processes.kill = deadly

async def main():
    async with ramet.AsyncManager(home=sys.argv[1]) as manager:
{body}
        print("ready", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@contextmanager
def owner(home: Path, body: str) -> Iterator[subprocess.Popen[str]]:
    """A process that owns `home` and does `body`, with `manager` at hand; at the end of the block it is killed."""
    script = _OWNER.format(body="\n".join(f"        {line}" for line in body.splitlines()))
    process = subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def killed(home: Path, body: str) -> None:
    """An owner did `body` and was killed then; or within it, by `die` or `die_at`."""
    with owner(home, body) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said == "ready\n" or process.wait() == -9


def those_of(home: Path) -> list[str]:
    """The processes that run for `home`."""
    found = []
    for process in processes.table():
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
            if any(word.startswith(f"{home}/".encode()) for word in words):
                found.append(f"{process.pid}: {words}")
    return found


@contextmanager
def home_in(folder: Path) -> Iterator[Path]:
    """A home whose sessions are all ended by the test; no process of it is left."""
    home = folder / "a home, über alles"
    yield home
    wait_until(lambda: not those_of(home), 10, lambda: those_of(home))
    assert not list((home / "sessions").glob("*"))
