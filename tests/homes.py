"""A home of its own for a test's host, and commands in it as a user types them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from owners import those_of
from support import PATIENCE_S, alive, wait_until

from ramet.client.address import Address
from ramet.client.exchange import Request
from ramet.client.line import Line
from ramet.errors import BrokenError
from ramet.handlers import processes
from ramet.places import Places

#: The options of a session that is up in no time.
BARE: dict[str, Any] = {"shell": "python", "preload": [], "checkpoints": "every"}


@dataclass(frozen=True)
class Done:
    """What a command has printed, and how it ended."""

    code: int
    out: str
    err: str


class Home:
    """A `RAMET_HOME` with at most one host. Sessions are plain Python, which is up in no time."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.folder, self.project = folder, project
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RAMET_")},
            "RAMET_HOME": str(folder),
            "RAMET_SHELL": "python",
            "RAMET_PRELOAD": "json",
            "RAMET_CHECKPOINTS": "every",
        }

    def started(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """A command that runs."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "ramet", *arguments],
            **{
                "env": self.environ,
                "cwd": self.project,
                "text": True,
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **options,
            },
        )

    def ramet(self, *arguments: str, stdin: str | None = None) -> Done:
        """A command that has ended."""
        process = self.started(*arguments, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
        out, err = process.communicate(stdin, timeout=PATIENCE_S)
        return Done(process.returncode, out, err)

    def typed(self, line: str, **environ: str) -> str:
        """What a person sees at a terminal who types `line`, with an exit code that is not 0."""
        done = subprocess.run(
            ["bash", "-c", f'ramet() {{ "{sys.executable}" -P -m ramet "$@"; }}; {line}'],
            env={**self.environ, **environ},
            cwd=self.project,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout + (f"(exit code {done.returncode})\n" if done.returncode else "")

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        """The answer of this home's host, which is started by that."""
        given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        with Line(self.address) as line:
            return line.ask(Request(method=method, path=path, body=body, headers=given))

    def start(self, name: str = "main") -> None:
        """Start a session in the project."""
        self.ask("POST", "/v1/sessions", {"name": name, "cwd": str(self.project), **BARE})

    def run(self, code: str, name: str = "main", **more: Any) -> dict[str, Any]:
        """The result of some code."""
        result: dict[str, Any] = self.ask("POST", f"/v1/sessions/{name}/run", {"code": code, **more})["answer"]
        return result

    @property
    def address(self) -> Address:
        """Where the host is, also when a test has moved the home."""
        return Address(path=self.folder / "host.sock")

    @property
    def pid(self) -> int:
        """The process of the host."""
        return int(self.ask("GET", "/v1/host")["answer"]["pid"])

    def end(self) -> None:
        """End the host and all sessions, and see that nothing is left but files that say what was."""
        try:
            with Line(self.address, start=bool(Places(home=self.folder).names())) as line:
                status = line.ask(Request(method="GET", path="/v1/host"))["answer"]
                line.ask(Request(method="POST", path="/v1/host/stop", body={"end_sessions": True}))
        except BrokenError:
            self.check_nothing_runs()
            return
        wait_until(lambda: not alive(status["pid"]))
        assert not (self.folder / "host.sock").exists()
        self.check_nothing_runs()
        log = (self.folder / "host.log").read_text(encoding="utf-8")
        assert "Traceback" not in log, log
        assert (self.folder / "host.err").read_text(encoding="utf-8") == ""

    def check_nothing_runs(self) -> None:
        """No process of a session, nor of what it came from, is left."""
        wait_until(lambda: not those_of(self.folder), 10, lambda: those_of(self.folder))
        assert Places(home=self.folder).names() == []

    def kill(self) -> None:
        """Kill the host, if there is one, whatever it is about; what it held is let go of when this returns."""
        for pid in self._hosts():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda pid=pid: not alive(pid))  # type: ignore[misc]

    def _hosts(self) -> list[int]:
        found = []
        for process in processes.table():
            with contextlib.suppress(OSError):
                about = Path(f"/proc/{process.pid}")
                is_ours = f"RAMET_HOME={self.folder}\0".encode() in (about / "environ").read_bytes()
                if is_ours and b"\0ramet.host\0" in (about / "cmdline").read_bytes():
                    found.append(process.pid)
        return found


def answer(done: Done) -> Any:
    """What a command with --json has answered."""
    return json.loads(done.out)["answer"]
