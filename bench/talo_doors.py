"""The doors of Talo: `talo_doors.py MEASURE` prints figures as JSON, in the interpreter that its sessions use."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from doors import Doors, carry_out, scratch, wait_for_end
from mcp_client import Server
from talo.client import TaloError, call
from workloads import SMALL_CELL

if TYPE_CHECKING:
    from collections.abc import Iterator

_TALO = Path(sys.executable).with_name("talo")


class TaloDoors(Doors):
    """Sessions kept by Talo's supervisor, which its commands start."""

    @property
    def _python(self) -> str:
        return sys.executable

    @contextmanager
    def _home(self) -> Iterator[None]:
        with scratch("talo") as home:
            os.environ["TALO_HOME"] = str(home)  # for `call`, too
            self.environ, self.folder = dict(os.environ), home / "project"
            try:
                yield
            finally:
                _end()

    def _command(self) -> list[str | Path]:
        return [_TALO, "run", SMALL_CELL]

    def _server(self, new: str = "") -> Server:
        session = ["--session", new] if new else []
        return Server(
            command=(_TALO, "mcp", *session),
            folder=self.folder,
            environ=self.environ,
            tool="run",
            argument="code",
            others={"timeout": 50},
        )

    def _result(self, reply: str) -> str:
        return json.loads(reply)["job"]["result"]["data"]["text/plain"]


def _end() -> None:
    """Have the supervisor end, if there is one."""
    try:
        pid = call("ping", autostart=False)["pid"]
    except TaloError:
        return
    call("shutdown", autostart=False)
    wait_for_end(pid)


if __name__ == "__main__":
    carry_out(TaloDoors(), sys.argv[1])
