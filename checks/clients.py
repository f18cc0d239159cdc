"""Real clients of the server, which `make clients` installs: each in a home of its own, with a model that is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from models import Model

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "node_modules" / ".bin"

#: What starts the server, as docs/mcp.md and the plugins say it.
COMMAND = ("ramet", "mcp")

#: What `ramet` is for the clients: the package of this folder, with a home of its own. It says all that itself, because
#: some of them pass on little of their environment.
_RAMET = """#!/bin/sh
export PYTHONPATH={source} RAMET_HOME={home}/ramet
exec {python} -m ramet "$@"
"""

_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Place:
    """An empty home and an empty project, with the environment of a program that is to know no others."""

    home: Path

    @classmethod
    def made(cls, home: Path) -> Place:
        """A place in an empty folder."""
        place = cls(home)
        place.project.mkdir()
        program = home / "bin" / "ramet"
        program.parent.mkdir()
        told = {"source": HERE.parent / "src", "home": home, "python": sys.executable}
        program.write_text(_RAMET.format(**told), encoding="utf-8")
        program.chmod(0o755)
        return place

    @property
    def project(self) -> Path:
        """The folder that programs are started in."""
        return self.home / "project"

    @property
    def environ(self) -> dict[str, str]:
        """What programs cannot do without."""
        return {
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "RAMET_HOME": str(self.home / "ramet"),
            "PATH": f"{self.home / 'bin'}:{PROGRAMS}:{os.environ['PATH']}",
        }

    def run(self, *command: str, exit_codes: tuple[int, ...] = (0,), **variables: str) -> str:
        """What a program prints that ends with one of the `exit_codes`. It knows `environ` and `variables` only."""
        done = subprocess.run(
            command,
            cwd=self.project,
            env=self.environ | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        assert done.returncode in exit_codes, f"{command}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def settings(self, path: str) -> str:
        """A file that a program has written in its home."""
        return (self.home / path).read_text(encoding="utf-8")


class Client(Protocol):
    """A program that lets a model use the server. `adding` is the line of docs/mcp.md that makes it do so."""

    adding: str

    def added(self, place: Place) -> list[str]:
        """The command that the client has written down after that line."""
        ...

    def ask(self, place: Place, model: Model) -> None:
        """Let the model have its turns."""
        ...


class ClaudeCode:
    """`claude`. It holds the tools back behind a search unless told otherwise; the model here does not search."""

    adding = "claude mcp add ramet -- ramet mcp"

    def added(self, place: Place) -> list[str]:
        written = json.loads(place.settings(".claude.json"))["projects"][str(place.project)]["mcpServers"]["ramet"]
        return [written["command"], *written["args"]]

    def ask(self, place: Place, model: Model, *options: str, search: str = "false") -> None:
        place.run(
            *("claude", "-p", "begin", "--allowedTools", "mcp__ramet", *options),
            ANTHROPIC_BASE_URL=model.url,
            ANTHROPIC_API_KEY="none",
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
            DISABLE_AUTOUPDATER="1",
            ENABLE_TOOL_SEARCH=search,
            MCP_CONNECTION_NONBLOCKING="0",  # else a server that takes two seconds misses the first turn
        )


class Codex:
    """`codex`. Without a person to ask it calls the tools of no server that was not approved of in its settings."""

    adding = "codex mcp add ramet -- ramet mcp"

    def added(self, place: Place) -> list[str]:
        written = json.loads(place.run("codex", "mcp", "get", "ramet", "--json"))["transport"]
        return [written["command"], *written["args"]]

    def ask(self, place: Place, model: Model, *, server: str = "mcp_servers.ramet") -> None:
        provider = {"name": "none", "base_url": f"{model.url}/v1", "wire_api": "responses"}
        settings = {
            "model": "none",
            "model_provider": "none",
            **{f"model_providers.none.{name}": value for name, value in provider.items()},
            f"{server}.default_tools_approval_mode": "approve",
            f"{server}.required": True,  # else a server that takes a second misses the first turn
        }
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={json.dumps(value)}")]
        place.run("codex", "exec", "--skip-git-repo-check", *given, "begin")


class GeminiCli:
    """`gemini`. It starts servers in folders only that a person trusts."""

    adding = "gemini mcp add --scope user ramet ramet mcp"
    _SETTINGS = ".gemini/settings.json"

    def added(self, place: Place) -> list[str]:
        written = json.loads(place.settings(self._SETTINGS))["mcpServers"]["ramet"]
        return [written["command"], *written["args"]]

    def ask(self, place: Place, model: Model) -> None:
        settings = {
            **json.loads(place.settings(self._SETTINGS)),
            "security": {"auth": {"selectedType": "gemini-api-key"}},
            "privacy": {"usageStatisticsEnabled": False},
            "general": {"enableAutoUpdate": False},
        }
        (place.home / self._SETTINGS).write_text(json.dumps(settings), encoding="utf-8")
        place.run(
            *("gemini", "-p", "begin", "--yolo", "--skip-trust", "--model", "gemini-2.5-pro"),
            GOOGLE_GEMINI_BASE_URL=model.url,
            GEMINI_API_KEY="none",
        )


CLIENTS: dict[str, Client] = {"claude": ClaudeCode(), "codex": Codex(), "gemini": GeminiCli()}
