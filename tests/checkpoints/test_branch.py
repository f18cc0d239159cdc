"""Sessions that begin where another one stands."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import alive, wait_until

import ramet

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["ipython", "python"])
def parent(request: pytest.FixtureRequest) -> Iterator[ramet.Session]:
    """A session with a list in it."""
    with ramet.Session(shell=request.param, checkpoints="every", name="parent") as session:
        session.run("items = [1]")
        yield session


def test_both_live_and_neither_sees_the_other(parent: ramet.Session) -> None:
    """A branch has the variables, the cell number and the folder of its parent, and then its own."""
    with parent.branch("what-if") as branch:
        branch.run("items.append(2); only_here = True")
        parent.run("items.append(3)")
        assert branch.run("items").text == "[1, 2]"
        assert parent.run("items").text == "[1, 3]"
        assert (branch.name, branch.info.pid != parent.info.pid) == ("what-if", True)
        assert branch.names == ("items", "only_here")
        assert parent.names == ("items",)


def test_a_branch_knows_where_it_comes_from(parent: ramet.Session) -> None:
    """Its origin is the session and the cell that would have been next."""
    with parent.branch() as branch:
        assert branch.name == "parent.1"
        assert branch.origin is not None
        assert (branch.origin.session, branch.origin.cell) == ("parent", 2)
        assert branch.run("0").cell == 2
    assert parent.origin is None


def test_from_an_earlier_cell(parent: ramet.Session) -> None:
    """`at=` is the state before that cell; what has no checkpoint is refused."""
    parent.run("items.append(2)")
    parent.run("items.append(3)")
    with parent.branch(at=3) as branch:
        assert branch.run("items").text == "[1, 2]"
    with pytest.raises(ramet.InvalidError, match="no checkpoint of the state before cell 1"):
        parent.branch(at=1)


def test_branches_of_branches(parent: ramet.Session) -> None:
    """Each continues the one it comes from."""
    with parent.branch("a") as a:
        a.run("items.append('a')")
        with a.branch("b") as b:
            b.run("items.append('b')")
            a.run("items.append('later')")
            assert b.run("items").text == "[1, 'a', 'b']"
            assert b.origin is not None
            assert b.origin.session == "a"


def test_while_a_cell_runs(parent: ramet.Session) -> None:
    """The branch stands before that cell, and the cell goes on."""
    execution = parent.submit("items.append('running')\nprint('on')\nimport time\nwhile True: time.sleep(0.01)")
    next(event for event in execution if isinstance(event, ramet.Text))
    with parent.branch() as branch:
        assert branch.run("items").text == "[1]"
        assert not execution.done
        assert branch.interrupt().idle
    assert parent.interrupt().stopped


def test_a_branch_outlives_its_parent() -> None:
    """Closing the one does not touch the other."""
    with ramet.Session(shell="python") as parent:
        parent.run("x = 41")
        branch = parent.branch()
    with branch:
        assert branch.run("x + 1").text == "42"
        assert isinstance(branch.run("import os; os._exit(1)").outcome, ramet.Died)


def test_a_parent_outlives_its_branch(parent: ramet.Session, tmp_path: Path) -> None:
    """The branch ends without running exit handlers: what they would tidy up is the parent's."""
    parent.run(f"import atexit, pathlib; atexit.register(pathlib.Path({str(tmp_path / 'gone')!r}).touch)")
    with parent.branch() as branch:
        pid = branch.info.pid
    assert not alive(pid)
    assert not (tmp_path / "gone").exists()
    assert parent.run("items").text == "[1]"


def test_what_a_branch_shows_is_its_own(parent: ramet.Session) -> None:
    """Python, programs and C all write to the stream of their own session."""
    with parent.branch() as branch:
        code = "import os, sys; print('py'); sys.stderr.write('err\\n'); os.system('echo sh'); os.write(1, b'raw\\n')"
        result = branch.run(f"{code};None")
        assert (result.stdout, result.stderr) == ("py\nsh\nraw\n", "err\n")
    assert parent.late == ""
    assert parent.run("1").text == "1"


def test_a_branch_can_do_all_that_a_session_can(parent: ramet.Session) -> None:
    """Input, interrupts, stacks, undo, recovery, restart."""
    with parent.branch() as branch:
        branch.run("name = input('who? ')")
        branch.answer("Ada")
        assert branch.last is not None
        branch.last.wait()
        branch.submit("print('on')\nwhile True: pass")
        wait_until(lambda: "line 2" in branch.stack())
        assert branch.interrupt(wait_s=30).stopped
        branch.run("items.clear()")
        branch.undo()
        died = branch.run("import os; os.kill(os.getpid(), 9)").outcome
        assert isinstance(died, ramet.Died)
        assert (died.how, died.lost) == ("SIGKILL", ())
        assert branch.run("print(name, items)").text == "Ada [1]"
        branch.restart()
        assert branch.names == ()
    assert parent.run("items").text == "[1]"


def test_random_numbers_go_on_alike(parent: ramet.Session) -> None:
    """So that a rerun gives the same numbers."""
    parent.run("import random; random.seed(7)")
    with parent.branch() as one, parent.branch() as two:
        assert one.run("random.random()").text == two.run("random.random()").text


def test_all_descriptors_closed(parent: ramet.Session) -> None:
    """A branch finds its streams again, each of them."""
    with parent.branch() as branch:
        assert branch.run("import os; os.closerange(3, 1024)").ok
        assert branch.run("6 * 7", deadline_s=30).text == "42"


def test_what_is_shared_is_said(parent: ramet.Session, tmp_path: Path) -> None:
    """Connections and files open for writing, in the origin and in the first reply."""
    parent.run(
        "import socket\nserver = socket.create_server(('127.0.0.1', 0)); port = server.getsockname()[1]\n"
        f"log = open({str(tmp_path / 'log')!r}, 'w'); read_only = open('/dev/null')"
    )
    port = parent.run("port").text
    with parent.branch() as branch:
        assert branch.origin is not None
        assert branch.origin.shared == (
            f"a socket at 127.0.0.1:{port}",
            f"the file {tmp_path / 'log'}, open for writing",
        )
        note = f"this branch shares with parent: {'; '.join(branch.origin.shared)}"
        assert note in branch.run("1").notes
        assert not branch.run("1").notes


def test_threads_that_stay_behind_are_named(parent: ramet.Session) -> None:
    """They go on in the parent only."""
    parent.run("import threading; stop = threading.Event()\nthreading.Thread(target=stop.wait, name='watcher').start()")
    with parent.branch() as branch:
        assert branch.origin is not None
        assert branch.origin.missing == ("thread watcher",)
        assert "not in this branch: thread watcher" in branch.run("1").notes
    parent.run("stop.set()")


def test_event_loops_wake_up_by_themselves(parent: ramet.Session) -> None:
    """What wakes the loop of one session does not wake that of the other."""
    parent.run("import asyncio; await asyncio.sleep(0)")
    wake = "import threading\nhere = asyncio.Event(); loop = asyncio.get_running_loop()\n"
    wake += "threading.Thread(target=loop.call_soon_threadsafe, args=[here.set]).start(); await here.wait(); 'awake'"
    with parent.branch() as branch:
        for _ in range(20):
            assert parent.run(wake, deadline_s=30).text == "'awake'"
            assert branch.run(wake, deadline_s=30).text == "'awake'"


def test_spawned_processes_find_what_the_branch_defined(parent: ramet.Session) -> None:
    """Also what it defined itself."""
    with parent.branch() as branch:
        branch.run("def double(n): return 2 * n")
        code = (
            "import multiprocessing as mp\nwith mp.get_context('spawn').Pool(1) as pool: print(pool.map(double, [4]))"
        )
        assert branch.run(code, deadline_s=60).text == "[8]"


def test_a_state_that_may_not_be_copied_is_refused(parent: ramet.Session) -> None:
    """The error says why."""
    parent.run("import subprocess; cat = subprocess.Popen(['cat'], stdin=subprocess.PIPE)")
    with pytest.raises(ramet.InvalidError, match="a pipe is open"):
        parent.branch()
    parent.run("cat.communicate()")


def test_a_checkpoint_that_is_gone(parent: ramet.Session) -> None:
    """The error says so, soon, and the parent goes on."""
    wait_until(lambda: any(checkpoint.cell == 2 for checkpoint in parent.checkpoints))
    newest = parent.checkpoints[-1].pid
    os.kill(newest, signal.SIGKILL)
    wait_until(lambda: not alive(newest))
    with pytest.raises(ramet.BrokenError, match="not there any more"):
        parent.branch()
    parent.run("items.append(2)")
    with parent.branch() as branch:
        assert branch.run("items").text == "[1, 2]"


def test_without_automatic_checkpoints() -> None:
    """A branch makes the checkpoint that it needs."""
    with ramet.Session(shell="python", checkpoints="off") as parent:
        parent.run("x = 1")
        with parent.branch() as branch:
            assert branch.run("x").text == "1"


async def test_many_branches_at_once() -> None:
    """Fifty of one moment, all alive together."""
    async with ramet.AsyncSession(shell="python") as parent:
        await parent.run("data = bytearray(10_000_000)")
        branches = await asyncio.gather(*(parent.branch() for _ in range(50)))
        results = await asyncio.gather(*(branch.run(f"data[0] = {n}; data[0]") for n, branch in enumerate(branches)))
        assert [result.text for result in results] == [str(n) for n in range(50)]
        await asyncio.gather(*(branch.close() for branch in branches))
        assert (await parent.run("data[0]")).text == "0"
    assert not any(alive(branch.info.pid) for branch in branches)


async def test_giving_up_a_branch_leaves_none_behind() -> None:
    """Cancelled at any moment of its making."""
    async with ramet.AsyncSession(shell="python") as parent:
        await parent.run("x = 1")
        folder = Path((await parent.run("import os; print(os.readlink('/proc/self/fd/1'))")).text).parent.parent
        for turns in range(12):
            task = asyncio.create_task(parent.branch())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                await task.result().close()
        assert len(list(folder.glob("session-*"))) == 1
        assert (await parent.run("x")).text == "1"
