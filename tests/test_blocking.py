"""The blocking face: the same sessions, from any thread."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support import ROOT, wait_until

import ramet
from ramet.handlers.zygotes import shared_zygotes

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_what_the_generator_writes() -> None:
    """`tools/generate_blocking.py` was run after the last change of an asynchronous class."""
    spec = importlib.util.spec_from_file_location("generate_blocking", ROOT / "tools/generate_blocking.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = generator  # where its dataclasses look for their module
    spec.loader.exec_module(generator)
    for plan in generator.PLANS:
        written = plan.target.read_text(encoding="utf-8")
        assert generator.formatted(generator.generate(plan), plan.target) == written


def test_a_session_and_its_executions() -> None:
    """run, submit, iterate, interrupt, answer, close."""
    with ramet.Session(shell="python") as session:
        assert session.run("6 * 7").text == "42"
        execution = session.submit("for i in range(3): print(i)")
        kinds = [type(event).__name__ for event in execution]
        assert kinds[-1] == "Ended"
        assert execution.result.stdout == "0\n1\n2\n"
        assert session.running is None
    assert session.state is ramet.SessionState.CLOSED


def test_a_manager() -> None:
    """Sessions come back as blocking ones."""
    with ramet.Manager() as manager:
        manager.start("a", shell="python")
        assert manager.get("a").run("1 + 1").text == "2"
        assert [session.name for session in manager.list()] == ["a"]


def test_many_threads_share_a_session() -> None:
    """Cells of different threads wait their turn."""
    with ramet.Session(shell="python") as session, ThreadPoolExecutor(8) as pool:
        session.run("count = 0")
        list(pool.map(session.run, ["count += 1"] * 50))
        assert session.run("count").text == "50"


def test_sessions_in_many_threads() -> None:
    """Each thread may have its own."""

    def work(n: int) -> str:
        with ramet.Session(shell="python") as session:
            return session.run(f"{n} * 2").text

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [str(n * 2) for n in range(8)]


def test_using_it_on_its_own_loop_is_refused() -> None:
    """It would wait for itself; the error says what to use instead."""
    from ramet.portal import portal

    with ramet.Session(shell="python") as session, pytest.raises(ramet.InvalidError, match="Async classes"):
        portal().call_sync(lambda: session.run("1"))


def test_a_fork_of_the_owner_leaves_its_sessions_alone() -> None:
    """The child gets a portal and a pool of its own, and its end ends nothing of the parent's, nor does a close."""
    with ramet.Session(shell="python") as session:
        session.run("'said before'")
        journals = set(shared_zygotes().root.glob("journal-*"))
        pid = os.fork()
        if pid == 0:
            try:
                session.close()
                with ramet.Session(shell="python") as own:
                    status = 0 if own.run("1 + 1").text == "2" else 1
                shared_zygotes().close()
            except BaseException:  # the child must not go on with the test run
                status = 2
            os._exit(status)
        assert os.waitpid(pid, 0)[1] == 0
        assert session.run("1 + 1").text == "2"
        assert set(shared_zygotes().root.glob("journal-*")) == journals


def test_waiting_threads_are_woken_by_a_close() -> None:
    """A thread that waits for a cell gets its outcome when another closes the session."""
    outcomes: list[object] = []
    with ramet.Session(shell="python") as session:
        thread = threading.Thread(target=lambda: outcomes.append(session.run("while True: pass").outcome))
        thread.start()
        wait_until(lambda: session.running is not None)
    thread.join(30)
    assert isinstance(outcomes[0], ramet.Died)


def test_a_fork_of_this_process_leaves_its_sessions_alone(tmp_path: Path) -> None:
    """There they cannot be used, closing them does nothing, and a session of the fork's own works."""
    with ramet.Session(shell="python") as session:
        session.run("x = 6")
        child = os.fork()
        if not child:
            said = []
            try:
                for attempt in (lambda: session.run("x = 7"), session.interrupt, session.stack, session.memory):
                    with pytest.raises(ramet.ClosedError, match="forked from"):
                        attempt()
                session.close()
                with ramet.Session(shell="python") as own:
                    said.append(own.run("6 * 7").text)
            finally:
                (tmp_path / "said").write_text(" ".join(said))
                os._exit(0)
        os.waitpid(child, 0)
        assert (tmp_path / "said").read_text() == "42"
        assert session.run("x").text == "6"
        assert str(session.lines("out:2")) == "6"
