"""Sessions that an agent starts, lists, closes and takes the code of."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from agents import agent, colleague


async def test_sessions_do_not_share(tmp_path: Path) -> None:
    """Each has its own variables; the list has a line for each."""
    async with agent(tmp_path) as call:
        await call("run", code="x = 'main'")
        assert "[session other started: Python" in await call(
            "sessions", action="start", session="other", shell="python"
        )
        assert "NameError" in await call("run", code="x", session="other")
        first, second = (await call("sessions")).splitlines()
        assert first.startswith("main: cell 1: ok")
        assert second.startswith("other: cell 1: failed")
        assert await call("sessions", action="close", session="other") == "session other is closed; open sessions: main"


async def test_two_clients_of_one_manager(tmp_path: Path) -> None:
    """They share sessions, are told of each cell from its beginning, and may be the first both at once."""
    async with agent(tmp_path) as first, colleague(first.manager, tmp_path) as second:
        told = await asyncio.gather(first("run", code="print('one')"), second("run", code="print('two')"))
        assert [text.splitlines()[-2] for text in told] == ["one", "two"]
        assert sum("session main started" in text for text in told) == 1
        assert "all was shown" in await second("wait")
        assert "two\n[cell 2: ok" in await first("wait")


async def test_only_main_starts_by_itself(tmp_path: Path) -> None:
    """A name that is not there is more likely a slip."""
    async with agent(tmp_path) as call:
        assert "run(code) starts it" in await call.refused("look")
        await call("run", code="x = 1")
        told = await call.refused("run", code="x", session="mian")
        assert told == (
            'there is no session \'mian\'; open sessions: main; sessions(action="start", session="mian") makes it'
        )


async def test_the_environment_of_the_folder_is_used(tmp_path: Path) -> None:
    """And said, once."""
    venv.create(tmp_path / ".venv", symlinks=True)
    async with agent(tmp_path) as call:
        assert f"({tmp_path}/.venv/bin/python)" in await call("run", code="import sys; print(sys.prefix)")
        assert "started" not in await call("run", code="1")


async def test_a_look_while_the_session_starts(tmp_path: Path) -> None:
    """It waits for that."""
    async with agent(tmp_path) as call:
        ran, looked = await asyncio.gather(call("run", code="1 + 1"), call("look"))
        assert "2\n" in ran
        assert looked.startswith("session main: ")


async def test_settings_hold(tmp_path: Path) -> None:
    """Those of the project: what its sessions are like, and which one is meant by `main`."""
    (tmp_path / "ramet.toml").write_text('session = "fit"\nshell = "python"\npreload = ["json"]\n', encoding="utf-8")
    async with agent(tmp_path) as call:
        assert "[session fit started: Python 3" in await call("run", code="1 + 1")
        assert "cell 1" in await call("wait", session="main")
        assert await call("sessions", action="close") == "session fit is closed; open sessions: none"
        (tmp_path / "ramet.toml").write_text("sesion = 1\n", encoding="utf-8")
        assert "did you mean session?" in await call.refused("run", code="1")


async def test_main_started_elsewhere_is_main(tmp_path: Path) -> None:
    """For the client that did so."""
    (tmp_path / "data").mkdir()
    async with agent(tmp_path) as call:
        await call("sessions", action="start", cwd="data", shell="python")
        assert "/data'\n" in await call("run", code="import os; os.getcwd()")
        assert "is closed" in await call("sessions", action="close")
        assert f"in {tmp_path}]" in await call("run", code="1")


async def test_an_environment_that_does_not_work(tmp_path: Path) -> None:
    """There is a session all the same, and the reply says why it has another interpreter."""
    program = tmp_path / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    async with agent(tmp_path) as call:
        told = await call("run", code="1 + 1")
        assert "so it is not used" in told
        assert "2\n[cell 1: ok" in told


async def test_options(tmp_path: Path) -> None:
    """Folder, interpreter, limit; paths are relative to the agent's folder."""
    (tmp_path / "data").mkdir()
    async with agent(tmp_path) as call:
        await call("sessions", action="start", session="small", cwd="data", python=sys.executable, limit_gb=0.3)
        assert str(tmp_path / "data") in await call("run", code="import os; os.getcwd()", session="small")
        assert "MemoryError" in await call("run", code="b = bytearray(1_000_000_000)", session="small")
        assert 'python is for action="start"' in await call.refused("sessions", action="restart", python="x")
        assert "no interpreter at" in await call.refused("sessions", action="start", session="p", python="./nowhere")


async def test_restart(tmp_path: Path) -> None:
    """The session is empty, and says so."""
    async with agent(tmp_path) as call:
        await call("run", code="x = 1")
        assert "new, empty process; next cell 2" in await call("sessions", action="restart")
        assert "NameError" in await call("run", code="x")


async def test_export(tmp_path: Path) -> None:
    """A script that runs: what was undone is not in it, what failed is a comment."""
    async with agent(tmp_path) as call:
        for code in ("x = 6", "1 / 0", "print(x * 7)"):
            await call("run", code=code)
        target = tmp_path / "main.py"
        assert await call("sessions", action="export", path="main.py") == f"wrote the code of 3 cells to {target}"
        done = subprocess.run([sys.executable, target], capture_output=True, text=True, check=True)
        assert done.stdout == "42\n"
        assert "is there already" in await call.refused("sessions", action="export", path="main.py")
        assert "does not end in .py or .ipynb" in await call.refused("sessions", action="export", path="main.txt")
        assert "wrote 3 cells with all" in await call("sessions", action="export", path="main.ipynb")
        cells = json.loads((tmp_path / "main.ipynb").read_text(encoding="utf-8"))["cells"]
        assert [cell["source"] for cell in cells] == ["x = 6", "1 / 0", "print(x * 7)"]


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        (
            "run",
            {"code": "1", "timeout": 5},
            "run has no argument 'timeout' (did you mean 'wait_s'?); the call: run(code=...",
        ),
        ("run", {"code": "1", "wait": 5}, "(did you mean 'wait_s'?)"),
        ("run", {}, "run needs the argument 'code'"),
        ("run", {"code": ["1"]}, "run takes a string as 'code', not [\"1\"]"),
        ("run", {"code": "1", "wait_s": -1}, "wait_s=-1 is no time"),
        ("undo", {"cells": 1.5}, "undo takes an integer as 'cells', not 1.5"),
        ("sessions", {"action": "stop"}, 'sessions has no action "stop"; there are "list", "start"'),
        ("execute", {"code": "1"}, "there is no tool 'execute'; there are run, wait"),
        ("sessions", {"action": "start", "session": "a b"}, "'a b' cannot name a session"),
    ],
)
async def test_what_is_wrong_is_told_with_what_is_right(
    tmp_path: Path, tool: str, arguments: dict[str, object], told: str
) -> None:
    """So that the next call works."""
    async with agent(tmp_path) as call:
        assert told in await call.refused(tool, **arguments)


async def test_what_models_write_for_numbers_and_nothing(tmp_path: Path) -> None:
    """Strings and null do."""
    async with agent(tmp_path) as call:
        assert "2\n" in await call("run", code="1 + 1", wait_s="30", deadline_s=None, session=None)


async def test_relative_home(tmp_path: Path) -> None:
    """`~` is the user's own folder."""
    async with agent(tmp_path) as call:
        await call("sessions", action="start", session="home", cwd="~", shell="python")
        told = await call("run", code="import os; print(os.getcwd())", session="home")
        assert str(Path.home()) in told
