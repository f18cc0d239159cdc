"""What can be seen of a session without running a cell, and what it remembers."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support import PATIENCE_S, wait_until

import ramet
from ramet.handlers import processes
from ramet.model.inspection import Inspection, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=["ipython", "python"])
def session(request: pytest.FixtureRequest) -> Iterator[ramet.Session]:
    """A session with some variables."""
    with ramet.Session(shell=request.param, checkpoints="every") as session:
        session.run("numbers = [1, 2, 3]; word = 'abc'")
        session.run(
            "class Slow:\n    def __repr__(self):\n        numbers.append(4)\n        while True: pass\nslow = Slow()"
        )
        yield session


def test_variables_without_a_cell(session: ramet.Session) -> None:
    """Name, type, value, and the cell that made it; a repr that hangs or changes things does neither here."""
    rows = {row.name: row for row in session.variables().rows}
    assert (rows["numbers"].value, rows["numbers"].type, rows["numbers"].cell) == ("[1, 2, 3]", "list", 1)
    assert rows["slow"].cell == 2
    assert session.next_cell == 3
    assert session.run("numbers").text == "[1, 2, 3]"
    assert [row.name for row in session.variables("w*").rows] == ["word"]


def test_questions_that_make_no_sense(session: ramet.Session) -> None:
    """They are refused before anybody is asked."""
    for ask in (
        lambda: session.variables("*", limit=-1),
        lambda: session.variables(types=[int]),  # type: ignore[list-item]
        lambda: session.variables(wait_s=None),  # type: ignore[arg-type]
        lambda: session.inspect(5),  # type: ignore[arg-type]
        lambda: session.complete("x", -1),
        lambda: session.search(b"x"),  # type: ignore[arg-type]
    ):
        with pytest.raises(ramet.InvalidError):
            ask()


def test_while_a_cell_runs(session: ramet.Session) -> None:
    """The values of this very moment."""
    session.submit("import time\nfor step in range(10**9): time.sleep(0.001)")
    wait_until(lambda: session.variables("step").rows)
    first = int(session.variables("step").rows[0].value)
    wait_until(lambda: int(session.variables("step").rows[0].value) > first)
    assert session.interrupt().stopped


def test_the_next_question_comes_before_the_last_copy_is_made(session: ramet.Session) -> None:
    """It waits until the locks are free that are taken around a fork."""
    session.run(
        "import os, threading, time\nlock = threading.Lock()\n"
        "def release():\n    end = time.monotonic() + 0.1\n    while time.monotonic() < end: pass\n    lock.release()\n"
        "os.register_at_fork(before=lock.acquire, after_in_parent=release, after_in_child=lock.release)"
    )
    for _ in range(3):
        assert session.variables("word").rows
    assert session.run("word").text == "'abc'"


@pytest.mark.parametrize(
    "code", ["__import__('threading').Event().wait()", "__import__('subprocess').run(['sleep', '600'])"]
)
def test_while_a_cell_is_blocked(session: ramet.Session, code: str) -> None:
    """Waiting for a lock or for a program does not keep it from answering, and answering does not wake it."""
    execution = session.submit(f"print('on')\n{code}")
    wait_until(lambda: execution.result.stdout)
    assert session.variables("word").rows[0].value == "'abc'"
    assert not execution.done
    assert session.interrupt(wait_s=30).stopped


def test_while_a_cell_floods(session: ramet.Session) -> None:
    """In the middle of writes, too: nothing is lost, said twice, or held up."""
    burst = "for line in range(start, start + 2000): print(line)"
    execution = session.submit(f"import time\nfor start in range(0, 60000, 2000):\n    {burst}\n    time.sleep(0.005)")
    while not execution.done:
        session.variables("word")
    result = execution.wait()
    assert result.ok
    assert result.stdout.split() == [str(line) for line in range(60000)]
    assert not result.stderr


def test_many_questions_leave_no_process(session: ramet.Session) -> None:
    """However long the cell runs in which they are asked, and also without checkpoints."""
    execution = session.submit("while True: pass")
    for _ in range(30):
        session.variables("word")
    wait_until(lambda: len([one for one in processes.family(session.info.pid) if one.ended]) <= 2)
    assert session.interrupt().stopped
    assert execution.done


@pytest.mark.parametrize(
    "end", [ramet.Session.restart, ramet.Session.close, lambda session: os.kill(session.info.pid, signal.SIGKILL)]
)
def test_a_process_that_ends_does_not_answer(session: ramet.Session, end: Callable[[ramet.Session], object]) -> None:
    """Who asks is told at once."""
    session.submit("print('on'); sum(range(10**12))")
    wait_until(lambda: session.last is not None and session.last.result.stdout)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(session.variables, wait_s=600)
        wait_until(lambda: session.stack())
        end(session)
        with pytest.raises((ramet.BrokenError, ramet.ClosedError)):
            asked.result(PATIENCE_S)


def test_a_call_that_cannot_be_left_is_told(session: ramet.Session) -> None:
    """C code that computes; it goes on."""
    session.submit("sum(range(10**11))")

    def silent() -> bool:
        try:
            session.variables(wait_s=0.3)
        except ramet.BusyError as error:
            return "did not answer within 0.3 s" in str(error)
        return False  # it has not come to that call yet

    wait_until(silent)
    session.restart()


def test_among_forks_of_the_cell(session: ramet.Session) -> None:
    """A question that comes in the middle of a fork waits for its end: its copy would wait for ever."""
    fork = "    pid = os.fork()\n    if not pid: os._exit(0)\n    os.waitpid(pid, 0)"
    code = f"import os\nprint('on')\nfor step in range(10**9):\n{fork}"
    execution = session.submit(code)
    wait_until(lambda: execution.result.stdout)
    for _ in range(40):
        assert session.variables("word", wait_s=30).rows[0].value == "'abc'"
    assert session.interrupt(wait_s=30, force=True).stopped


def test_inspecting_and_completing(session: ramet.Session) -> None:
    """A method's signature, a name that is not there, and what could be typed next."""
    found = session.inspect("word.split")
    assert isinstance(found, Inspection)
    assert "sep" in found.signature
    missing = session.inspect("numbrs")
    assert isinstance(missing, NotFound)
    assert "numbers" in missing.near
    assert any(match.endswith("append") for match in session.complete("numbers.app").matches)


def test_the_journal_remembers_what_was_undone(session: ramet.Session) -> None:
    """Undone cells are marked, never forgotten."""
    session.run("print('first try')")
    session.undo()
    session.run("print('second try')")
    assert [past.result.stdout for past in session.history() if past.result.cell == 3] == [
        "first try\n",
        "second try\n",
    ]
    assert (session.cell("out:3").result.stdout, session.cell("out:3.1").undone) == ("second try\n", True)


def test_pages_and_searches(session: ramet.Session) -> None:
    """By line number, from the end, and by pattern."""
    session.run("for n in range(1000): print('line', n)")
    assert str(session.lines("out:3", 10, 11)) == "line 9\nline 10"
    assert session.lines("out:3", -1, 5000).lines[0].text == "line 999"
    assert [match.line.number for match in session.search(r"line 99\d").matches] == list(range(991, 1001))
    with pytest.raises(ramet.InvalidError, match="pattern"):
        session.search("(")


def test_a_journal_that_is_kept(tmp_path: Path) -> None:
    """It outlives the session, the next one goes on with it, and two cannot write it at once."""
    with ramet.Session(shell="python", journal=tmp_path / "journal") as session:
        session.run("print('from the first')")
        with pytest.raises(ramet.BusyError):
            ramet.Session(shell="python", journal=tmp_path / "journal").start()
    with ramet.Session(shell="python", journal=tmp_path / "journal") as session:
        session.run("print('from the second')")
        assert [past.result.stdout for past in session.history()] == ["from the first\n", "from the second\n"]


def test_a_branch_remembers_what_led_to_it(session: ramet.Session) -> None:
    """Its journal begins with that of its parent, up to where it began."""
    session.run("print('before')")
    with session.branch() as branch:
        session.run("print('only in the parent')")
        branch.run("print('only in the branch')")
        assert [past.result.stdout for past in branch.history()][2:] == ["before\n", "only in the branch\n"]


def test_a_brief(session: ramet.Session) -> None:
    """What one needs to go on, in a bounded text."""
    session.run("1 / 0")
    for n in range(30):
        session.run(f"x{n} = '{n}' * 100")
    text = session.brief()
    assert len(text) <= 2000
    assert "next cell 34" in text
    assert "numbers = [1, 2, 3]" in text or "more variables" in text
    assert "x29 = '29' * 100" in text
    assert "undo can go back to before cell" in text


def test_a_brief_of_many_checkpoints() -> None:
    """Cells that follow one another are told as a range."""
    with ramet.Session(checkpoints="every") as session:
        for n in range(5):
            session.run(f"x = {n}")
        assert "undo can go back to before cell 2 to 6" in session.brief()
