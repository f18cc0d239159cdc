"""What a client of a pipe is told, whatever becomes of the hosts behind it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ramet.client.foreword import Foreword
from ramet.client.relay import Relay

MODERN = {"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}


def line(**message: Any) -> bytes:
    """A message."""
    return json.dumps({"jsonrpc": "2.0", **message}).encode()


def call(number: int | str, tool: str = "run", **params: Any) -> bytes:
    """A call of a tool."""
    return line(id=number, method="tools/call", params={"name": tool, "arguments": {"session": "fit"}, **params})


def answer(number: int | str) -> bytes:
    """An answer."""
    return line(id=number, result={})


def greeted() -> Relay:
    """A relay whose client has greeted the first host."""
    relay = Relay()
    assert relay.from_client(line(id=0, method="initialize"))
    assert relay.from_host(answer(0))
    assert relay.from_client(line(method="notifications/initialized"))
    return relay


def test_a_call_ends_with_its_host() -> None:
    """The model is told what happened and what to do; a late answer is not passed on."""
    relay = greeted()
    relay.from_client(call(1))
    (told,) = relay.lost()
    result = json.loads(told)["result"]
    assert result["isError"]
    assert 'wait(session="fit")' in result["content"][0]["text"]
    assert not relay.waiting
    assert not relay.from_host(answer(1))


@pytest.mark.parametrize(
    ("tool", "step"),
    [("run", "wait("), ("answer", "wait("), ("look", "call it again"), ("undo", 'look(session="fit")')],
)
def test_the_next_step_fits_the_tool(tool: str, step: str) -> None:
    """What may have been done is looked for; what only reads is repeated."""
    relay = Relay()
    relay.from_client(call(1, tool))
    assert step in relay.lost()[0].decode().replace('\\"', '"')


def test_a_result_of_the_newest_protocol_is_complete() -> None:
    """It has a field for that; the former ones do not know it."""
    relay = Relay()
    relay.from_client(call(1))
    relay.from_client(call("1", **MODERN))
    old, new = (json.loads(told) for told in relay.lost())
    assert (old["id"], new["id"]) == (1, "1")
    assert "resultType" not in old["result"]
    assert new["result"]["resultType"] == "complete"


def test_the_next_host_is_greeted_and_the_client_is_not_told() -> None:
    """It gets what only reads once more, too."""
    relay = greeted()
    relay.from_client(line(id=1, method="tools/list"))
    assert relay.lost() == []
    methods = [json.loads(one)["method"] for one in relay.resumed()]
    assert methods == ["initialize", "notifications/initialized", "tools/list"]
    assert not relay.from_host(answer(0))
    assert relay.from_host(answer(1))
    assert not relay.waiting


def test_a_host_that_died_of_the_greeting() -> None:
    """The client has no answer yet, and gets the next host's."""
    relay = Relay()
    relay.from_client(line(id=0, method="initialize"))
    assert relay.lost() == []
    assert len(relay.resumed()) == 1
    assert relay.from_host(answer(0))


def test_two_hosts_that_died_of_a_request_are_enough() -> None:
    """Then it has failed."""
    relay = Relay()
    relay.from_client(line(id=1, method="resources/list"))
    assert relay.lost() == []
    assert json.loads(relay.lost()[0])["error"]["code"] == -32603
    assert relay.resumed() == []


def test_what_was_cancelled_is_not_answered() -> None:
    """Neither by this host, nor for it."""
    relay = greeted()
    relay.from_client(call(1))
    assert relay.from_client(line(method="notifications/cancelled", params={"requestId": 1}))
    assert not relay.from_host(answer(1))
    assert relay.lost() == []


def test_an_answer_goes_to_the_host_that_asked() -> None:
    """Another one would take it for the answer to its own question."""
    relay = greeted()
    assert relay.from_host(line(id=1, method="elicitation/create"))
    assert relay.from_client(answer(1))
    assert relay.from_host(line(id=2, method="ping"))
    relay.lost()
    assert not relay.from_client(answer(2))


@pytest.mark.parametrize("wrong", [b"no json", b"[1, 2]", b"\xff\xfe", b"[" * 100_000, b'{"id": {}, "x": 1}', b"{}"])
def test_what_is_no_message_waits_for_nothing(wrong: bytes) -> None:
    """What to say of it is the host's business."""
    relay = Relay()
    relay.from_client(wrong)
    assert relay.from_host(b"no json")
    assert not relay.waiting
    assert relay.refused(wrong, "too large") == []


def test_no_host_is_an_answer() -> None:
    """To a call one that a model reads, to others the protocol's."""
    relay = Relay()
    relay.from_client(call(1))
    relay.from_client(line(id=2, method="tools/list"))
    first, second = (json.loads(told) for told in relay.failed("no \udcff host"))
    assert first["result"]["content"][0]["text"] == "no \udcff host"
    assert second["error"]["message"] == "no \udcff host"


def test_a_client_that_was_greeted_before_there_was_a_host() -> None:
    """The host is greeted all the same, and its answer goes nowhere."""
    relay, foreword = Relay(), Foreword.of_this_version()
    params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    hello, lists, run = line(id=0, method="initialize", params=params), line(id=1, method="tools/list"), call(2)
    relay.from_client(hello)
    (told,) = relay.foretold(hello, foreword)
    assert json.loads(told)["result"]["serverInfo"]["name"] == "ramet"
    for one in (lists, run):
        relay.from_client(one)
    assert [json.loads(told)["id"] for told in relay.foretold(lists, foreword)] == [1]
    assert relay.foretold(run, foreword) == []
    assert relay.resumed() == [hello, run]
    assert not relay.from_host(answer(0))
    assert relay.from_host(answer(2))
    assert not relay.waiting


def test_nothing_is_foretold_that_was_not_asked() -> None:
    """What is no request, or was cancelled, is not answered."""
    relay, foreword = greeted(), Foreword.of_this_version()
    for wrong in (b"no json", b"[1]", b"7", line(method="ping"), line(id=9, method="ping")):
        assert relay.foretold(wrong, foreword) == []
