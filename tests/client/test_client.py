"""The client's faces: what is written for embedded sessions runs against a host."""

from __future__ import annotations

import inspect
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from homes import BARE
from support import wait_until

import ramet
from ramet.client.address import Address, address

if TYPE_CHECKING:
    from homes import Home


def members(of: type) -> dict[str, Any]:
    """Public methods and properties by name."""
    return {name: member for name, member in inspect.getmembers(of) if not name.startswith("_")}


#: What a host's session has besides: methods with another argument.
_MORE = {"start": {"or_get"}}
#: Of a manager's session only: what a host does not ask about.
_OTHER: dict[type, set[str]] = {ramet.Manager: {"status", "stop"}}
#: Of an owner of sessions only.
_OWNERS = {"adopt"}
_OWNERS_ARGUMENTS = {"close": {"end_sessions"}}


@pytest.mark.parametrize(
    ("local", "remote"),
    [
        (ramet.Session, ramet.RemoteSession),
        (ramet.Execution, ramet.RemoteExecution),
        (ramet.Manager, ramet.RemoteManager),
    ],
    ids=lambda of: of.__name__,
)
def test_the_faces_are_the_same(local: type, remote: type) -> None:
    """Names, arguments and their defaults."""
    ours, theirs = members(remote), members(local)
    assert set(ours) - _OTHER.get(local, set()) == set(theirs) - _OWNERS
    for name, member in theirs.items():
        if callable(member) and name in ours:
            defaults = {one.name: one.default for one in inspect.signature(member).parameters.values()}
            wanted = {one: defaults[one] for one in defaults if one not in _OWNERS_ARGUMENTS.get(name, ())}
            there = {one.name: one.default for one in inspect.signature(ours[name]).parameters.values()}
            assert set(there) - set(wanted) <= _MORE.get(name, set()), name
            assert {one: there[one] for one in wanted} == wanted, name


def explored(session: ramet.Session | ramet.RemoteSession) -> list[object]:
    """What some code that uses a session gets."""
    got: list[object] = [session.run("x = [1, 2]\nx").text, session.run("1/0").outcome, session.names]
    got.append(session.run("y = a + 1\ny", given={"a": (1, 2)[1]}, pickled=True).pickled)
    got += [str(session.undo()), session.next_cell, str(session.redo()), session.run("input('who? ')").outcome]
    session.answer("Ada")
    last = session.last
    assert last is not None
    got += [last.wait().text, session.variables("x").rows, str(session.inspect("x")), session.complete("impo").matches]
    got += [
        str(session.lines(1)),
        str(session.search("Ada")),
        session.cell("out:1").result.text,
        len(session.history()),
        [(past.result.code, past.result.outputs) for past in session.history(outputs=False)],
    ]
    got += [[case.value for case in session.map("x[0] * k", [{"k": 2}, {"k": 1j}])]]
    got += [event for event in session.submit("print('a')\n'b'") if isinstance(event, (ramet.Text, ramet.Display))]
    shown, position = last.since()
    again, end = last.since(position)
    got += [shown.text, again.outputs, again.outcome, end == position]
    following = session.follow()
    got.append(next(following))
    session.run("print('seen')")
    got += [event.event for event in itertools.takewhile(lambda one: not isinstance(one.event, ramet.Ended), following)]
    got += [session.interrupt(), session.state, session.running, session.late, session.stack() != ""]
    with session.branch("what-if") as branch:
        got += [branch.run("x.append(3)\nx").text, str(branch.origin), session.run("x").text]
    session.restart()
    got += [session.run("'x' in dir()").text, session.brief().splitlines()[0].split(";")[0]]
    session.close()
    return [*got, session.state]


def test_the_same_code_gets_the_same(host: ramet.RemoteManager) -> None:
    """From a session of this process and from one of a host."""
    with ramet.Manager() as manager:
        embedded = explored(manager.start("data", **BARE))
    assert explored(host.start("data", **BARE)) == embedded


def test_errors_are_of_the_same_classes(host: ramet.RemoteManager) -> None:
    """With message, hint and code."""
    session = host.start("data", **BARE)
    with pytest.raises(ramet.UnknownSessionError, match="open sessions: data"):
        host.get("dta")
    with pytest.raises(ramet.BusyError, match="already"):
        host.start("data", **BARE)
    with pytest.raises(ramet.InvalidError, match="was not run; the next cell is 1"):
        session.undo(to=5)
    with pytest.raises(ramet.InvalidError, match="cannot be pickled"):
        session.run("", given={"f": lambda: 0})
    with pytest.raises(ramet.InterpreterError):
        host.start("other", python="/nowhere/python")
    session.close()
    with pytest.raises(ramet.ClosedError):
        session.run("1")


def test_the_session_is_like_one_of_this_process(host: ramet.RemoteManager, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interpreter, folder and environment are this process's, unless told otherwise."""
    monkeypatch.setenv("OUR_COLOUR", "red")
    session = host.start(env={"SHAPE": "round"}, **BARE)
    code = "import os, sys\n(sys.prefix, os.getcwd(), os.environ['OUR_COLOUR'], os.environ['SHAPE'])"
    assert session.run(code).text == repr((sys.prefix, str(Path.cwd()), "red", "round"))


async def test_asynchronous(home: Home) -> None:
    """Properties are as of the last answer."""
    del home
    async with ramet.AsyncRemoteManager() as host, await host.start("a", **BARE) as session:
        execution = await session.submit("for i in range(3): print(i)")
        assert [event.text async for event in execution if isinstance(event, ramet.Text)][-1][-2:] == "2\n"
        assert execution.done
        assert (await session.run("1 + 1")).text == "2"
        assert session.next_cell == 3
        assert (await (await host.get("a")).run("i")).text == "2"


def test_a_host_that_ends_is_started_again(host: ramet.RemoteManager, home: Home) -> None:
    """The next request finds a new one."""
    host.start("a", **BARE)
    before = host.status()
    home.end()
    assert host.status().host != before.host


def test_addresses(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a URL, from the environment, or this user's socket."""
    assert address() == Address(path=home.folder / "host.sock", folder=Path.cwd())
    monkeypatch.setenv("RAMET_HOST", "https://[::1]:8421/")
    monkeypatch.setenv("RAMET_TOKEN", "secret")
    assert address() == Address(host="::1", port=8421, tls=True, token="secret")
    assert "secret" not in repr(address())
    with pytest.raises(ramet.InvalidError, match="no address of a host"):
        address("localhost")


def test_main_is_the_projects(host: ramet.RemoteManager, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a program as for commands; other names are what they are."""
    monkeypatch.chdir(home.project)
    with ramet.connect() as here:
        assert here.start("main", **BARE).name == "main"
        assert here.start("fit", **BARE).name == "fit"
    (home.project / "other").mkdir()
    monkeypatch.chdir(home.project / "other")
    with ramet.connect() as there:
        with pytest.raises(ramet.UnknownSessionError):
            there.get("main")
        assert there.start("main", or_get=True, **BARE).name == "main-other"
        assert there.get("main").name == "main-other"
        assert there.get("fit").name == "fit"


def test_who_stops_following_hangs_up(host: ramet.RemoteManager) -> None:
    """Also in the middle of a cell."""
    session = host.start("data", **BARE)
    before = host.status().connections
    for _event in session.submit("input('who? ')"):
        break
    for _happening in session.follow():
        break
    wait_until(lambda: host.status().connections <= before)
