"""The conformance scenarios of the protocol's makers, as far as they can be asked of this server.

The others want a server made for them: tools, prompts and resources of given names (`tools-call-*`, `prompts-*`,
`resources-read-*`, `json-schema-2020-12`, `input-required-result-*`, `http-custom-header-*`, `server-sse-polling`), or
what this one does not offer: logging, completion, subscriptions, sampling, elicitation, tasks and skills.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from clients import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clients import Place

SCENARIOS = (
    "server-initialize",
    "server-session-lifecycle",
    "server-stateless",
    "server-sse-multiple-streams",
    "ping",
    "tools-list",
    "resources-list",
    "sep-2164-resource-not-found",
    "dns-rebinding-protection",
    "http-header-validation",
    "caching",
)

#: Parts of these scenarios that cannot be passed, and why.
BEYOND = {
    "sep-2575-server-rejects-undeclared-capability": "wants a tool that is made for it",
    "sep-2575-missing-capability-http-400": "wants the same tool",
    "sep-2549-prompts-list-caching-hints": "there are no prompts",
}


@contextmanager
def served() -> Iterator[str]:
    """The address of a server."""
    command = [sys.executable, HERE / "http_server.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_is_passed(place: Place, scenario: str) -> None:
    """Each of its checks, but for those that ask for what is not there."""
    with served() as url:
        command = ("conformance", "server", "--url", url, "--scenario", scenario, "--output-dir", "told")
        place.run(*command, exit_codes=(0, 1))
    (told,) = place.project.glob("told/**/checks.json")
    checks = json.loads(told.read_text(encoding="utf-8"))
    assert [check for check in checks if check["status"] == "FAILURE" and check["id"] not in BEYOND] == []
    assert [check for check in checks if check["status"] == "SUCCESS"]
