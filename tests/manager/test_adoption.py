"""An owner is killed, and the next one has all sessions again."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from typing import TYPE_CHECKING

import pytest
from owners import BARE, home_in, killed, owner
from support import alive, wait_until

import ramet
from ramet.model.outcome import Completed, Died, Interrupted, Running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home of which nothing is left."""
    with home_in(tmp_path) as folder:
        yield folder


class _Adopting:
    """A manager that ends the sessions of its home when the test is over."""

    def __init__(self, home: Path) -> None:
        self._manager = ramet.AsyncManager(home=home)

    async def __aenter__(self) -> ramet.AsyncManager:
        return await self._manager.__aenter__()

    async def __aexit__(self, *_: object) -> None:
        await self._manager.close(end_sessions=True)


async def test_an_idle_session(home: Path) -> None:
    """Its variables, its number, its checkpoints and what it said are there."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\n'
        'await session.run("x = 41")\nawait session.run("x += 1; print(x)")\nawait session.run("del x")',
    )
    async with _Adopting(home) as manager:
        (session,) = manager.list()
        assert (session.name, session.state, session.next_cell) == ("data", ramet.SessionState.IDLE, 4)
        assert session.names == ()
        assert session.last is not None
        assert session.last.result.code == "del x"
        await session.undo()
        assert session.names == ("x",)
        assert (await session.run("x")).text == "42"
        assert (await session.lines(2)).lines[0].text == "42"


async def test_a_cell_goes_on(home: Path, tmp_path: Path) -> None:
    """What it prints before, while there is no owner, and after is there once and in order."""
    code = (
        "import os, time\nprint('before', flush=True)\n"
        f"while not os.path.exists({str(tmp_path / 'on')!r}): time.sleep(0.01)\n"
        f"print('between', flush=True)\nopen({str(tmp_path / 'was')!r}, 'w').close()\n"
        f"while not os.path.exists({str(tmp_path / 'end')!r}): time.sleep(0.01)\nprint('after')"
    )
    killed(
        home,
        f'session = await manager.start("data", **BARE)\ncell = await session.submit({code!r})\n'
        'while "before" not in cell.result.text: await asyncio.sleep(0.01)',
    )
    (tmp_path / "on").touch()
    wait_until((tmp_path / "was").exists)
    async with _Adopting(home) as manager:
        session = manager.get("data")
        assert session.running is not None
        assert (session.running.result.text, session.running.cell) == ("before\nbetween", 1)
        (tmp_path / "end").touch()
        result = await session.running.wait()
        assert (result.text, result.outcome) == ("before\nbetween\nafter", Completed())


async def test_a_cell_that_ended_meanwhile(home: Path, tmp_path: Path) -> None:
    """Its outcome is that of any other; the next cell of the queue has begun by itself."""
    on = str(tmp_path / "on")
    code = f"import os, time\nwhile not os.path.exists({on!r}): time.sleep(0.01)\n1/0"
    killed(
        home,
        f'session = await manager.start("data", **BARE)\ncell = await session.submit({code!r}, deadline_s=600)\n'
        "await session.submit(\"queued = 'yes'; queued\")\n"
        "await session.submit('1', given={'lost': 1})\n"
        "while cell.cell is None: await asyncio.sleep(0.01)",
    )
    (tmp_path / "on").touch()
    async with _Adopting(home) as manager:
        session = manager.get("data")
        assert (await session.run("queued")).text == "'yes'"
        past = await session.history()
        assert [cell.result.code for cell in past] == [code, "queued = 'yes'; queued", "queued"]
        assert str(past[0].result.outcome) == "raised ZeroDivisionError: division by zero"


async def test_a_deadline_goes_on(home: Path) -> None:
    """It counts from the beginning of the cell."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\n'
        'cell = await session.submit("while True: pass", deadline_s=1)\n'
        "while cell.cell is None: await asyncio.sleep(0.01)",
    )
    async with _Adopting(home) as manager:
        execution = manager.get("data").last
        assert execution is not None
        assert (await execution.wait()).outcome == Interrupted(
            reason="its deadline of 1 s passed", error=execution.result.outcome.error
        )


async def test_a_question_waits(home: Path) -> None:
    """It is asked still, and takes its answer."""
    killed(home, 'session = await manager.start("data", **BARE)\nawait session.run("name = input(\'who? \')\\nname")')
    async with _Adopting(home) as manager:
        session = manager.get("data")
        assert session.last is not None
        assert session.last.result.outcome == Running(prompt="who? ")
        await session.answer("Ada")
        assert (await session.last.wait()).text == "who? Ada\n'Ada'"


@pytest.mark.parametrize("before", ["", "x = 1"])
async def test_a_process_that_died_meanwhile(home: Path, tmp_path: Path, before: str) -> None:
    """How it died and what it said last is told, although nobody was there to hear it."""
    on = str(tmp_path / "on")
    code = f"import os, time\nwhile not os.path.exists({on!r}): time.sleep(0.01)\nprint('bye', os.getpid(), flush=True)"
    code += "\nos._exit(7)"
    killed(
        home,
        'session = await manager.start("data", **BARE)\n'
        + (f"await session.run({before!r})\n" if before else "")
        + f"cell = await session.submit({code!r})\nwhile cell.cell is None: await asyncio.sleep(0.01)\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(session.info.pid))",
    )
    (tmp_path / "on").touch()
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not alive(pid))
    async with _Adopting(home) as manager:
        session = manager.get("data")
        assert session.last is not None
        result = await session.last.wait()
        assert result.stdout == f"bye {pid}\n"
        assert isinstance(result.outcome, Died)
        assert (result.outcome.exit_status, result.outcome.back_to) == (7, 2 if before else None)
        assert (await session.run("globals().get('x')")).text == ("1" if before else "")


async def test_the_zygote_is_gone_too(home: Path, tmp_path: Path) -> None:
    """Sessions do not need it, and new ones get another."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\nawait session.run("x = 1")\n'
        "parent = open(f'/proc/{session.info.pid}/stat').read().rpartition(')')[2].split()[1]\n"
        f"open({str(tmp_path / 'zygote')!r}, 'w').write(parent)",
    )
    os.kill(int((tmp_path / "zygote").read_text()), signal.SIGKILL)
    async with _Adopting(home) as manager:
        assert (await manager.get("data").run("x")).text == "1"
        assert (await (await manager.start(**BARE)).run("2")).text == "2"


@pytest.mark.parametrize("after", [False, True])
async def test_killed_within_an_undo(home: Path, after: bool) -> None:
    """Before or after the checkpoint is woken: the undo is done."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\nfor i in range(3): await session.run(f"x = {i}")\n'
        f"die_at(signals.WAKE_SIGNAL, after={after})\nawait session.undo()",
    )
    async with _Adopting(home) as manager:
        session = manager.get("data")
        assert session.next_cell == 3
        assert (await session.run("x")).text == "1"
        await session.undo(2)
        assert (await session.run("x")).text == "0"


@pytest.mark.parametrize("after", [False, True])
async def test_killed_within_a_recovery(home: Path, after: bool) -> None:
    """The cell's end is told once, and the session is where it would have been."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\nawait session.run("x = 1")\n'
        f"die_at(signals.WAKE_SIGNAL, after={after})\nawait session.run('import os; os._exit(3)')",
    )
    async with _Adopting(home) as manager:
        session = manager.get("data")
        assert session.last is not None
        outcome = (await session.last.wait()).outcome
        assert isinstance(outcome, Died)
        assert (outcome.exit_status, outcome.back_to) == (3, 2)
        assert (await session.run("x")).text == "1"


@pytest.mark.parametrize("after", [False, True])
async def test_killed_within_a_start(home: Path, after: bool) -> None:
    """The session is there, and empty, and one process of it."""
    ask = "fork(self, folder), die()" if after else "die()"
    killed(
        home,
        "fork = zygote.Zygote.fork\n" + f"zygote.Zygote.fork = lambda self, folder: ({ask})\n"
        'await manager.start("data", **BARE)',
    )
    async with _Adopting(home) as manager:
        assert (await manager.get("data").run("1")).cell == 1


@pytest.mark.parametrize("after", [False, True])
async def test_killed_within_a_branch(home: Path, after: bool) -> None:
    """The branch is there as a whole or not at all, and the next one is made as ever."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\nawait session.run("x = 1")\n'
        f'die_at(signals.BRANCH_SIGNAL, after={after})\nawait manager.branch("data", "what-if")',
    )
    async with _Adopting(home) as manager:
        for session in manager.list():
            assert (await session.run("x")).text == "1"
        branch = await manager.branch("data", "other", at=2)
        assert (await branch.run("x")).text == "1"


async def test_a_branch_of_old(home: Path) -> None:
    """It knows where it comes from, and has the journal of its parent."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\nawait session.run("x = 1")\n'
        'branch = await manager.branch("data", "what-if")\nawait branch.run("y = x + 1")',
    )
    async with _Adopting(home) as manager:
        assert [str(tree) for tree in manager.tree()] == [
            "data: idle, next cell 2\n└─ what-if from cell 2: idle, next cell 3"
        ]
        branch = manager.get("what-if")
        assert branch.names == ("x", "y")
        assert [cell.result.code for cell in await branch.history()] == ["x = 1", "y = x + 1"]


async def test_a_cell_that_was_never_handed_over(home: Path) -> None:
    """It runs once, now."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\nawait session.run("n = 0")\n'
        'forked.ForkedHandler.submit = die\nawait session.run("n += 1; n")',
    )
    async with _Adopting(home) as manager:
        session = manager.get("data")
        assert session.last is not None
        assert (await session.run("n")).text == "1"
        assert [cell.result.text for cell in await session.history()] == ["", "1", "1"]


async def test_one_owner_at_a_time(home: Path) -> None:
    """A second one is told so, and may come when the first has left; nobody's sessions suffer."""
    async with ramet.AsyncManager(home=home) as first:
        await (await first.start("data", **BARE)).run("x = 1")
        with pytest.raises(ramet.BusyError, match="another process owns"):
            await ramet.AsyncManager(home=home).adopt()
    async with _Adopting(home) as second:
        assert (await second.get("data").run("x")).text == "1"


async def test_who_leaves_wakes_those_who_wait(home: Path) -> None:
    """The cell goes on, only not here."""
    manager = ramet.AsyncManager(home=home)
    session = await manager.start("data", **BARE)
    execution = await session.submit("import time; time.sleep(600)")
    waiting = asyncio.ensure_future(execution.wait())
    await asyncio.sleep(0)
    await manager.close()
    assert (await waiting).outcome == Running()
    with pytest.raises(ramet.ClosedError):
        await session.run("1")
    async with _Adopting(home) as second:
        assert second.get("data").running is not None
        await second.get("data").interrupt()


async def test_a_session_ends_when_it_is_closed(home: Path) -> None:
    """By name, by itself, or when its owner was killed in the middle of that."""
    async with ramet.AsyncManager(home=home) as manager:
        for name in "abc":
            await manager.start(name, **BARE)
        await manager.close_session("a")
        await manager.get("b").close()
        assert [path.name for path in (home / "sessions").iterdir()] == ["c"]
    (home / "sessions" / "c" / "record").unlink()  # the first thing that goes
    async with _Adopting(home) as manager:
        assert manager.list() == ()


async def test_a_process_of_another_version_is_not_touched(home: Path) -> None:
    """It is named and keeps its name; the others are adopted."""
    killed(home, 'await manager.start("old", **BARE)\nawait manager.start("new", **BARE)')
    record = home / "sessions" / "old" / "record"
    content = record.read_text()
    record.write_text(json.dumps({**json.loads(content), "wire": 99}))
    async with ramet.AsyncManager(home=home) as manager:
        assert [session.name for session in manager.list()] == ["new"]
        assert "version 99 of the wire" in str(manager.unadopted()["old"])
        with pytest.raises(ramet.BusyError, match="could not be gone on with"):
            await manager.start("old", **BARE)
    record.write_text(content)
    async with _Adopting(home) as manager:
        assert (await manager.get("old").run("1")).ok


async def test_a_number_that_is_anothers_now(home: Path) -> None:
    """A process that was born at another time is not ours, and lives on."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\nawait session.run("x = 1")\n'
        "while not session.checkpoints: await asyncio.sleep(0.01)",
    )
    (roster,) = (home / "sessions" / "data").glob("process-*/roster")
    head, *_ = roster.read_text().splitlines()
    pids = [json.loads(line)[0] for line in roster.read_text().splitlines()[1:]]
    roster.write_text(head + "".join(f'\n[{pid}, "1@never"]' for pid in pids))
    async with _Adopting(home) as manager:
        session = manager.get("data")
        assert session.last is not None
        assert session.state is not ramet.SessionState.CLOSED
        assert all(alive(pid) for pid in pids)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        assert "lost: x" in " ".join((await session.run("1")).notes)


async def test_limits_and_interrupts_hold(home: Path) -> None:
    """The memory that the process was born with is known still."""
    killed(
        home,
        'session = await manager.start("data", limit_bytes=300_000_000, **BARE)\n'
        'await session.run("data = bytearray(100_000_000)")\n'
        'await session.submit("while True: pass")',
    )
    async with _Adopting(home) as manager:
        session = manager.get("data")
        assert (await session.interrupt()).stopped
        memory = await session.memory()
        assert memory.limit_bytes == 300_000_000
        assert 100_000_000 <= memory.used_bytes < 150_000_000


def test_the_blocking_face(home: Path) -> None:
    """`with` adopts, too."""
    killed(home, 'session = await manager.start("data", **BARE)\nawait session.run("x = 1")')
    with ramet.Manager(home=home) as manager:
        assert manager.get("data").run("x").text == "1"
        manager.close(end_sessions=True)


PRINTING = """import os, time
i = 0
while not os.path.exists({stop!r}):
    print(i); i += 1; time.sleep(0.005)
"""

PRINTERS = """
while len(manager.list()) < {sessions}:
    session = await manager.start(**BARE)
    await session.submit({code!r})
"""


async def _numbers(home: Path, stop: Path) -> AsyncIterator[tuple[str, list[int]]]:
    """What each session has printed when it was told to stop."""
    async with _Adopting(home) as manager:
        stop.touch()
        for session in manager.list():
            assert session.last is not None
            result = await session.last.wait()
            assert (result.outcome, result.notes) == (Completed(), ())
            assert (await session.run("i")).text == str(len(result.text.splitlines()))
            yield session.name, [int(line) for line in result.text.splitlines()]


@pytest.mark.parametrize(
    ("kills", "sessions"), [(12, 4), pytest.param(200, 10, marks=pytest.mark.slow)], ids=["some", "many"]
)
async def test_not_one_line_is_lost_or_doubled(home: Path, tmp_path: Path, kills: int, sessions: int) -> None:
    """However often and whenever owners are killed."""
    stop = tmp_path / "stop"
    body = PRINTERS.format(sessions=sessions, code=PRINTING.format(stop=str(stop)))
    killed(home, body)
    for kill in range(kills):
        with owner(home, body) as process:
            assert process.stdout is not None
            if kill % 3:
                assert process.stdout.readline()
            await asyncio.sleep(random.random() * (0.1 if kill % 3 else 0.8))
    found = [numbers async for _, numbers in _numbers(home, stop)]
    assert len(found) == sessions
    for numbers in found:
        assert numbers == list(range(len(numbers)))
