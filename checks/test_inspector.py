"""The Inspector of the protocol's makers, which is strict with schemas, and calls what it is told to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from clients import COMMAND

if TYPE_CHECKING:
    from clients import Place

#: The protocol with sessions, and the one of 2026-07-28 without.
ERAS = ("legacy", "modern")

#: Exit codes of the Inspector; 5 is for a result with the protocol's error flag.
_OK, _REFUSED = 0, 5

#: A first call of each tool in an empty project, and what it gives.
CALLS = {
    "run": ({"code": "6 * 7"}, _OK, "42\n[cell 1: ok in"),
    "sessions": ({"action": "start", "session": "second", "shell": "python"}, _OK, "[session second started: Python"),
    "look": ({}, _REFUSED, "run(code) starts it"),
    "wait": ({}, _REFUSED, "run(code) starts it"),
    "answer": ({"text": "yes"}, _REFUSED, "run(code) starts it"),
    "interrupt": ({}, _REFUSED, "run(code) starts it"),
    "undo": ({}, _REFUSED, "run(code) starts it"),
    "branch": ({"name": "other"}, _REFUSED, "run(code) starts it"),
}


def inspected(place: Place, method: str, *options: str, era: str = "modern", exit_code: int = _OK) -> Any:
    """What a request gives, to a server of its own."""
    told = place.run(
        *("mcp-inspector", "--cli", *COMMAND, "--protocol-era", era, "--quiet", "--format", "json"),
        *("--method", method, *options),
        exit_codes=(exit_code,),
    )
    return json.loads(told)["result"]


@pytest.mark.parametrize("era", ERAS)
def test_the_schemas_suit_every_client(place: Place, era: str) -> None:
    """`--strict` finds nothing that some client could stumble over."""
    listed = inspected(place, "tools/list", "--strict", era=era)
    assert {tool["name"] for tool in listed["tools"]} == set(CALLS)


@pytest.mark.parametrize("tool", CALLS)
def test_each_tool_can_be_called(place: Place, tool: str) -> None:
    """And what cannot be done says which call comes first."""
    arguments, exit_code, expected = CALLS[tool]
    given = ("--tool-name", tool, "--tool-args-json", json.dumps(arguments))
    (content,) = inspected(place, "tools/call", *given, exit_code=exit_code)["content"]
    assert expected in content["text"]


@pytest.mark.parametrize("era", ERAS)
def test_resources_are_told_of(place: Place, era: str) -> None:
    """By their templates; a project without sessions has none."""
    assert inspected(place, "resources/list", era=era)["resources"] == []
    templates = inspected(place, "resources/templates/list", era=era)["resourceTemplates"]
    assert len(templates) == 3  # what a cell showed, a picture of it, and the session as a notebook
    assert all(one["uriTemplate"].startswith("ramet://sessions/{session}/") for one in templates)


def test_many_calls_at_once(place: Place) -> None:
    """One after the other in one session, none lost."""
    given = ("--tool-name", "run", "--tool-args-json", json.dumps({"code": "1 + 1"}))
    load = inspected(place, "tools/call", *given, "--load", "--load-requests", "100", "--load-concurrency", "10")
    assert (load["ok"], load["toolErrors"], load["errors"]) == (100, 0, 0)
