"""Whatever is killed, missing or in the way: the state afterwards is what the reply says it is."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest
from support import alive, wait_until

import ramet
from ramet.handlers import processes
from ramet.handlers.zygotes import shared_zygotes

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Each cell adds one entry, so that the state before cell n has n - 1.
STEP = "log.append(0); print(len(log))"


@pytest.fixture
def every() -> Iterator[ramet.Session]:
    """A session with a checkpoint before each cell."""
    with ramet.Session(shell="python", preload=[], checkpoints="every") as session:
        assert session.run("import os, signal, time; log = [0]").ok
        yield session


def kill(pid: int) -> None:
    """SIGKILL for `pid`, if it is there."""
    processes.kill(pid, signal.SIGKILL)


def kill_active(session: ramet.Session) -> None:
    """End the process behind the session."""
    kill(session.info.pid)


def kill_newest(session: ramet.Session) -> None:
    """End the newest checkpoint."""
    for checkpoint in session.checkpoints[-1:]:
        kill(checkpoint.pid)


def kill_zygotes(session: ramet.Session) -> None:
    """End all warm parents: our children that have children."""
    family = processes.family(os.getpid())
    for pid in {process.parent for process in family} - {os.getpid()}:
        if any(process.pid == pid and process.parent == os.getpid() for process in family):
            kill(pid)


def kill_all(session: ramet.Session) -> None:
    """End all three."""
    kill_zygotes(session)
    kill_newest(session)
    kill_active(session)


def kill_everything(session: ramet.Session) -> None:
    """End all three, and the older checkpoints too."""
    for checkpoint in session.checkpoints:
        kill(checkpoint.pid)
    kill_all(session)


def settle(session: ramet.Session) -> None:
    """Take a step and wait for the checkpoint after it."""
    present = int(step(session).cell or 0) + 1
    wait_until(lambda: any(checkpoint.cell == present for checkpoint in session.checkpoints))


def step(session: ramet.Session) -> ramet.Result:
    """Take a step, which must find the state that belongs to its number."""
    result = session.run(STEP, deadline_s=30)
    assert result.ok, result
    assert result.text == str(result.cell), result
    return result


KILLERS = [kill_active, kill_newest, kill_zygotes, kill_all]


@pytest.mark.parametrize("killer", KILLERS)
def test_killed_between_cells(every: ramet.Session, killer: object) -> None:
    """At most one cell is lost, and the reply names the state; it is silent if nothing is."""
    step(every)
    settle(every)
    pid = every.info.pid
    killer(every)  # type: ignore[operator]
    if killer in (kill_active, kill_all):
        wait_until(lambda: every.info.pid != pid)
    result = step(every)
    back = f"back at the state before cell {result.cell}"
    assert [back in note for note in result.notes] == ([True] if killer is kill_all else [])


def test_threads_that_went_with_the_process_are_named(every: ramet.Session) -> None:
    """Also when no cell was running and no variable is lost."""
    every.run(
        "import threading; log.append(0); sleeper = threading.Thread(target=time.sleep, args=[600], name='sleeper')"
    )
    every.run("log.append(0); sleeper.daemon = True; sleeper.start()")
    settle(every)
    pid = every.info.pid
    kill_active(every)
    wait_until(lambda: every.info.pid != pid)
    assert any("sleeper" in note for note in every.run("1").notes)


@pytest.mark.parametrize("killer", KILLERS)
def test_killed_during_a_cell(every: ramet.Session, killer: object) -> None:
    """The outcome names the state; a cell whose process lives comes to its end."""
    step(every)
    settle(every)
    execution = every.submit("log.append(0); print('on', flush=True); time.sleep(0.2)")
    next(event for event in execution if isinstance(event, ramet.Text))
    killer(every)  # type: ignore[operator]
    outcome = execution.wait(30).outcome
    if killer in (kill_active, kill_all):
        assert isinstance(outcome, ramet.Died)
        assert outcome.back_to == every.run("len(log) + 1").cell == int(every.last.wait().text)
    else:
        assert isinstance(outcome, ramet.Completed)
        step(every)


def test_killed_at_any_moment(every: ramet.Session) -> None:
    """Forty times, most of them about a fork: never a hang, never a state that is not the one that was told."""
    chance = random.Random(7)
    every.run("log.append(0); heap = [[n] for n in range(200_000)]")
    for _ in range(40):
        execution = every.submit(f"{STEP}; time.sleep(0.003)", deadline_s=30)
        time.sleep(chance.random() * 0.015)
        chance.choice([kill_active, kill_active, kill_newest, kill_all, kill_everything])(every)
        result = execution.wait(30)
        if stands_at(every, result) is None:
            next_cell = int(every.run("0").cell or 0) + 1
            every.run(f"import time; log = [0] * {next_cell}; heap = [[n] for n in range(200_000)]")


def stands_at(session: ramet.Session, result: ramet.Result) -> int | None:
    """The number of the first step that succeeds, `result` or a later one; None if we were told that all was lost."""
    told: list[str] = []
    for _ in range(3):  # a process that was killed between cells may be noticed by the next one only
        told += [str(result.outcome), *result.notes]
        match result.outcome:
            case ramet.Completed():
                assert result.text == str(result.cell), told
                return result.cell
            case ramet.Raised(error=error):
                assert error.type == "NameError", result
                assert any("lost" in text for text in told), told
                return None
            case outcome:
                assert isinstance(outcome, ramet.Died), outcome
        result = session.run(STEP, deadline_s=30)
    raise AssertionError(told)


def test_memory_too_full_to_fork(every: ramet.Session) -> None:
    """Two mappings that lie side by side are one to a fork, and this one is larger than the machine's memory."""
    every.run("import mmap; size = int(os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') * 0.6) >> 21 << 21")
    every.run("private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS\nmaps = [mmap.mmap(-1, size, private) for _ in '12']")
    result = every.run("x = 2")
    if not result.notes:
        pytest.skip("this machine promises more memory than it has")
    assert "no process could be made: [Errno 12]" in result.notes[0]
    with pytest.raises(ramet.InvalidError, match="Cannot allocate memory"):
        every.undo()
    every.run("del maps")
    every.run("x = 3")
    every.undo()
    assert every.run("x").text == "2"


async def test_undo_twice_at_once() -> None:
    """One after the other."""
    async with ramet.AsyncSession(shell="python", checkpoints="every") as session:
        for value in range(4):
            await session.run(f"x = {value}")
        moved = await asyncio.gather(session.undo(), session.undo(), return_exceptions=True)
        cells = sorted(m.cell for m in moved if isinstance(m, ramet.Moved))
        assert cells
        assert (await session.run("x")).text == str(cells[0] - 2)


def test_undo_while_waiting_for_input(every: ramet.Session) -> None:
    """It is refused and disturbs nothing: the answer arrives."""
    settle(every)
    every.submit("log.append(input())")
    wait_until(lambda: every.state is ramet.SessionState.WAITING_INPUT)
    with pytest.raises(ramet.BusyError):
        every.undo()
    every.answer("a")
    every.last.wait()
    assert every.run("log[-1]").text == "'a'"
    every.undo(2)
    step(every)


def test_its_folder_is_gone(every: ramet.Session) -> None:
    """Nothing depends on it but the status of a process that dies after an undo."""
    settle(every)
    for folder in shared_zygotes().root.glob("session-*"):
        shutil.rmtree(folder)
    every.undo()
    step(every)
    outcome = every.run("os._exit(3)").outcome
    assert isinstance(outcome, ramet.Died)
    assert outcome.back_to == step(every).cell


def test_signals_that_user_code_has_masked(every: ramet.Session) -> None:
    """Neither the checkpoint nor the interrupt of the copy minds."""
    every.run("log.append(0); signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))")
    settle(every)
    every.undo()
    assert isinstance(every.run("while True: pass", deadline_s=0.2).outcome, ramet.Interrupted)
    every.run("signal.raise_signal(signal.SIGKILL)")
    every.undo()
    step(every)


@pytest.mark.parametrize("name", ["SIGUSR1", "SIGUSR2", "SIGCHLD"])
def test_handlers_of_user_code(every: ramet.Session, name: str) -> None:
    """They are part of the state, and come and go with it."""
    every.run(f"log.append(0); heard = []; number = signal.{name}")
    every.run("log.append(0); signal.signal(number, lambda *_: heard.append(os.getpid())); None")
    settle(every)
    every.run("x = 1")
    every.undo()
    assert every.run("signal.raise_signal(number); heard == [os.getpid()]").text == "True"
    every.undo(3)
    assert every.run("signal.getsignal(number) is signal.SIG_DFL").text == "True"


def test_checkpoints_that_end_are_not_heard_of(every: ramet.Session) -> None:
    """A handler for the end of children hears of those that user code has made."""
    every.run("log.append(0); heard = []; signal.signal(signal.SIGCHLD, lambda *_: heard.append(1)); None")
    for _ in range(12):
        settle(every)
    assert every.run("heard").text == "[]"
    every.run("pid = os.fork()\nif not pid: os._exit(0)\nos.waitpid(pid, 0); None")
    assert every.run("heard").text == "[1]"
    assert every.run("signal.signal(signal.SIGCHLD, signal.SIG_DFL).__name__").text == "'<lambda>'"


def test_a_fork_by_user_code(every: ramet.Session) -> None:
    """It is not undone, as nothing outside of the process is; it ends with the session."""
    settle(every)
    child = int(every.run("pid = os.fork()\nif not pid:\n    time.sleep(600)\npid").text)
    every.undo()
    assert every.run("'pid' in globals()").text == "False"
    assert alive(child)
    every.close()
    wait_until(lambda: not alive(child))


def test_an_open_transaction(every: ramet.Session, tmp_path: object) -> None:
    """A copy would go on writing without the locks; between transactions, the reply names them."""
    every.run(f"import sqlite3; c = sqlite3.connect({str(tmp_path)!r} + '/a.db'); c.execute('create table t (a)')")
    every.run("c.commit(); c.execute('insert into t values (1)')")
    every.run("x = 1")
    with pytest.raises(ramet.InvalidError, match="transaction of SQLite"):
        every.undo()
    every.run("c.commit()")
    every.run("x = 2")
    assert every.undo().missing == (f"the locks on database {tmp_path}/a.db",)
    assert every.run("x, c.execute('select a from t').fetchall()").text == "(1, [(1,)])"
