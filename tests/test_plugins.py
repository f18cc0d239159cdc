"""What `plugins/` says of the package is true. That clients can use it, `make check-clients` finds out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support import ROOT

import ramet

PLUGINS = ROOT / "plugins"

#: As semantic versioning writes the version.
VERSION = re.sub(r"\.dev(\d+)$", r"-dev.\1", ramet.__version__)

MANIFESTS = ("ramet/.claude-plugin/plugin.json", "ramet/.codex-plugin/plugin.json", "mcpb/manifest.json", "server.json")


def read(path: str) -> Any:
    """A JSON file of this folder."""
    return json.loads((PLUGINS / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MANIFESTS)
def test_manifests_agree_with_the_package(path: str) -> None:
    """In name, version and license, and with each other in what they say it is."""
    manifest = read(path)
    assert manifest["name"].rpartition("/")[2] == "ramet"
    assert manifest["version"] == VERSION
    assert manifest.get("license", "MIT") == "MIT"
    assert manifest["description"] == read(MANIFESTS[0])["description"]


def test_all_start_the_same_command() -> None:
    """`ramet mcp`."""
    server = read("ramet/.mcp.json")["mcpServers"]["ramet"]
    assert [server["command"], *server["args"]] == ["ramet", "mcp"]
    assert "ramet mcp" in " ".join(read("mcpb/manifest.json")["server"]["mcp_config"]["args"])
    (package,) = read("server.json")["packages"]
    assert (package["identifier"], package["version"]) == ("ramet", ramet.__version__)
    assert [argument["value"] for argument in package["packageArguments"]] == ["mcp"]


@pytest.mark.parametrize("path", [".claude-plugin/marketplace.json", ".agents/plugins/marketplace.json"])
def test_the_repository_lists_the_plugin(path: str) -> None:
    """At the place where it is."""
    (listed,) = json.loads((ROOT / path).read_text(encoding="utf-8"))["plugins"]
    source = listed["source"]["path"] if isinstance(listed["source"], dict) else listed["source"]
    assert (ROOT / source / "skills" / "ramet" / "SKILL.md").is_file()
