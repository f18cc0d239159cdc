"""When a request is made anew, and when its caller is told."""

from __future__ import annotations

import pytest

import ramet
from ramet.client.exchange import Request, verb_request
from ramet.client.persistence import Persistence

GONE = ConnectionResetError("gone")


def test_what_may_be_asked_twice() -> None:
    """What changes nothing, and submissions with a key."""
    assert verb_request("/s", "wait", {}).repeatable
    assert verb_request("/s", "run", {"code": "1", "key": "k"}).repeatable
    assert not verb_request("/s", "run", {"code": "1"}).repeatable
    assert not verb_request("/s", "undo", {"cells": 1}).repeatable
    with pytest.raises(ramet.BrokenError, match="look before you repeat"):
        Persistence(verb_request("/s", "undo", {})).lost(GONE)


def test_the_rest_of_a_wait() -> None:
    """A request that has waited waits less; the first one is as it was made."""
    asking = Persistence(verb_request("/s", "wait", {"wait_s": 10.0}))
    assert asking.request.body == {"wait_s": 10.0}
    asking.lost(GONE)
    assert asking.request.body is not None
    assert 9 < asking.request.body["wait_s"] < 10
    assert Request(method="POST", path="", body={"wait_s": 1.0}).again(5).body == {"wait_s": 0.0}
    assert Request(method="POST", path="", body={"wait_s": None}).again(5).body == {"wait_s": None}


def test_it_ends() -> None:
    """Hosts that go away one after the other are not started for ever; one that stood or told something counts."""
    asking = Persistence(Request(method="GET", path="/", repeatable=True))
    for _ in range(100):
        asking.lost(GONE)
        asking.progressed()
    for _ in range(20):
        asking.lost(GONE)
    with pytest.raises(ramet.BrokenError, match="hosts in a row"):
        asking.lost(GONE)
