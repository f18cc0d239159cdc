"""How a cell can end: by itself, by an interrupt, by asking to, by dying."""

from __future__ import annotations

import os
import signal
from typing import Literal

import pytest
from support import PATIENCE_S, alive, wait_until

import ramet

SLEEPERS = {
    "a loop": "while True: pass",
    "sleep": "import time; time.sleep(600)",
    "an awaiting cell": "import asyncio\nawait asyncio.sleep(600)",
    "a busy coroutine": "import asyncio\nawait asyncio.sleep(0)\nwhile True: pass",
    "a gathering": "import asyncio\nawait asyncio.gather(*(asyncio.sleep(600) for _ in range(3)))",
    "a subprocess": "import subprocess; subprocess.run(['sleep', '600'])",
    "a lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "C code that checks signals": "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')",
    "printing": "while True: print('x')",
}


@pytest.mark.parametrize("code", SLEEPERS.values(), ids=SLEEPERS.keys())
def test_interrupts(session: ramet.Session, code: str) -> None:
    """Each stops, says so, and leaves the session as it was."""
    session.run("kept = 1")
    execution = session.submit(f"started = True\nprint('going')\n{code}")
    wait_until(lambda: "going" in execution.result.stdout)
    assert session.interrupt(wait_s=PATIENCE_S).stopped
    assert isinstance(execution.result.outcome, ramet.Interrupted), execution.result
    assert execution.result.outcome.reason == "on request"
    assert session.run("kept").text == "1"


def test_interrupting_a_shell_command(ipython: ramet.Session) -> None:
    """`!cmd` ends with its command."""
    execution = ipython.submit("!echo going; sleep 600")
    wait_until(lambda: "going" in execution.result.stdout)
    assert ipython.interrupt(wait_s=PATIENCE_S).stopped


def test_an_interrupt_spares_what_an_earlier_cell_started(session: ramet.Session) -> None:
    """A server left in the background goes on."""
    session.run("import subprocess, time\nserver = subprocess.Popen(['sleep', '600'])\ntime.sleep(0.1)")
    execution = session.submit("print('going')\ntime.sleep(600)")
    wait_until(lambda: "going" in execution.result.stdout)
    session.interrupt(wait_s=PATIENCE_S)
    assert session.run("server.poll()").text == ""


def test_code_that_catches_the_interrupt(session: ramet.Session) -> None:
    """It may; the reply says that it goes on and where."""
    code = (
        "import time\nwhile True:\n    try: print('going'); time.sleep(600)\n    except KeyboardInterrupt: print('no')"
    )
    execution = session.submit(code)
    wait_until(lambda: "going" in execution.result.stdout)
    interruption = session.interrupt(wait_s=0.3)
    assert not interruption.stopped
    assert 'File "cell 1", line 3' in interruption.stack
    assert "ramet" not in interruption.stack
    session.restart()
    assert isinstance(execution.result.outcome, ramet.Died)


def test_a_deadline(session: ramet.Session) -> None:
    """The code is interrupted then, not the waiting."""
    result = session.run("import time\ntime.sleep(600)", deadline_s=0.2)
    assert isinstance(result.outcome, ramet.Interrupted)
    assert result.outcome.reason == "its deadline of 0.2 s passed"


def test_an_interrupt_right_after_submission(session: ramet.Session) -> None:
    """It stops the cell even if the process has not begun it yet."""
    session.run("import time")
    for _ in range(20):
        execution = session.submit("time.sleep(600)")
        assert session.interrupt(wait_s=PATIENCE_S).stopped
        assert isinstance(execution.result.outcome, ramet.Interrupted)


def test_a_deadline_that_has_passed_already(session: ramet.Session) -> None:
    """A deadline of nothing stops the cell at its beginning."""
    assert isinstance(session.run("import time; time.sleep(600)", deadline_s=0).outcome, ramet.Interrupted)


def test_an_interrupt_that_only_a_child_felt_is_told(session: ramet.Session) -> None:
    """`os.system` swallows it; the result says that it was sent."""
    execution = session.submit("import os\nos.system('echo going; sleep 600')")
    wait_until(lambda: "going" in execution.result.stdout)
    assert session.interrupt(wait_s=PATIENCE_S).stopped
    assert execution.result.ok
    assert any("interrupt" in note for note in execution.result.notes)


def test_a_handler_of_the_users_own(session: ramet.Session) -> None:
    """It holds for its cell, and what it raises harms no other."""
    session.run("import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)")
    pid = session.info.pid
    for n in range(60):
        execution = session.submit(f"x{n} = sum(range(2000))")
        os.kill(pid, signal.SIGINT)
        assert isinstance(execution.wait(PATIENCE_S).outcome, (ramet.Completed, ramet.Interrupted))
    assert session.info.pid == pid


def test_a_storm_of_interrupts(session: ramet.Session) -> None:
    """At whatever moment they hit, every cell has an outcome and the session stays."""
    pid = session.info.pid
    for n in range(60):
        execution = session.submit(f"x{n} = sum(range(2000))")
        for _ in range(5):
            os.kill(pid, signal.SIGINT)
        outcome = execution.wait(PATIENCE_S).outcome
        assert isinstance(outcome, (ramet.Completed, ramet.Interrupted)), outcome
    assert session.run("6 * 7").text == "42"
    assert session.info.pid == pid


@pytest.mark.parametrize(
    ("code", "exited"),
    [
        ("raise SystemExit", ramet.Exited(code=0)),
        ("import sys; sys.exit(3)", ramet.Exited(code=3)),
        ("import sys; sys.exit('sorry')", ramet.Exited(code=1, message="sorry")),
        ("exit()", ramet.Exited(code=0)),
        ("import asyncio\nawait asyncio.sleep(0)\nraise SystemExit(4)", ramet.Exited(code=4)),
    ],
)
def test_exits(session: ramet.Session, code: str, exited: ramet.Exited) -> None:
    """Asking to exit ends the cell, and its variables stay."""
    session.run("kept = 1")
    result = session.run(code)
    assert result.outcome == exited
    assert "session goes on" in result.text
    assert session.run("kept").text == "1"


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import os; os._exit(7)", "exit status 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "SIGTERM"),
        ("import os; os.abort()", "SIGABRT"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    ],
)
@pytest.mark.parametrize("shell", ["ipython", "python"])
def test_deaths(shell: Literal["ipython", "python"], code: str, how: str) -> None:
    """Without checkpoints: the outcome tells how and what is lost, and the session goes on with a new process."""
    with ramet.Session(shell=shell, checkpoints="off") as session:
        session.run("kept = 1")
        result = session.run(f"print('last words')\n{code}")
        assert isinstance(result.outcome, ramet.Died)
        assert (result.outcome.how, result.outcome.lost) == (how, ("kept",))
        assert "last words" in result.stdout
        assert "goes on, empty" in result.text
        after = session.run("'kept' in globals()")
        assert (after.text, after.cell) == ("False", 3)


def test_a_segfault_tells_where(session: ramet.Session) -> None:
    """The fatal stack names the cell and its line."""
    outcome = session.run("import ctypes\n\nctypes.string_at(0)").outcome
    assert isinstance(outcome, ramet.Died)
    assert 'File "cell 1", line 3' in outcome.stack


def test_a_death_is_not_explained_by_an_earlier_one() -> None:
    """A process and the checkpoint that takes its place write to the same file."""
    with ramet.Session(checkpoints="every") as session:
        session.run("import ctypes, os, signal")
        assert "cell 2" in session.run("ctypes.string_at(0)").outcome.stack
        died = session.run("os.kill(os.getpid(), signal.SIGKILL)").outcome
        assert died.how == "SIGKILL"
        assert not died.stack


def test_killed_between_cells() -> None:
    """The next cell's reply says what happened before it."""
    with ramet.Session(shell="python", checkpoints="off") as session:
        session.run("kept = 1")
        pid = session.info.pid
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: session.info.pid != pid)
        result = session.run("1")
        assert any("SIGKILL" in note and "kept" in note for note in result.notes)


def test_an_alarm_that_raises(session: ramet.Session) -> None:
    """A user's signal handler works in its cell, and does no harm after it."""
    session.run(
        "import signal, time\ndef late(*_): raise TimeoutError('too late')\nsignal.signal(signal.SIGALRM, late)"
    )
    result = session.run("signal.setitimer(signal.ITIMER_REAL, 0.05)\ntime.sleep(600)")
    assert isinstance(result.outcome, ramet.Raised)
    assert result.outcome.error.type == "TimeoutError"
    session.run("signal.setitimer(signal.ITIMER_REAL, 0.01); None")
    wait_until(lambda: session.run("signal.getitimer(signal.ITIMER_REAL)[0]").text == "0.0")
    assert session.run("1").text == "1"


def test_an_interrupt_is_not_lost_to_a_finaliser(session: ramet.Session) -> None:
    """Python swallows what is raised there; the cell stops all the same."""
    session.run("import time\nclass D:\n    def __del__(self):\n        print('in')\n        time.sleep(600)")
    execution = session.submit("d = D()\ndel d\nwhile True: pass")
    wait_until(lambda: execution.result.stdout)
    assert session.interrupt(wait_s=PATIENCE_S).stopped


def test_an_interrupt_is_not_lost_to_a_callback_of_the_shell() -> None:
    """IPython swallows what is raised in those; the cell ends before its first line."""
    with ramet.Session(shell="ipython") as session:
        session.run("import time\ndef slow(*_):\n    print('in')\n    time.sleep(2)")
        session.run("get_ipython().events.register('pre_run_cell', slow)")
        execution = session.submit("print('ran')\ntime.sleep(600)")
        wait_until(lambda: execution.result.stdout)
        assert session.interrupt(wait_s=PATIENCE_S).stopped
        assert "ran" not in execution.result.stdout


def test_children_end_with_the_session() -> None:
    """Closing takes along what the session started."""
    with ramet.Session(shell="python") as session:
        session.run("import subprocess\nchild = subprocess.Popen(['sleep', '600'])\nprint(child.pid)")
        pid = int(session.run("print(child.pid)").text)
        assert alive(pid)
    wait_until(lambda: not alive(pid))


def test_exit_handlers_run_at_close(tmp_path: object) -> None:
    """An orderly end runs `atexit`."""
    with ramet.Session(shell="python") as session:
        session.run(f"import atexit, pathlib\natexit.register(pathlib.Path({str(tmp_path)!r}, 'left').touch)")
    assert (tmp_path / "left").exists()  # type: ignore[operator]


def test_close_does_not_wait_for_what_hangs() -> None:
    """Neither a running cell nor an exit handler holds up the end."""
    with ramet.Session(shell="python") as session:
        session.submit("import time\nwhile True:\n    try: time.sleep(600)\n    except BaseException: pass")
    with ramet.Session(shell="python") as session:
        session.run("import atexit, time\natexit.register(time.sleep, 600)")
        pid = session.info.pid
    assert not alive(pid)


@pytest.mark.parametrize("stop", ["event", "poll"])
def test_an_interrupted_print_is_printed_once(session: ramet.Session, stop: str) -> None:
    """Whatever instruction of `print` the interrupt hits."""
    for n in range(15):
        execution = session.submit(f"import time\nfor i in range(10**9):\n    print('line', {n}, i)")
        if stop == "event":
            next(event for event in execution if isinstance(event, ramet.Text))
        else:
            wait_until(lambda: execution.result.stdout)  # noqa: B023 - called at once
        assert session.interrupt(wait_s=PATIENCE_S).stopped
        lines = [line for line in execution.result.stdout.split("\n") if line.startswith("line")]
        numbers = [int(line.split()[2]) for line in lines if len(line.split()) == 3]
        assert numbers[:-1] == list(range(len(numbers) - 1))
