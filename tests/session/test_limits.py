"""Limits of memory and of processes, with code that does its worst."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest
from support import wait_until

import ramet
from ramet.handlers import processes

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 300_000_000
MAPS = "import mmap, time\nmaps = []\nwhile True:\n    "
GROW = "maps.append(mmap.mmap(-1, 16 << 20)); maps[-1].write(bytes(16 << 20)); time.sleep(0.02)"


@pytest.fixture(params=["ipython", "python"])
def limited(request: pytest.FixtureRequest) -> Iterator[ramet.Session]:
    """A session that may use 300 MB."""
    with ramet.Session(shell=request.param, limit_bytes=LIMIT, checkpoints="every") as session:
        session.run("kept = b'k' * 50_000_000")
        yield session


@pytest.fixture
def few() -> Iterator[ramet.Session]:
    """A session that may run twenty processes."""
    with ramet.Session(shell="python", max_processes=20, checkpoints="every") as session:
        session.run("import os, time; kept = 1")
        yield session


@pytest.mark.parametrize(
    "code",
    [
        "data = []\nwhile True: data.append(str(len(data)))",
        "import numpy\ndata = []\nwhile True: data.append(numpy.ones(1_000_000))",
        "def f():\n    data = []\n    while True: data.append(b'x' * 100_000)\nf()",
        "data = bytearray(10**12)",
    ],
    ids=["objects", "arrays", "function", "at once"],
)
def test_an_allocation_beyond_the_limit_fails(limited: ramet.Session, code: str) -> None:
    """As a MemoryError of the cell; the session goes on, and a note names the largest variables."""
    result = limited.run(code)
    assert isinstance(result.outcome, ramet.Raised)
    assert result.outcome.error.type.endswith("MemoryError")
    assert any(re.search(r"uses \S+ MB of its limit of 300 MB \(largest: .*kept 50 MB", note) for note in result.notes)
    assert limited.run("data = None\nlen(kept)").text == "50000000"
    assert limited.run("x = b'x' * 150_000_000").ok


def test_four_fifths_are_told_once(limited: ramet.Session) -> None:
    """And again when they are passed again."""
    grown = limited.run("x = b'x' * 200_000_000")
    assert any("(largest: x 200 MB, kept 50 MB)" in note for note in grown.notes)
    assert not limited.run("1").notes
    assert not limited.run("del x").notes
    assert limited.run("x = b'x' * 200_000_000").notes


def test_what_no_allocation_tells_is_interrupted(limited: ramet.Session) -> None:
    """Shared memory: the outcome gives the reason, and variables are kept."""
    result = limited.run(MAPS + GROW)
    assert isinstance(result.outcome, ramet.Interrupted)
    assert re.match(r"it used 3\d\d MB of its limit of 300 MB \(largest: kept 50 MB\)", result.outcome.reason)
    assert limited.run("maps = None\nlen(kept)").text == "50000000"


def test_what_ignores_the_interrupt_is_ended(limited: ramet.Session) -> None:
    """And the state before the cell comes back."""
    wait_until(lambda: limited.checkpoints)
    died = limited.run(f"{MAPS}try: {GROW}\n    except BaseException: pass").outcome
    assert isinstance(died, ramet.Died)
    assert re.match(r"it used \d\d\d MB of its limit of 300 MB \(largest: kept 50 MB\)", died.reason)
    assert died.back_to == 2
    assert limited.run("len(kept)").text == "50000000"


def test_code_that_swallows_memory_errors_stays_within_the_limit(limited: ramet.Session) -> None:
    """It neither grows nor harms anybody."""
    code = "data = []\nfor _ in range(3000):\n    try: data.append(bytes(1_000_000))\n    except MemoryError: pass"
    assert limited.run(code).ok
    assert limited.memory().used_bytes < LIMIT + 16_000_000


def test_children_count(limited: ramet.Session) -> None:
    """Those that use the memory are ended, not the session; the same memory shared with them counts once."""
    limited.run("import os, signal, time\nshared = b'x' * 100_000_000")
    calm = "for _ in range(5):\n    if not os.fork(): time.sleep(1); os._exit(0)\ntime.sleep(0.6); 'calm'"
    assert limited.run(calm).text == "'calm'"
    child = "signal.signal(2, signal.SIG_IGN); x = b'x' * 80_000_000; time.sleep(60); os._exit(0)"
    result = limited.run(
        f"for _ in range(4):\n    if not os.fork(): {child}\ntry: time.sleep(20)\nfinally: time.sleep(5)"
    )
    assert "of its limit of 300 MB" in str(result.outcome)
    assert "ended" in str(result.outcome)
    assert limited.run("len(kept)").text == "50000000"
    wait_until(lambda: limited.memory().children_bytes == 0)


def test_a_fork_bomb_ends_with_its_cell(few: ramet.Session) -> None:
    """No process of it is left, and the session stands where it stood."""
    wait_until(lambda: few.checkpoints)
    before = _alive()
    result = few.run("for _ in range(9): os.fork()\ntime.sleep(60)")
    assert re.search(r"it ran \d+ processes at once, and max_processes is 20; those were ended", str(result.outcome))
    assert few.run("assert kept == 1").ok
    wait_until(lambda: len(_alive() - before) < 5)  # checkpoints; what was killed may take a moment to be gone


def _alive() -> set[int]:
    return {process.pid for process in processes.family(os.getpid()) if not process.ended}


def test_a_program_that_multiplies_after_its_cell_is_ended(few: ramet.Session) -> None:
    """The next result says so."""
    code = "import os, time\nfor _ in range(8): os.fork()\ntime.sleep(60)"
    few.run(f"import subprocess; p = subprocess.Popen([{sys.executable!r}, '-c', {code!r}])")
    few.run("p.wait()")
    wait_until(lambda: "max_processes is 20" in repr(few.last and few.last.result))
    assert few.run("assert kept == 1").ok


def test_many_processes_are_no_bomb() -> None:
    """A pool and a row of programs within the bound are left alone."""
    with ramet.Session(shell="python", max_processes=20) as session:
        result = session.run("import os, time\nfor _ in range(15):\n    if not os.fork(): time.sleep(0.3); os._exit(0)")
        assert result.ok
        assert session.run("import subprocess\nfor _ in range(60): subprocess.run(['true'])").ok


def test_memory_is_told_while_a_cell_runs(limited: ramet.Session) -> None:
    """Of the process, of the checkpoints and of both."""
    before = limited.memory()
    limited.submit("x = b'x' * 100_000_000; import time; time.sleep(60)")
    wait_until(lambda: limited.memory().used_bytes > before.used_bytes + 90_000_000)
    use = limited.memory()
    assert use.total_bytes > 100_000_000
    assert use.peak_bytes > 100_000_000
    assert use.checkpoints_bytes > 1_000_000
    assert use.limit_bytes == LIMIT
    assert use.private_bytes > 90_000_000
    limited.interrupt()


def test_limits_are_inherited_by_undo_and_restart(limited: ramet.Session) -> None:
    """They are the session's, not the process's."""
    limited.run("x = 1")
    limited.undo()
    assert isinstance(limited.run("bytes(400_000_000)").outcome, ramet.Raised)
    limited.restart()
    assert isinstance(limited.run("bytes(400_000_000)").outcome, ramet.Raised)


def test_a_branch_uses_what_its_parent_used(limited: ramet.Session) -> None:
    """The limit is for all that it has; what it shares with its parent is no gift."""
    used = limited.memory().used_bytes
    with limited.branch() as branch:
        assert branch.memory().used_bytes == pytest.approx(used, abs=10_000_000)
        result = branch.run("x = b'x' * 270_000_000")
        assert isinstance(result.outcome, ramet.Raised)
        assert any(note.startswith("the session uses 5") for note in result.notes)


def test_checkpoints_keep_to_their_budget() -> None:
    """The oldest go first, and a note says so."""
    with ramet.Session(shell="python", checkpoints="every", checkpoints_limit_bytes=60_000_000) as session:
        session.run("import time; x = bytearray(40_000_000)")
        notes: list[str] = []
        while not notes:
            notes += session.run("x[:] = b'y' * 40_000_000; time.sleep(0.2)").notes
        assert notes[0].startswith("there is no way back to the state before cell 2 any more: the checkpoints held")
        assert session.undo().cells


@pytest.mark.parametrize("option", ["limit_bytes", "checkpoints_limit_bytes", "max_processes"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "1 GB"])
def test_a_limit_is_a_positive_whole_number(option: str, value: object) -> None:
    """Anything else is refused before a process is made."""
    with pytest.raises(ramet.InvalidError, match=option):
        ramet.Session(**{option: value})  # type: ignore[arg-type]
