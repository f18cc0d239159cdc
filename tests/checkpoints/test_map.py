"""The same code on many cases, each in a branch of its own."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ramet

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def session() -> Iterator[ramet.Session]:
    """A session that has something to fit."""
    with ramet.Session(shell="python") as session:
        session.run("data = [1, 2, 3]\ndef fit(alpha):\n    data.append(alpha)\n    return sum(data)")
        yield session


def test_values_come_back_in_order(session: ramet.Session) -> None:
    """Each case has its own copy of everything, and the session is untouched."""
    cases = session.map("fit(alpha)", [{"alpha": n} for n in range(10)])
    assert [case.value for case in cases] == [6 + n for n in range(10)]
    assert [case.variables for case in cases] == [{"alpha": n} for n in range(10)]
    assert session.run("data").text == "[1, 2, 3]"
    assert "alpha" not in session.names


def test_a_case_that_fails_does_not_stop_the_others(session: ramet.Session) -> None:
    """Errors, exits and crashes are outcomes of their own case."""
    code = "import os\nif n == 1: 1 / 0\nif n == 2: os._exit(3)\nn"
    cases = session.map(code, [{"n": n} for n in range(4)])
    assert [type(case.result.outcome) for case in cases] == [
        ramet.Completed, ramet.Raised, ramet.Died, ramet.Completed,
    ]  # fmt: skip
    assert [case.ok for case in cases] == [True, False, False, True]
    with pytest.raises(ramet.InvalidError, match="no value: raised ZeroDivisionError"):
        _ = cases[1].value


def test_any_value_that_can_be_pickled(session: ramet.Session) -> None:
    """Both ways; what cannot be pickled is told."""
    (case,) = session.map("len(given), {'back': given[::-1]}", [{"given": b"abc"}])
    assert case.value == (3, {"back": b"cba"})
    (case,) = session.map("lambda: n", [{"n": 1}])
    assert "<lambda>" in case.result.text
    with pytest.raises(ramet.InvalidError, match="cannot be pickled"):
        _ = case.value


def test_nothing_to_do_and_nothing_that_can_be_done(session: ramet.Session) -> None:
    """No cases, and arguments that make no sense."""
    assert session.map("1", []) == ()
    with pytest.raises(ramet.InvalidError, match="workers=0"):
        session.map("1", [{}], workers=0)
    with pytest.raises(ramet.InvalidError, match="'a b' cannot be the name"):
        session.map("1", [{"a b": 1}])
    with pytest.raises(ramet.InvalidError, match="f cannot be pickled"):
        session.map("1", [{"f": lambda: 1}])


def test_each_case_has_its_deadline_and_no_input(session: ramet.Session) -> None:
    """A case that never ends is interrupted; one that asks gets the end of file."""
    code = "import time\nif n == 0: time.sleep(600)\nif n == 1: input('?')\nn"
    slow, asking, good = session.map(code, [{"n": n} for n in range(3)], deadline_s=1.5)
    assert isinstance(slow.result.outcome, ramet.Interrupted)
    assert isinstance(asking.result.outcome, ramet.Raised)
    assert asking.result.outcome.error.type == "EOFError"
    assert good.value == 2


def test_progress_is_told(session: ramet.Session) -> None:
    """Each case as it ends."""
    done: list[ramet.Case] = []
    cases = session.map("n", [{"n": n} for n in range(5)], workers=2, on_done=done.append)
    assert sorted(case.variables["n"] for case in done) == [0, 1, 2, 3, 4]  # type: ignore[type-var]
    assert set(map(id, done)) == set(map(id, cases))
    assert repr(cases[4]) == "<Case n=4: 4>"
    assert (cases[4].label, cases[4].shown) == ("n=4", "4")


def test_not_while_a_cell_runs(session: ramet.Session) -> None:
    """The present state is what is mapped over."""
    session.submit("import time\nwhile True: time.sleep(0.01)")
    with pytest.raises(ramet.BusyError):
        session.map("1", [{}])
    session.interrupt()


async def test_the_session_can_be_used_meanwhile() -> None:
    """Cells run, and change nothing for the cases; undoing to the mapped state has to wait."""
    async with ramet.AsyncSession(shell="python", checkpoints="every") as session:
        await session.run("x = 1")
        started = asyncio.Event()
        mapping = asyncio.create_task(
            session.map("import time\ntime.sleep(0.1)\nx", [{}] * 6, workers=1, on_done=lambda _: started.set())
        )
        await started.wait()
        for n in range(15):  # more than there are checkpoints kept
            await session.run(f"x = {n + 2}")
        with pytest.raises(ramet.RametError):
            await session.undo(to=2)
        assert [case.value for case in await mapping] == [1] * 6
        assert (await session.run("x")).text == "16"


async def test_the_session_may_die_meanwhile() -> None:
    """It comes back from the very checkpoint that the cases come from, and they go on."""
    async with ramet.AsyncSession(shell="python", checkpoints="every") as session:
        await session.run("x = 1")
        started = asyncio.Event()
        mapping = asyncio.create_task(
            session.map("import time\ntime.sleep(0.2)\nx", [{}] * 6, workers=1, on_done=lambda _: started.set())
        )
        await started.wait()
        outcome = (await session.run("import os; os._exit(1)")).outcome
        assert isinstance(outcome, ramet.Died)
        assert outcome.back_to == 2
        assert [case.value for case in await mapping] == [1] * 6
        assert (await session.run("x")).text == "1"


async def test_giving_up_ends_all_branches() -> None:
    """No process of a map is left when its caller is cancelled."""
    async with ramet.AsyncSession(shell="python") as session:
        await session.run("import os, time")
        folder = Path((await session.run("print(os.readlink('/proc/self/fd/1'))")).text).parent.parent
        mapping = asyncio.create_task(session.map("time.sleep(600)", [{}] * 4, workers=4))
        while len(list(folder.glob("session-*"))) < 5:
            await asyncio.sleep(0.01)
        mapping.cancel()
        await asyncio.wait({mapping})
        assert mapping.cancelled()
        assert len(list(folder.glob("session-*"))) == 1
        assert (await session.run("1")).ok


def test_a_case_that_is_killed(session: ramet.Session) -> None:
    """Its outcome says so; there is no going back to try again."""
    spared, killed = session.map("import os\nn and os.kill(os.getpid(), 9)", [{"n": 0}, {"n": 1}])
    assert spared.ok
    assert isinstance(killed.result.outcome, ramet.Died)
    assert killed.result.outcome.signal == signal.SIGKILL
