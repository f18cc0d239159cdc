"""The doors of ramet: `ramet_doors.py MEASURE PYTHON` prints figures as JSON; PYTHON runs the sessions."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import door_workloads as work
from doors import Doors, carry_out, scratch, wait_for_end
from event_readers import read_all
from mcp_client import Server
from memory import pss_mb
from workloads import SMALL_CELL, SMALL_TEXT, Figures, check

import ramet
from ramet.client.address import address
from ramet.client.exchange import Request
from ramet.client.line import Line
from ramet.errors import BrokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What an MCP client starts.
_SERVER = (sys.executable, "-m", "ramet", "mcp")

#: Of the session that the API is tried with.
_NAME = "bench"

_RAMET = Path(sys.executable).with_name("ramet")


class RametDoors(Doors):
    """Sessions that `python` runs, kept by a host."""

    def __init__(self, python: str) -> None:
        super().__init__()
        self._sessions_python = python

    def call(self) -> Figures:
        """A cell through the API, in one connection to the host's socket; and through `ramet.connect()`."""
        with self._home(), Line(address()) as line, ramet.connect() as host:
            session = host.start(_NAME, python=self._sessions_python)
            return {
                "api_s": _calls(lambda: _run(line, _NAME, SMALL_CELL)),
                "client_s": _calls(lambda: session.run(SMALL_CELL).text),
            }

    def events(self) -> Figures:
        """How many events of a cell each of its readers gets in a second."""
        with self._home(), Line(address()) as line, ramet.connect() as host:
            host.start(_NAME, python=self._sessions_python)
            return {
                f"readers{count}_per_s": [_events_per_s(line, count) for _ in range(work.READING_ROUNDS)]
                for count in work.READERS
            }

    def host(self) -> Figures:
        """The memory of the host while it has more and more sessions, each of which has run a cell."""
        figures: Figures = {}
        with self._home(), Line(address()) as line:
            started = 0
            for count in work.SESSIONS:
                for number in range(started, count):
                    self._start_plain(line, f"s{number}")
                started = count
                figures[f"sessions{count}_mb"] = [pss_mb(_host_pid(line))]
        return figures

    def serving_host(self) -> Figures:
        """The memory of the host while an MCP client is there."""
        with self._resident(), self._client(), Line(address()) as line:
            return {"serving_mb": [pss_mb(_host_pid(line))]}

    @property
    def _python(self) -> str:
        return sys.executable

    @contextmanager
    def _home(self) -> Iterator[None]:
        with scratch("ramet") as home:
            for name in [name for name in os.environ if name.startswith("RAMET_")]:
                del os.environ[name]
            ours = {"RAMET_HOME": str(home), "RAMET_PYTHON": self._sessions_python, "XDG_CONFIG_HOME": str(home)}
            os.environ.update(ours)  # for clients in this process, too
            self.environ, self.folder = dict(os.environ), home / "project"
            try:
                yield
            finally:
                _end_host()

    def _command(self) -> list[str | Path]:
        return [_RAMET, "run", SMALL_CELL]

    def _server(self, new: str = "") -> Server:
        folder = self.folder / new
        folder.mkdir(exist_ok=True)
        return Server(
            command=_SERVER, folder=folder, environ=self.environ, tool="run", argument="code", others={"wait_s": 50}
        )

    def _result(self, reply: str) -> str:
        """The line before the last, which is about the cell; those before may be about the session."""
        return reply.splitlines()[-2]

    def _start_plain(self, line: Line, name: str) -> None:
        options = {"name": name, "shell": "python", "python": self._sessions_python}
        line.ask(Request(method="POST", path="/v1/sessions", body=options))
        check(_run(line, name, SMALL_CELL), SMALL_TEXT)


def _host_pid(line: Line) -> int:
    pid: int = line.ask(Request(method="GET", path="/v1/host"))["answer"]["pid"]
    return pid


def _end_host() -> None:
    """Have the host end with its sessions, if there is one."""
    try:
        with Line(address(), start=False) as line:
            pid = _host_pid(line)
            line.ask(Request(method="POST", path="/v1/host/stop", body={"end_sessions": True}))
    except BrokenError:
        return
    wait_for_end(pid)


def _run(line: Line, session: str, code: str) -> str:
    """The result of a cell as text."""
    answer = line.ask(Request(method="POST", path=f"/v1/sessions/{session}/run", body={"code": code}))["answer"]
    return "".join(output["value"]["data"]["text/plain"] for output in answer["outputs"])


def _events_per_s(line: Line, readers: int) -> float:
    started = line.ask(Request(method="POST", path=f"/v1/sessions/{_NAME}/submit", body={"code": work.EVENTS_CELL}))
    path = f"/v1/sessions/{_NAME}/executions/{started['answer']['execution']}/events"
    go_on = Request(method="POST", path=f"/v1/sessions/{_NAME}/answer", body={"text": ""})
    seconds, events = read_all(address(), path, readers, begin=partial(line.ask, go_on))
    check(str(events), str([work.EVENTS + 1] * readers))  # one is the end of the line that was asked for
    return work.EVENTS / seconds


def _calls(call: Callable[[], str]) -> list[float]:
    samples = []
    for _ in range(work.CALLS + 1):
        began = time.perf_counter()
        text = call()
        samples.append(time.perf_counter() - began)
        check(text, SMALL_TEXT)
    return samples[1:]


if __name__ == "__main__":
    carry_out(RametDoors(sys.argv[2]), sys.argv[1])
