"""What can be seen of a session without running a cell, and what it remembers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support import wait_until

import ramet
from ramet.model.inspection import Inspection, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def test_a_call_that_cannot_be_left_is_told(session: ramet.Session) -> None:
    """C code that computes; it goes on."""
    execution = session.submit("print('on')\nsum(range(10**11))")
    wait_until(lambda: execution.result.stdout)
    began = time.monotonic()
    with pytest.raises(ramet.BusyError, match=r"did not answer within 0\.3 s"):
        session.variables(wait_s=0.3)
    assert time.monotonic() - began < 10
    session.restart()


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
