"""What is told before there is a server."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest
from support import ROOT

from ramet.client.foreword import Foreword

if TYPE_CHECKING:
    from types import ModuleType

PARAMS = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
HELLO = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": PARAMS}
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def request(method: str, **params: Any) -> dict[str, Any]:
    """A request."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """`tools/generate_foreword.py`."""
    spec = importlib.util.spec_from_file_location("generate_foreword", ROOT / "tools/generate_foreword.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_what_a_server_answers(generator: ModuleType) -> None:
    """The generator was run after the last change of a tool or of the version."""
    assert generator.FILE.read_text(encoding="utf-8") == generator.document()


def test_a_greeting_and_what_follows() -> None:
    """In the version that the client greets in."""
    foreword = Foreword.of_this_version()
    greeted = foreword.result(HELLO, None)
    assert greeted is not None
    assert greeted["protocolVersion"] == "2025-06-18"
    tools = foreword.result(request("tools/list"), HELLO)
    assert tools is not None
    assert len(tools["tools"]) == 8
    assert foreword.result(request("ping"), HELLO) == {}


def test_the_protocol_without_greetings() -> None:
    """Each request has its version, and each result says that it is whole."""
    foreword = Foreword.of_this_version()
    for method in ("server/discover", "tools/list"):
        result = foreword.result(request(method, _meta=MODERN), None)
        assert result is not None
        assert result["resultType"] == "complete"


@pytest.mark.parametrize(
    "unusual",
    [
        request("initialize", **{**PARAMS, "protocolVersion": "2099-01-01"}),
        request("initialize", **{**PARAMS, "clientInfo": {}}),
        request("tools/list", cursor="2"),
        request("tools/list", _meta={**MODERN, "io.modelcontextprotocol/protocolVersion": "2099-01-01"}),
        request("tools/list", _meta={"io.modelcontextprotocol/protocolVersion": "2026-07-28"}),
        request("tools/list", _meta=7),
        request("resources/list"),
        request("tools/call", name="run", arguments={}),
        {**request("ping"), "params": [1]},
        {**request("ping"), "id": None},
        {**request("ping"), "method": ["ping"]},
        {"id": 1, "method": "ping"},
        {},
    ],
)
def test_the_unusual_is_for_a_server_to_answer(unusual: dict[str, Any]) -> None:
    """It knows better, or refuses it."""
    assert Foreword.of_this_version().result(unusual, HELLO) is None


def test_without_a_greeting_nothing_is_certain() -> None:
    """A list in an unknown version of the protocol is for a server to give."""
    assert Foreword.of_this_version().result(request("tools/list"), None) is None
    assert Foreword.of_this_version().result(request("tools/list"), request("initialize")) is None
