"""Named sessions, their limits, and their end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import PATIENCE_S, alive, wait_until

import ramet

BARE = {"shell": "python", "preload": []}


async def test_sessions_by_name() -> None:
    """Start, get, list and close; names are given where none is."""
    async with ramet.AsyncManager() as manager:
        data = await manager.start("data", **BARE)
        other = await manager.start(**BARE)
        assert manager.get("data") is data
        assert [session.name for session in manager.list()] == ["data", "s1"]
        await manager.close_session("data")
        assert [session.name for session in manager.list()] == ["s1"]
        assert (await other.run("1")).ok


async def test_a_name_that_is_not_there() -> None:
    """The error lists those that are."""
    async with ramet.AsyncManager() as manager:
        await manager.start("data", **BARE)
        with pytest.raises(ramet.UnknownSessionError, match="open sessions: data"):
            manager.get("dta")


async def test_the_longest_name(tmp_path: Path) -> None:
    """Is that of a folder, too, in any script."""
    async with ramet.AsyncManager(home=tmp_path / "home") as manager:
        session = await manager.start("\U00020000" * 60, **BARE)
        assert (await session.run("1")).text == "1"
        await session.close()


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "x" * 61])
async def test_names_that_cannot_be(name: str) -> None:
    """A name must fit into a command line and a path."""
    async with ramet.AsyncManager() as manager:
        with pytest.raises(ramet.InvalidError, match="cannot name a session"):
            await manager.start(name)
    with pytest.raises(ramet.InvalidError, match="cannot name a session"):
        ramet.AsyncSession(name=name)


async def test_a_name_is_taken_once() -> None:
    """Also while its session is still starting."""
    async with ramet.AsyncManager() as manager:
        starts = [manager.start("data", **BARE) for _ in range(2)]
        outcomes = await asyncio.gather(*starts, return_exceptions=True)
        assert sum(isinstance(outcome, ramet.BusyError) for outcome in outcomes) == 1


async def test_the_number_of_sessions_is_limited() -> None:
    """One too many is refused, and there is room again after a close."""
    async with ramet.AsyncManager(max_sessions=1) as manager:
        await manager.start("a", **BARE)
        with pytest.raises(ramet.BusyError, match="all 1 sessions are in use"):
            await manager.start("b", **BARE)
        await manager.close_session("a")
        await manager.start("b", **BARE)


async def test_idle_sessions_are_closed() -> None:
    """A busy session is not idle."""
    async with ramet.AsyncManager(idle_timeout_s=0.5) as manager:
        busy = await manager.start("busy", **BARE)
        await busy.submit("import time; time.sleep(600)")
        idle = await manager.start("idle", **BARE)
        async with asyncio.timeout(PATIENCE_S):
            while idle.state is not ramet.SessionState.CLOSED:
                await asyncio.sleep(0.01)
        assert [session.name for session in manager.list()] == ["busy"]


async def test_a_session_that_its_user_closed_is_forgotten() -> None:
    """Its name and its place are free again."""
    async with ramet.AsyncManager(max_sessions=1) as manager:
        async with await manager.start("a", **BARE):
            pass
        assert manager.list() == ()
        await manager.start("a", **BARE)


async def test_a_closed_manager_starts_nothing() -> None:
    """And closing closed all sessions."""
    async with ramet.AsyncManager() as manager:
        session = await manager.start(**BARE)
    assert session.state is ramet.SessionState.CLOSED
    with pytest.raises(ramet.ClosedError):
        await manager.start()


OWNER = """
import sys, time, ramet
idle, busy, shell = (ramet.Session(shell="python", preload=[]) for _ in range(3))
for session in (idle, busy, shell):
    session.start()
busy.submit("while True: pass")
shell.submit("import subprocess; subprocess.run(['sleep', '600'])")
daemon = idle.run(
    "import subprocess; p = subprocess.Popen(['setsid', 'sleep', '600']); print(p.pid)"
).text
pids = [session.info.pid for session in (idle, busy, shell)]
from ramet.handlers.zygotes import shared_zygotes
print(shared_zygotes().root, daemon, *pids, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("kill_zygote_first", [False, True])
def test_nothing_outlives_a_killed_owner(kill_zygote_first: bool) -> None:
    """Idle, busy, with children and without their parent: the kernel and the zygote see to it."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout is not None
        root, *rest = owner.stdout.readline().split()
        daemon, *pids = map(int, rest)
        zygote = int(Path(f"/proc/{pids[0]}/stat").read_text().rpartition(")")[2].split()[1])
        assert all(alive(pid) for pid in (daemon, zygote, *pids))
        if kill_zygote_first:
            os.kill(zygote, signal.SIGKILL)
    finally:
        owner.kill()
        owner.wait()
        assert owner.stdout is not None
        owner.stdout.close()
    wait_until(lambda: not any(alive(pid) for pid in (zygote, *pids)))
    if kill_zygote_first:
        os.kill(daemon, signal.SIGKILL)  # it detached itself, and its last relative is gone
    else:
        wait_until(lambda: not alive(daemon))
        wait_until(lambda: not Path(root).exists())


async def test_branches_are_kept_by_name() -> None:
    """They count as sessions, and the tree shows who comes from whom."""
    async with ramet.AsyncManager(max_sessions=3) as manager:
        main = await manager.start("main", shell="python")
        await main.run("x = 1")
        branch = await manager.branch("main", "what-if")
        await branch.run("x = 2")
        deeper = await manager.branch("what-if", "deeper", at=3)
        assert (await deeper.run("x")).text == "2"
        (tree,) = manager.tree()
        assert str(tree) == (
            "main: idle, next cell 2\n└─ what-if from cell 2: idle, next cell 3\n"
            "   └─ deeper from cell 3: idle, next cell 4"
        )
        with pytest.raises(ramet.BusyError, match="all 3 sessions"):
            await manager.branch("main")
        await manager.close_session("what-if")
        assert [tree.name for tree in manager.tree()] == ["main", "deeper"]


async def test_a_branch_needs_a_parent_and_a_free_name() -> None:
    """Errors as for `start` and `get`."""
    async with ramet.AsyncManager() as manager:
        with pytest.raises(ramet.UnknownSessionError):
            await manager.branch("main")
        await manager.start("main", shell="python")
        with pytest.raises(ramet.BusyError, match="'main' already"):
            await manager.branch("main", "main")
