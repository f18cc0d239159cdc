"""The measures that are the same at the doors of all sides: a command line, and an MCP server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import door_workloads as work
from mcp_client import Client, Server
from memory import pss_mb
from workloads import SMALL_CELL, SMALL_TEXT, Figures, check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

_PATIENCE_S = 30
#: Before a measure is killed, which would keep it from ending what it has started.
_DEADLINE_S = 100


class Doors(ABC):
    """A side. Every public method is a measure, in a home of its own that is gone afterwards, and all that ran in it.

    What a side starts has `environ` for its environment and begins in `folder`, which is inside of the home.
    """

    def __init__(self) -> None:
        self.environ: dict[str, str] = {}
        self.folder = Path()

    def command(self) -> Figures:
        """A command that runs a cell in a session which is there, and an interpreter that does nothing at all."""
        figures: Figures = {"command_s": [], "bare_s": []}
        with self._resident():
            self._run_command()
            for _ in range(work.COMMANDS):
                figures["command_s"].append(self._run_command())
                figures["bare_s"].append(_process_s([self._python, "-c", ""], self.environ, self.folder)[0])
        return figures

    def cold_command(self) -> Figures:
        """The same command where nothing is running yet."""
        return {"cold_s": [self._cold_command() for _ in range(work.COLD_COMMANDS)]}

    def known_spawn(self) -> Figures:
        """From the start of an MCP server to the result of a cell in a session that is there."""
        with self._resident():
            self._spawn(self._server())
            return {"known_s": [self._spawn(self._server()) for _ in range(work.SPAWNS)]}

    def new_spawn(self) -> Figures:
        """The same in a session that is not."""
        with self._resident():
            self._spawn(self._server(new="warm-up"))
            return {"new_s": [self._spawn(self._server(new=f"new{number}")) for number in range(work.NEW_SPAWNS)]}

    def warm(self) -> Figures:
        """A cell in a session that is warm, at the clock of an MCP client."""
        with self._resident(), self._client() as client:
            samples = [self._call_s(client)]
            while len(samples) < work.CALLS and sum(samples) < work.CALLS_S:
                samples.append(self._call_s(client))
        return {"call_s": samples}

    def sizes(self) -> Figures:
        """The characters that a client gets: of the tools, the instructions, and the reply to a great many lines."""
        with self._resident(), Client(self._server()) as client:
            instructions, tools = client.greet(), client.tools()
            reply = client.run(work.PRINTED_CELL)
        if not ("0\n1\n2\n" in reply or str(work.PRINTED_LINES - 1) in reply):
            raise AssertionError("the reply has neither the first lines nor the last")
        return {"tools_chars": [len(tools)], "instructions_chars": [len(instructions)], "reply_chars": [len(reply)]}

    def idle(self) -> Figures:
        """What the process that an MCP client has started takes when it has run a cell."""
        with self._resident(), self._client() as client:
            return {"server_mb": [pss_mb(client.pid)]}

    @property
    @abstractmethod
    def _python(self) -> str | Path:
        """The interpreter that the side's commands run on."""

    @abstractmethod
    def _home(self) -> AbstractContextManager[None]:
        """An empty home, in which nothing runs; at its end, the end of all that runs in it."""

    @abstractmethod
    def _command(self) -> list[str | Path]:
        """A command that runs `SMALL_CELL`."""

    @abstractmethod
    def _server(self, new: str = "") -> Server:
        """A server for the session that `_start` has made, or for a session of that new name."""

    @abstractmethod
    def _result(self, reply: str) -> str:
        """The result of a cell, out of the server's reply to it."""

    def _start(self) -> None:
        """Have everything run that outlives its clients, and a session."""
        self._run_command()

    @contextmanager
    def _resident(self) -> Iterator[None]:
        with self._home():
            self._start()
            yield

    @contextmanager
    def _client(self) -> Iterator[Client]:
        """One that has run a cell."""
        with Client(self._server()) as client:
            client.greet()
            self._call_s(client)
            yield client

    def _run_command(self) -> float:
        seconds, text = _process_s(self._command(), self.environ, self.folder)
        check(text.partition("\n")[0], SMALL_TEXT)
        return seconds

    def _cold_command(self) -> float:
        with self._home():
            return self._run_command()

    def _spawn(self, server: Server) -> float:
        began = time.perf_counter()
        with Client(server) as client:
            client.greet()
            reply = client.run(SMALL_CELL)
            seconds = time.perf_counter() - began
        check(self._result(reply), SMALL_TEXT)
        return seconds

    def _call_s(self, client: Client) -> float:
        began = time.perf_counter()
        reply = client.run(SMALL_CELL)
        seconds = time.perf_counter() - began
        check(self._result(reply), SMALL_TEXT)
        return seconds


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """A folder for a home, with a folder `project` in it."""
    with tempfile.TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True) as folder:
        (Path(folder) / "project").mkdir()
        yield Path(folder)


def wait_for_end(pid: int) -> None:
    """Return when a process that is nobody's child here has ended.

    Raises:
        TimeoutError: it does not.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while _lives(pid):
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {pid} does not end")
        time.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def carry_out(doors: Doors, measure: str) -> None:
    """Print the figures of one measure as JSON; one that takes too long, or is told to end, cleans up before."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to end"))
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(_DEADLINE_S)
    print(json.dumps(getattr(doors, measure)()))


def _too_long(*_: object) -> NoReturn:
    raise TimeoutError(f"not done after {_DEADLINE_S} s")


def _process_s(command: list[str | Path], environ: dict[str, str], folder: Path) -> tuple[float, str]:
    """How long a process takes from its start to its end, and what it prints."""
    began = time.perf_counter()
    done = subprocess.run(
        command, env=environ, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        raise ChildProcessError(f"{Path(command[0]).name} {command[1]} ended with status {done.returncode}")
    return seconds, done.stdout.decode()
