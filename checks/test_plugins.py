"""The plugin in `plugins/ramet`, as Claude Code and Codex install it from this repository."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clients import HERE, ClaudeCode, Codex
from models import Anthropic, Call, model

if TYPE_CHECKING:
    import pytest
    from clients import Place

ROOT = HERE.parent

CALL = Call(tool="run", arguments={"code": "6 * 7"})


def test_claude_code_finds_nothing_wrong(place: Place) -> None:
    """Neither with the plugin nor with the marketplace that lists it."""
    place.run("claude", "plugin", "validate", "--strict", str(ROOT))
    place.run("claude", "plugin", "validate", "--strict", str(ROOT / "plugins" / "ramet"))


def test_the_bundle_for_claude_desktop_is_valid(place: Place) -> None:
    """Its manifest is; what is in it, `make mcpb` packs."""
    place.run("mcpb", "validate", str(ROOT / "plugins" / "mcpb" / "manifest.json"))


def test_claude_code_runs_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tools are there from the first turn on, without a search, and so is the skill."""
    monkeypatch.setattr(Anthropic, "prefix", "mcp__plugin_ramet_ramet__")
    place.run("claude", "plugin", "marketplace", "add", str(ROOT))
    place.run("claude", "plugin", "install", "ramet@ramet")
    with model(CALL) as made:
        ClaudeCode().ask(place, made, "--allowedTools", "mcp__plugin_ramet_ramet", search="true")
    assert made.shown[0].text.endswith("ms]")
    assert "\n42\n" in made.shown[0].text
    assert "- ramet:ramet: Persistent Python and IPython sessions from the shell." in str(made.requests[0]["messages"])


def test_codex_runs_it(place: Place) -> None:
    """And knows of the skill."""
    (place.home / ".codex").mkdir()
    place.run("codex", "plugin", "marketplace", "add", str(ROOT))
    place.run("codex", "plugin", "add", "ramet@ramet")
    (installed,) = place.home.glob(".codex/plugins/cache/ramet/ramet/*/.mcp.json")
    servers = json.loads(installed.read_text(encoding="utf-8"))
    servers["mcpServers"]["ramet"]["required"] = True  # else a server that takes a second misses the first turn
    installed.write_text(json.dumps(servers), encoding="utf-8")
    with model(CALL) as made:
        Codex().ask(place, made, server="plugins.ramet@ramet.mcp_servers.ramet")
    assert "\n42\n" in made.shown[0].text
    assert "Persistent Python and IPython sessions from the shell." in json.dumps(made.requests[0])
