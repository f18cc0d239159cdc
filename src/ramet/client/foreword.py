"""What a server of this version answers to everybody in the same way: greetings, and the lists of what there is.

It is kept in a file, `foreword.json`, so that it can be told before there is a server. `tools/generate_foreword.py`
asks a server for it, by way of the SDK; a test fails while the file is not what that would answer.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("foreword.json")

#: What the protocol without greetings has in `_meta` of each request.
_VERSION = "io.modelcontextprotocol/protocolVersion"
_ABOUT_CLIENT = ("io.modelcontextprotocol/clientInfo", "io.modelcontextprotocol/clientCapabilities")


class Foreword:
    """Results by the method of a request and the version of the protocol."""

    def __init__(self, answers: list[dict[str, Any]]) -> None:
        self._results = {(one["method"], version): one["result"] for one in answers for version in one["versions"]}

    @classmethod
    @functools.cache
    def of_this_version(cls) -> Foreword:
        """That of the server that a host of this version has."""
        return cls(json.loads(_FILE.read_text(encoding="utf-8")))

    def result(self, request: dict[str, Any], since: dict[str, Any] | None) -> dict[str, Any] | None:
        """What `request` is answered by a client that was greeted by `since`; None if that is for a server to say.

        Whatever is unusual is for a server to say: an unknown version, a page of a list, something missing.
        """
        match request:
            case {"jsonrpc": "2.0", "id": int() | str(), "method": str(method)}:
                version = _version(method, request.get("params", {}), since)
                return self._results.get((method, version))
        return None


def _version(method: str, params: object, since: dict[str, Any] | None) -> str:
    """The version of the protocol that a request is made in; empty if it is not certain."""
    if not isinstance(params, dict):
        return ""
    if method == "initialize":
        return params["protocolVersion"] if _is_greeting(params) else ""
    meta = params.get("_meta", {})
    if params.keys() - {"_meta"} or not isinstance(meta, dict):
        return ""
    if _VERSION in meta:
        return str(meta[_VERSION]) if all(isinstance(meta.get(name), dict) for name in _ABOUT_CLIENT) else ""
    return _version("initialize", since.get("params"), None) if since is not None else ""


def _is_greeting(params: dict[str, Any]) -> bool:
    match params:
        case {
            "protocolVersion": str(),
            "capabilities": dict(),
            "clientInfo": {"name": str(), "version": str()},
        }:
            return True
    return False
