"""The host as a process: how it begins and ends, and who may come in."""

from __future__ import annotations

import concurrent.futures
import json
import os
import signal
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from homes import answer
from support import alive, wait_until

import ramet
from ramet.client.exchange import Exchange, Messages, Request
from ramet.client.line import Line

if TYPE_CHECKING:
    from pathlib import Path

    from homes import Home


def raw(home: Home, text: bytes, address: tuple[str, int] | None = None) -> bytes:
    """All that comes back for some bytes."""
    connection = home.address.connected() if address is None else socket.create_connection(address)
    with connection:
        connection.settimeout(20)
        connection.sendall(text)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture
def door(home: Home) -> tuple[str, int]:
    """A TCP address of the host."""
    url = home.ask("POST", "/v1/host/listen", {"address": "127.0.0.1:0"})["answer"]["address"]
    host, port = url.removeprefix("http://").split(":")
    return host, int(port)


def status_of(home: Home, address: tuple[str, int], **headers: str) -> int:
    """How a request over TCP ends."""
    given = {"Host": f"{address[0]}:{address[1]}", "Connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
    return int(raw(home, f"GET /v1/host HTTP/1.1\r\n{lines}\r\n".encode(), address).split()[1])


def test_only_the_token_opens_the_door(home: Home, door: tuple[str, int]) -> None:
    """A wrong one, none, a foreign name or a foreign page do not."""
    token = (home.folder / "token").read_text(encoding="ascii")
    assert (home.folder / "token").stat().st_mode & 0o777 == 0o600
    right = {"Authorization": f"Bearer {token}"}
    own = f"127.0.0.1:{door[1]}"
    assert status_of(home, door, **right) == 200
    assert status_of(home, door) == 403
    assert status_of(home, door, Authorization=f"Bearer {token}x") == 403
    assert status_of(home, door, **right, Host="evil.example:80") == 403
    assert status_of(home, door, **right, Origin="http://evil.example") == 403
    assert status_of(home, door, **right, Origin="null") == 403
    assert status_of(home, door, **right, Origin=f"http://{own}") == 200
    assert status_of(home, door, **right, Host=f"localhost:{door[1]}") == 200


def test_a_client_comes_in_over_tcp(home: Home, door: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the token of this user's host; with another it is refused."""
    url = f"http://{door[0]}:{door[1]}"
    with ramet.connect(url) as host, host.start(shell="python", preload=[]) as session:
        assert session.run("6 * 7").text == "42"
    monkeypatch.setenv("RAMET_TOKEN", "wrong")
    with ramet.connect(url) as host, pytest.raises(ramet.ForbiddenError, match="token"):
        host.list()
    assert home.ramet("ls", "--json").code == 0


def test_no_open_door_without_a_token(home: Home) -> None:
    """Other machines need one; and an address must be one."""
    with pytest.raises(ramet.InvalidError, match="needs a token"):
        home.ask("POST", "/v1/host/listen", {"address": "0.0.0.0:0", "token": False})
    with pytest.raises(ramet.InvalidError, match="no address"):
        home.ask("POST", "/v1/host/listen", {"address": "8421"})


def test_a_door_that_cannot_open_costs_nothing(home: Home, tmp_path: Path) -> None:
    """The host goes on, and tells what is wrong with the certificate."""
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nonsense")
    pid = home.pid
    for file in (str(wrong), str(tmp_path / "none.pem"), "\0"):
        with pytest.raises(ramet.InvalidError, match="is no certificate"):
            home.ask("POST", "/v1/host/listen", {"address": "127.0.0.1:0", "certificate": file})
    assert (home.pid, home.ask("GET", "/v1/host")["answer"]["address"]) == (pid, "")


def test_a_stale_socket_is_no_obstacle(home: Home) -> None:
    """Nor are locks that a killed host has left."""
    pid = home.pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not alive(pid))
    assert (home.folder / "host.sock").exists()
    assert home.ramet("run", "1 + 1").out.startswith("2\n")


def test_a_folder_that_others_can_look_into_is_refused(home: Home) -> None:
    """With what to do about it."""
    home.folder.chmod(0o755)
    done = home.ramet("run", "1")
    assert done.code == 2
    assert f"others may look into {home.folder} (drwxr-xr-x); chmod 700 {home.folder}" in done.err
    home.folder.chmod(0o700)


def test_what_is_no_home_is_refused(home: Home) -> None:
    """A file, and a folder of another user."""
    file = home.project / "file"
    file.touch()
    home.environ["RAMET_HOME"] = str(file)
    assert "is not a folder" in home.ramet("run", "1").err
    if os.getuid() == 0:
        os.chown(home.project, 4242, 4242)
        home.project.chmod(0o700)
        home.environ["RAMET_HOME"] = str(home.project)
        assert "belongs to user 4242, not to you" in home.ramet("run", "1").err


def test_a_path_longer_than_a_socket_address(home: Home) -> None:
    """And with other letters in it."""
    home.folder = home.folder / ("sehr länge " * 10) / ("x" * 60)
    home.environ["RAMET_HOME"] = str(home.folder)
    assert home.ramet("run", "1 + 1").out.startswith("2\n")
    assert home.ramet("stop", "--end-sessions").code == 0


def test_a_host_that_cannot_start_says_why(home: Home) -> None:
    """Not that it took too long."""
    (home.folder / "host.log").mkdir()
    done = home.ramet("run", "1")
    assert done.code == 2
    assert "could not be started" in done.err
    assert "host.log" in done.err
    (home.folder / "host.log").rmdir()


def test_it_ends_when_nobody_needs_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not while there is a session."""
    monkeypatch.setenv("RAMET_IDLE_S", "0.2")
    pid = home.pid
    home.start()
    time.sleep(0.6)  # the absence of an end is what is waited for
    assert alive(pid)
    home.ask("DELETE", "/v1/sessions/main")
    wait_until(lambda: not alive(pid))
    assert not (home.folder / "host.sock").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_host_ends_and_its_sessions_do_not(home: Home, number: int) -> None:
    """By whatever signal; the next one has them again."""
    home.start()
    home.run("x = 6")
    worker = home.ask("GET", "/v1/sessions/main")["answer"]["info"]["pid"]
    pid = home.pid
    os.kill(pid, number)
    wait_until(lambda: not alive(pid))
    assert alive(worker)
    assert home.ramet("run", "x * 7").out.startswith("42\n")
    assert home.ask("GET", "/v1/sessions/main")["answer"]["info"]["pid"] == worker
    assert home.pid != pid


def test_a_closed_terminal_does_not_end_it(home: Home) -> None:
    """SIGHUP is nothing to it."""
    pid = home.pid
    os.kill(pid, signal.SIGHUP)
    assert home.pid == pid


def test_a_repeated_submission_runs_once(home: Home) -> None:
    """By its key, while it runs and afterwards; other code needs another key."""
    home.start()
    home.run("n = 0")
    first = {"code": "n += 1\nimport time; time.sleep(0.3)\nn", "key": "k"}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda _: home.run(**first), range(4)))
    results.append(home.run(**first))
    assert {result["cell"] for result in results} == {2}
    assert home.run("n")["outputs"][0]["value"]["data"]["text/plain"] == "1"
    with pytest.raises(ramet.InvalidError, match="used for other code"):
        home.run("n", key="k")


def test_a_stream_goes_on_where_it_broke_off(home: Home) -> None:
    """By the id of the last event that was seen."""
    home.start()
    home.run("for i in range(3): print(i, flush=True)\n9")
    path = "/v1/sessions/main/executions/1/events"
    with Line(home.address) as line:
        events = list(line.events(Request(method="GET", path=path)))
    assert events[-1][1]["is"] == "ended"
    numbers = [int(number or 0) for number, _ in events]
    assert numbers == sorted(set(numbers))
    for index, number in enumerate(numbers[:-1], start=1):
        with Line(home.address) as line:
            rest = list(line.events(Request(method="GET", path=path, headers=(("last-event-id", str(number)),))))
        assert rest == events[index:]


def test_a_reader_that_does_not_read_harms_nobody(home: Home) -> None:
    """The cell ends, others are served, and the host holds the events once."""
    home.start()
    home.ask("POST", "/v1/sessions/main/submit", {"code": "for i in range(300_000): print('line', i)\n'done'"})
    readers = [home.address.connected() for _ in range(5)]
    for reader in readers:
        reader.sendall(b"GET /v1/sessions/main/executions/1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    result = home.ask("POST", "/v1/sessions/main/wait", {})["answer"]
    assert result["outcome"]["is"] == "completed"
    for reader in readers:
        reader.close()


def test_a_hundred_clients_at_once(home: Home) -> None:
    """Each gets its own answer."""
    home.start()
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        results = list(pool.map(lambda number: home.run(str(number)), range(100)))
    assert [result["outputs"][0]["value"]["data"]["text/plain"] for result in results] == [str(n) for n in range(100)]


def test_who_goes_away_leaves_the_cell_alone(home: Home) -> None:
    """A request that nobody waits for any more ends, and the cell does not."""
    home.start()
    body = json.dumps({"code": "input()\n'went on'"})
    with home.address.connected() as waiting:
        head = f"POST /v1/sessions/main/run HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        waiting.sendall((head + body).encode())
        wait_until(lambda: home.ask("GET", "/v1/sessions/main")["answer"]["state"]["name"] == "waiting_input")
    wait_until(lambda: home.ask("GET", "/v1/host")["answer"]["connections"] == 1)
    home.ask("POST", "/v1/sessions/main/answer", {"text": "x"})
    assert "went on" in str(home.ask("POST", "/v1/sessions/main/wait", {}))


def test_who_goes_away_in_the_middle_is_no_defect(home: Home) -> None:
    """The host's log has nothing of a request of which half has come, which `home` looks at."""
    home.start()
    with home.address.connected() as connection:
        connection.sendall(b"POST /v1/sessions/main/run HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        wait_until(lambda: home.ask("GET", "/v1/host")["answer"]["connections"] == 2)
    wait_until(lambda: home.ask("GET", "/v1/host")["answer"]["connections"] == 1)


REFUSED: list[tuple[bytes, int]] = [
    (b"GET /v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
    (b"PUT /v1/host HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
    (b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{]", 400),
    (b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000000000\r\n\r\n", 413),
    (b"GET /v1/host?limit=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400),
    (b"GET /v1/host?view=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400),
    (b"nonsense\r\n\r\n", 400),
]


@pytest.mark.parametrize(("request_", "status"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_what_cannot_be_is_refused(home: Home, request_: bytes, status: int) -> None:
    """With a status, and mostly an error as JSON."""
    home.ask("GET", "/v1/host")
    got = raw(home, request_)
    assert int(got.split()[1]) == status
    if request_ != b"nonsense\r\n\r\n":
        body = json.loads(got.partition(b"\r\n\r\n")[2])
        assert set(body["error"]) == {"code", "message", "hint"}


def test_an_answer_as_a_reader_gets_it(home: Home) -> None:
    """In about as many characters as wished."""
    home.start()
    body = {"code": "for i in range(1000): print(i)"}
    answered = home.ask("POST", "/v1/sessions/main/run?view=told&limit=500", body)
    assert len(answered["told"]["text"]) < 600
    assert "out:1" in answered["told"]["text"]


def test_a_session_is_followed_by_others(home: Home) -> None:
    """Cells of everybody, from any event on; the stream ends with the session."""
    home.start()
    path = "/v1/sessions/main/events"
    with Line(home.address) as line:
        events = line.events(Request(method="GET", path=path))
        first = next(events)
        assert first[1]["event"] == {"is": "state-changed", "state": {"is": "state", "name": "idle"}}
        home.run("print('a')")
        home.run("1/0")
        home.ask("DELETE", "/v1/sessions/main")
        told = [first, *events]
    cells = [event["event"]["cell"] for _, event in told if event["event"]["is"] == "cell-began"]
    assert cells == [1, 2]
    assert told[-1][1]["event"]["state"]["name"] == "closed"
    home.start()
    home.run("print('a')")
    for last, status in (("0.0", 200), ("x", 400), ("1", 400), ("1.-1", 400), (f"1.{'9' * 30}", 400)):
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {last}\r\n\r\n"
        with home.address.connected() as connection:
            connection.sendall(request.encode())
            assert int(connection.recv(65536).split()[1]) == status


def test_a_session_is_followed_through_a_lost_connection(home: Home) -> None:
    """Who comes again with the id of the last event gets each of the others once."""
    home.start()
    home.run("for i in range(3): print(i)")
    path = "/v1/sessions/main/events"

    def after(last: str) -> list[tuple[str | None, Any]]:
        """What came up to the end of the cell."""
        found = []
        with Line(home.address) as line:
            for number, data in line.events(Request(method="GET", path=path, headers=(("last-event-id", last),))):
                found.append((number, data))
                if data["event"]["is"] == "ended":
                    return found
        raise AssertionError("the cell has ended")

    whole = after("0.0")
    for index, (number, _) in enumerate(whole[:-1], start=1):
        assert after(number or "") == whole[index:]


def test_events_are_whole_however_they_are_cut() -> None:
    """A message may come in many pieces."""
    exchange = Exchange([("host", "ramet")])
    exchange.sent(Request(method="GET", path="/"))
    messages = Messages(exchange)
    events = b'id: 3\nevent: note\ndata: {"is":"note"}\n\n:\n\nevent: omitted\ndata: {"is":"omitted"}\n\n'
    stream = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(events), events)
    found: list[Any] = []
    for index in range(len(stream)):
        found += messages.received(stream[index : index + 1])
    messages.check()
    assert found == [("3", {"is": "note"}), (None, {"is": "omitted"})]


def test_the_log_and_the_status_tell(home: Home) -> None:
    """Where the log is, and what is there."""
    home.start()
    status = answer(home.ramet("status", "--json"))
    assert status["sessions"] == ["main"]
    with open(status["log"], encoding="utf-8") as log:  # noqa: PTH123
        assert status["host"] in log.read()
