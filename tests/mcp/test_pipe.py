"""`ramet mcp`, as a client starts it: whole processes, and a host of their own."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import mcp
import pytest
from agents import text_of
from mcp.client.stdio import StdioServerParameters
from support import alive, wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from homes import Home

HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


@asynccontextmanager
async def client(home: Home, folder: Path | None = None, mode: str = "auto") -> AsyncIterator[mcp.Client]:
    """A client with a pipe of its own."""
    command = StdioServerParameters(
        command=sys.executable, args=["-P", "-m", "ramet", "mcp"], env=home.environ, cwd=folder or home.project
    )
    async with asyncio.timeout(60), mcp.Client(command, mode=mode) as opened:
        yield opened


async def told(client: mcp.Client, tool: str, /, **arguments: object) -> str:
    """The text of a call's result."""
    return text_of(await client.call_tool(tool, arguments))


async def until(home: Home, state: str) -> None:
    """Wait until the session `main` is in that state."""
    status = {}
    while status.get("state", {}).get("name") != state:
        if "main" in [one["name"] for one in home.ask("GET", "/v1/sessions")["answer"]]:
            status = home.ask("GET", "/v1/sessions/main")["answer"]
        await asyncio.sleep(0.01)


class Raw:
    """A client that speaks for itself."""

    def __init__(self, home: Home) -> None:
        self.pipe = home.started("mcp", stdin=subprocess.PIPE, text=False)
        assert self.pipe.stdin is not None
        assert self.pipe.stdout is not None
        self.stdin, self.stdout = self.pipe.stdin, self.pipe.stdout

    def say(self, line: bytes) -> None:
        """Write a line."""
        self.stdin.write(line + b"\n")
        self.stdin.flush()

    def send(self, **message: Any) -> None:
        """Write a message."""
        self.say(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def call(self, number: int, tool: str, **arguments: Any) -> None:
        """Call a tool."""
        self.send(id=number, method="tools/call", params={"name": tool, "arguments": arguments})

    def next(self) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(self.stdout.readline())
        return message

    def greet(self) -> None:
        """The greeting of the former protocol."""
        self.send(id=0, method="initialize", params=HELLO)
        assert self.next()["id"] == 0
        self.send(method="notifications/initialized")

    def end(self) -> bytes:
        """Hang up; return what was still to read."""
        self.stdin.close()
        rest = self.stdout.read()
        assert self.pipe.wait(10) == 0
        assert self.pipe.stderr is not None
        assert self.pipe.stderr.read() == b""
        return rest


Connect = Callable[[], Raw]


@pytest.fixture
def connect(home: Home) -> Iterator[Connect]:
    """Makes clients that speak for themselves."""
    made: list[Raw] = []

    def connected() -> Raw:
        made.append(Raw(home))
        return made[-1]

    yield connected
    for one in made:
        with one.pipe as pipe:
            pipe.kill()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_sessions_outlive_the_client(home: Home, mode: str) -> None:
    """The next one finds them by name, and the command line in that folder too."""
    async with client(home, mode=mode) as first:
        assert "session main started: Python" in await told(first, "run", code="x = 6")
    async with client(home, mode=mode) as second:
        assert (await told(second, "run", code="x * 7")).startswith("42\n")
    assert home.ramet("run", "x").out.startswith("6\n")


async def test_each_project_has_its_own_main(home: Home) -> None:
    """Two clients in one folder share it; one in another folder does not, and is told the name."""
    other = home.project.with_name("other")
    other.mkdir()
    async with client(home) as one, client(home) as two, client(home, other) as three:
        await told(one, "run", code="x = 1")
        assert (await told(two, "run", code="x")).startswith("1\n")
        reply = await told(three, "run", code="x")
        assert "[session main-other started" in reply
        assert "NameError" in reply
        assert "cell 2" in await told(three, "run", code="1", session="main")
        assert (await told(three, "sessions")).count("\n") == 1


async def test_a_session_is_like_one_of_the_clients_process(home: Home) -> None:
    """Folder, environment and settings are its own, not the host's."""
    home.start("other")
    home.environ["OUR_COLOUR"] = "red"
    (home.project / "ramet.toml").write_text('session = "usual"\n', encoding="utf-8")
    async with client(home) as agent:
        reply = await told(agent, "run", code="import os; print(os.environ['OUR_COLOUR'], os.getcwd())")
    assert "session usual started: Python" in reply
    assert f"red {home.project}" in reply


async def test_a_host_that_dies_in_a_call(home: Home) -> None:
    """The call ends with what happened and what to do next; the next call finds another host."""
    async with client(home, mode="legacy") as agent:
        call = asyncio.create_task(agent.call_tool("run", {"code": "import time; time.sleep(600)"}))
        await until(home, "busy")
        os.kill(home.pid, signal.SIGKILL)
        result = await call
        assert result.is_error
        assert "the host of the sessions went away" in text_of(result)
        assert 'wait(session="main")' in text_of(result)
        await told(agent, "sessions", action="start", session="other")
        assert "2\n" in await told(agent, "run", code="1 + 1", session="other")
        assert len((await agent.list_tools()).tools) == 8


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_one_answer_for_each_request(home: Home, connect: Connect, number: signal.Signals) -> None:
    """Also for those that a host leaves behind, however it ends."""
    agent = connect()
    agent.greet()
    agent.call(1, "run", code="input()")
    assert "answer(" in agent.next()["result"]["content"][0]["text"]
    agent.call(2, "run", code="import time; time.sleep(600)", session="other", wait_s=50)
    agent.call(3, "sessions", action="start", session="other")
    agent.call(4, "run", code="import time; time.sleep(600)", session="other", wait_s=50)
    assert [agent.next()["id"], agent.next()["id"]] == [2, 3]
    agent.call(5, "wait", session="other", wait_s=50)
    wait_until(lambda: home.ask("GET", "/v1/sessions/other")["answer"]["running"])
    pid = home.pid
    os.kill(pid, number)
    lost = [agent.next(), agent.next()]
    assert [one["id"] for one in lost] == [4, 5]
    assert all("went away" in one["result"]["content"][0]["text"] for one in lost)
    wait_until(lambda: not alive(pid))
    agent.send(id=6, method="tools/list")
    agent.send(id=7, method="ping")
    assert {agent.next()["id"], agent.next()["id"]} == {6, 7}
    assert agent.end() == b""


def test_an_idle_pipe_starts_no_host(home: Home, connect: Connect) -> None:
    """A host that was stopped stays so until something is wanted."""
    agent = connect()
    agent.greet()
    pid = home.pid
    assert home.ramet("stop").code == 0
    wait_until(lambda: not alive(pid))
    agent.send(method="notifications/cancelled", params={"requestId": 77})
    assert home.ramet("status").code == 1
    agent.send(id=1, method="ping")
    assert agent.next() == {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert agent.end() == b""


def test_lines_that_are_no_messages(connect: Connect) -> None:
    """Are answered if they say what to answer, and harm nothing."""
    agent = connect()
    agent.greet()
    for wrong in (b"", b"no json", b"\xff\xfe", b"[" * 100_000, b"[1]", b"{}", b'{"id": 5}', b"null", b"\r"):
        agent.say(wrong)
    agent.say(b'{"jsonrpc": "2.0", "id": 6, "method": 7}')
    assert agent.next()["error"]["code"] == -32600
    agent.say(b'{"jsonrpc": "2.0", "id": 7, "method": "ping"}\r')
    assert agent.next()["id"] == 7
    assert agent.end() == b""


def test_a_megabyte_of_code_and_of_output(connect: Connect) -> None:
    """Pass as they are."""
    agent = connect()
    agent.greet()
    agent.call(1, "run", code=f"x = {'y' * 1_000_000!r}\nprint(len(x))")
    assert "\n1000000\n" in agent.next()["result"]["content"][0]["text"]
    agent.call(2, "run", code="print('z' * 900_000)")
    agent.next()
    agent.send(id=3, method="resources/read", params={"uri": "ramet://sessions/main/out/2"})
    assert agent.next()["result"]["contents"][0]["text"].count("z") == 900_000
    assert agent.end() == b""


def test_a_client_that_does_not_read_harms_nobody(connect: Connect) -> None:
    """The others are served; and it gets all when it does."""
    slow, quick = connect(), connect()
    slow.greet()
    quick.greet()
    slow.call(0, "run", code="print('z' * 900_000)")
    slow.next()
    for number in range(1, 21):
        slow.send(id=number, method="resources/read", params={"uri": "ramet://sessions/main/out/1"})
    quick.call(1, "run", code="6 * 7")
    assert "42\n" in quick.next()["result"]["content"][0]["text"]
    assert {slow.next()["id"] for _ in range(20)} == {*range(1, 21)}
    assert slow.end() == quick.end() == b""


async def test_cancelling_and_progress(home: Home) -> None:
    """Cancelling ends the waiting, not the cell; who wants to is told how it goes."""
    seen: list[str | None] = []

    async def progress(seconds: float, total: float | None, message: str | None) -> None:
        del seconds, total
        seen.append(message)

    async with client(home) as agent:
        call = asyncio.create_task(agent.call_tool("run", {"code": "import time\ntime.sleep(3)\n'slept'"}))
        await until(home, "busy")
        call.cancel()
        await asyncio.wait({call})
        result = await agent.call_tool("wait", {}, progress_callback=progress)
        assert "'slept'" in text_of(result)
    assert any("time.sleep(3)" in (message or "") for message in seen)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, None])
def test_the_pipe_ends_at_once(home: Home, connect: Connect, number: signal.Signals | None) -> None:
    """On a signal, and when its client hangs up; the cell goes on."""
    agent = connect()
    agent.greet()
    agent.call(1, "run", code="name = input()\nname", wait_s=50)
    agent.next()
    agent.call(2, "wait", wait_s=50)
    if number is None:
        agent.stdin.close()
    else:
        agent.pipe.send_signal(number)
    assert agent.pipe.wait(5) == (0 if number is None else -number)
    assert agent.stdout.read().count(b"\n") <= 1
    assert "'Ada'" in home.ramet("answer", "Ada").out


def test_the_client_does_not_wait_for_a_host_to_start(home: Home, connect: Connect) -> None:
    """It is greeted and gets the tools while another process holds the lock of those who start one."""
    home.folder.mkdir(mode=0o700, exist_ok=True)
    agent = connect()
    with (home.folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        agent.greet()
        agent.send(id=1, method="tools/list")
        assert len(agent.next()["result"]["tools"]) == 8
        agent.call(2, "run", code="6 * 7")
        assert home.ramet("status").code == 1
    told = agent.next()
    assert told["id"] == 2
    assert "42\n" in told["result"]["content"][0]["text"]
    agent.send(id=3, method="tools/list")
    assert agent.next()["id"] == 3
    assert agent.end() == b""


def test_a_client_that_leaves_while_a_host_starts(home: Home, connect: Connect) -> None:
    """Is not waited for."""
    home.folder.mkdir(mode=0o700, exist_ok=True)
    agent = connect()
    with (home.folder / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        agent.greet()
        assert agent.end() == b""


def test_no_host_is_told(home: Home, connect: Connect) -> None:
    """To each request, with the reason."""
    (home.folder / "host.log").mkdir()
    agent = connect()
    agent.send(id=0, method="resources/list")
    assert "host.log" in agent.next()["error"]["message"]
    agent.greet()
    agent.call(1, "run", code="1")
    assert "could not be started" in agent.next()["result"]["content"][0]["text"]
    assert agent.end() == b""
    (home.folder / "host.log").rmdir()


def test_the_pipe_imports_little() -> None:
    """Each client waits for it, and keeps it."""
    code = (
        "import sys, ramet.__main__, ramet.client.pipe\n"
        "print(sorted({'asyncio', 'click', 'starlette', 'uvicorn', 'httpx', 'mcp', 'pydantic', 'subprocess', 'ssl',\n"
        "              'threading', 'ramet.cli', 'ramet.model'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_home_that_nobody_has(home: Home) -> None:
    """A client in such a folder is greeted, and the host goes on."""
    pid = home.pid
    ask = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
    lines = b'{"folder": "~nobody-at-all"}\n%b\n' % json.dumps(ask).encode()
    with home.address.connected() as pipe:
        pipe.sendall(b"POST /v1/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(lines) + lines)
        told = b""
        while b'"serverInfo"' not in told:
            piece = pipe.recv(1 << 16)
            assert piece, told
            told += piece
    assert home.pid == pid


async def test_code_outlives_the_host(home: Home) -> None:
    """The call that the reply names tells how it went, from its beginning."""
    async with client(home) as agent:
        code = "import time\nprint('begun', flush=True)\ntime.sleep(2)\nprint('done')"
        call = asyncio.create_task(agent.call_tool("run", {"code": code}))
        await until(home, "busy")
        os.kill(home.pid, signal.SIGKILL)
        assert 'wait(session="main")' in text_of(await call)
        reply = await told(agent, "wait", session="main")
        assert "begun\ndone\n[cell 1: ok in 2" in reply
        assert (await told(agent, "run", code="6 * 7")).startswith("42\n")
