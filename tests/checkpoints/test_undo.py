"""Going back and forth: the whole process, or a clear word why not."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from support import alive, wait_until

import ramet

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["ipython", "python"])
def every(request: pytest.FixtureRequest) -> Iterator[ramet.Session]:
    """A session with a checkpoint before each cell."""
    with ramet.Session(shell=request.param, checkpoints="every") as session:
        yield session


def settle(session: ramet.Session) -> None:
    """Wait for the checkpoint of the present state."""
    present = int(session.run("0").cell or 0) + 1
    wait_until(lambda: any(checkpoint.cell == present for checkpoint in session.checkpoints))


def test_a_mistake_is_undone(every: ramet.Session) -> None:
    """Objects, generators and names are what they were."""
    every.run("data = {'a': [1, 2, 3]}; numbers = iter(range(10)); next(numbers)")
    every.run("data.clear(); next(numbers); extra = 1")
    moved = every.undo()
    assert (moved.cell, moved.cells) == (2, (2,))
    assert every.names == ("data", "numbers")
    assert every.run("print(data, next(numbers), 'extra' in globals())").text == "{'a': [1, 2, 3]} 1 False"


def test_cells_are_numbered_as_then(every: ramet.Session) -> None:
    """The next cell takes the number of the undone one."""
    every.run("x = 1")
    every.run("x = 2")
    every.undo()
    assert every.run("x").cell == 2


def test_environment_folder_and_random_numbers_go_back(every: ramet.Session) -> None:
    """All that belongs to the process."""
    every.run("import os, random; os.environ['A'] = 'old'; os.chdir('/'); random.seed(1)")
    drawn = every.run("os.environ['A'] = 'new'; os.chdir('/tmp'); print(random.random())").text
    every.undo()
    assert every.run("print(os.environ['A'], os.getcwd(), random.random())").text == f"old / {drawn}"


def test_several_steps_and_back_again(every: ramet.Session) -> None:
    """`undo(n)`, `undo(to=)` and `redo`."""
    for value in range(1, 6):
        every.run(f"x = {value}")
    assert every.undo(2).cells == (4, 5)
    assert every.redo().cell == 5
    assert every.redo().cell == 6
    assert every.undo(to=2).cells == (2, 3, 4, 5)
    assert every.run("x").text == "1"
    with pytest.raises(ramet.InvalidError, match="nothing to redo"):
        every.redo()


def test_undo_again_and_again(every: ramet.Session) -> None:
    """A hundred times to the same moment and on."""
    every.run("x = 0")
    for n in range(100):
        every.run(f"x += {n}")
        assert every.undo().cell == 2
    assert every.run("x").text == "0"


def test_what_cannot_be_undone(every: ramet.Session) -> None:
    """Nothing yet, too far, or a cell in the way: each is told."""
    with pytest.raises(ramet.InvalidError, match="was not run"):
        every.undo()
    every.run("x = 1")
    with pytest.raises(ramet.InvalidError, match="no checkpoint of the state before cell 1"):
        every.undo()
    every.submit("input()")
    wait_until(lambda: every.state is ramet.SessionState.WAITING_INPUT)
    with pytest.raises(ramet.BusyError, match="interrupt it"):
        every.undo()


def test_without_checkpoints() -> None:
    """`checkpoints="off"` means what it says."""
    with ramet.Session(shell="python", checkpoints="off") as session:
        session.run("x = 1")
        session.run("x = 2")
        assert session.checkpoints == ()
        with pytest.raises(ramet.InvalidError, match="no checkpoint"):
            session.undo()


def test_auto_leaves_some_out_and_catches_up() -> None:
    """Cells in quick succession have few checkpoints; a session at rest has its newest."""
    with ramet.Session(shell="python") as session:
        for n in range(200):
            session.run(f"x = {n}")
        wait_until(lambda: any(checkpoint.cell == 201 for checkpoint in session.checkpoints))
        cells = [checkpoint.cell for checkpoint in session.checkpoints]
        assert len(cells) <= 10
        session.run("x = 'last'")
        moved = session.undo()
        assert moved.cell == 201
        assert session.run("x").text == "199"


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import os; os._exit(3)", "exit status 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    ],
)
def test_a_crash_costs_one_cell(every: ramet.Session, code: str, how: str) -> None:
    """The outcome says how it died and where the session stands."""
    every.run("kept = [1, 2]")
    settle(every)
    outcome = every.run(f"kept.append(3)\n{code}").outcome
    assert isinstance(outcome, ramet.Died)
    assert (outcome.how, outcome.back_to, outcome.lost, outcome.undone) == (how, 3, (), ())
    assert f"back at the state before cell {outcome.back_to}" in str(outcome)
    assert every.run("kept").text == "[1, 2]"


def test_thirty_crashes_in_a_row(every: ramet.Session) -> None:
    """Each comes back to the same state."""
    every.run("kept = 1")
    settle(every)
    for _ in range(30):
        assert isinstance(every.run("import os; os._exit(1)").outcome, ramet.Died)
    assert every.run("kept").text == "1"


def test_killed_while_idle_with_its_newest_checkpoint(every: ramet.Session) -> None:
    """An older one comes back, and the next reply says what that undid."""
    every.run("x = 1")
    every.run("x = 2")
    settle(every)
    newest = every.checkpoints[-1]
    os.kill(newest.pid, signal.SIGKILL)
    wait_until(lambda: not alive(newest.pid))
    pid = every.info.pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: every.info.pid != pid)
    result = every.run("x")
    assert result.text == "2"
    assert any("SIGKILL" in note and "back at the state before cell 3" in note for note in result.notes)


def test_all_checkpoints_and_the_parent_killed_too(every: ramet.Session) -> None:
    """Then there is an empty session, and the reply names what was lost."""
    every.run("kept = 1")
    settle(every)
    for checkpoint in every.checkpoints:
        os.kill(checkpoint.pid, signal.SIGKILL)
    wait_until(lambda: not any(alive(checkpoint.pid) for checkpoint in every.checkpoints))
    outcome = every.run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)").outcome
    assert isinstance(outcome, ramet.Died)
    assert (outcome.back_to, outcome.lost) == (None, ("kept",))
    assert every.run("'kept' in globals()").text == "False"


def test_user_code_does_not_see_our_children(every: ramet.Session) -> None:
    """A loop that waits for all children ends."""
    every.run("import os")
    settle(every)
    result = every.run(
        "pids = set()\nfor _ in range(2):\n    pid = os.fork()\n    if not pid: os._exit(0)\n    pids.add(pid)\n"
        "found = set()\nwhile True:\n    try: found.add(os.wait()[0])\n"
        "    except ChildProcessError: break\nfound == pids"
    )
    assert result.text == "True"


def test_threads_that_cannot_come_back_are_named(every: ramet.Session) -> None:
    """A copy has no threads but its own."""
    every.run("import threading; stop = threading.Event()\nthreading.Thread(target=stop.wait, name='watcher').start()")
    settle(every)
    every.run("x = 1")
    moved = every.undo()
    assert moved.missing == ("thread watcher",)
    every.run("stop.set()")


def test_an_open_pipe_forbids_a_checkpoint(every: ramet.Session) -> None:
    """A copy would keep it open; the reply says so, and closing it makes checkpoints possible again."""
    every.run("import subprocess")
    every.run("cat = subprocess.Popen(['cat'], stdin=subprocess.PIPE)")
    assert any("pipe" in note for note in every.run("1").notes)
    assert not every.run("2").notes
    with pytest.raises(ramet.InvalidError, match=r"before cell 4 \(a pipe.*undo\(to=2\)"):
        every.undo()
    every.run("cat.communicate()")
    settle(every)


def test_shell_scripts_go_on_after_an_undo() -> None:
    """IPython runs `%%bash` with the help of a thread, which a copy does not have."""
    with ramet.Session(shell="ipython", checkpoints="every") as session:
        session.run("%%bash\necho one")
        settle(session)
        session.run("x = 1")
        session.undo()
        assert session.run("%%bash\necho two", deadline_s=30).text == "two"


def test_background_tasks_come_back(every: ramet.Session) -> None:
    """The event loop is part of the state."""
    every.run("import asyncio\nasync def tick():\n    await asyncio.sleep(1)\n    print('tick')")
    every.run("task = asyncio.create_task(tick()); await asyncio.sleep(0)")
    settle(every)
    wait_until(lambda: "tick" in every.late)
    every.undo()
    wait_until(lambda: every.late.count("tick") == 2)


def test_nothing_is_left_of_checkpoints() -> None:
    """Closing a session ends them all."""
    with ramet.Session(shell="python", checkpoints="every") as session:
        for n in range(5):
            session.run(f"x = {n}")
        settle(session)
        pids = [checkpoint.pid for checkpoint in session.checkpoints]
        assert all(alive(pid) for pid in pids)
    wait_until(lambda: not any(alive(pid) for pid in pids))


STUBBORN = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nkept.append(2)\nprint('on')\nwhile True: pass"


def test_code_that_heeds_no_interrupt_costs_one_cell(every: ramet.Session) -> None:
    """A forced interrupt ends the process in the end, and the session is back at the state before the cell."""
    every.run("kept = [1]")
    settle(every)
    execution = every.submit(STUBBORN)
    wait_until(lambda: execution.result.stdout)
    assert not every.interrupt(wait_s=0.1).stopped
    forced = every.interrupt(force=True, wait_s=0.1)
    assert (forced.stopped, forced.killed) == (True, True)
    outcome = execution.result.outcome
    assert isinstance(outcome, ramet.Died)
    assert outcome.back_to == 3
    assert "did not react to interrupts" in str(outcome)
    assert every.run("kept").text == "[1]"


def test_a_deadline_is_kept_whatever_the_code_does(every: ramet.Session) -> None:
    """C code that hangs is ended with its process."""
    every.run("kept = [1]")
    settle(every)
    outcome = every.run("sum(range(10**11))", deadline_s=0.2).outcome
    assert isinstance(outcome, ramet.Died)
    assert "its deadline of 0.2 s passed" in outcome.reason
    assert every.run("kept").text == "[1]"
