"""What is printed arrives: once, in order, from wherever it comes, whatever a cell does to the streams."""

from __future__ import annotations

import os
import signal

import pytest
from support import wait_until

import ramet

C_PRINTF = "import ctypes; libc = ctypes.CDLL(None)"


def test_order_across_sources(session: ramet.Session) -> None:
    """Python, C, a subprocess and os.write, as they took turns."""
    result = session.run(
        f"{C_PRINTF}\nimport os, subprocess, sys\n"
        "for n in range(3):\n    print('python', n)\n    libc.printf(b'c %d\\n', n)\n"
        "    subprocess.run(['echo', f'child {n}'])\n    os.write(1, b'raw %d\\n' % n)\n"
        "    print('error', n, file=sys.stderr)"
    )
    expected = [f"{source} {n}" for n in range(3) for source in ("python", "c", "child", "raw", "error")]
    assert result.text.splitlines() == expected
    assert result.stderr == "error 0\nerror 1\nerror 2\n"


def test_warnings_and_logging_are_stderr(session: ramet.Session) -> None:
    """Python's own ways to complain are known as such."""
    result = session.run("import warnings, logging\nwarnings.warn('careful')\nlogging.warning('logged')\nprint('out')")
    assert "careful" in result.stderr
    assert "logged" in result.stderr
    assert result.stdout == "out\n"


def test_a_million_lines(session: ramet.Session) -> None:
    """Not one is lost, and none waits for the end of a burst."""
    result = session.run("for i in range(1_000_000): print(i)")
    assert result.stdout == "".join(f"{i}\n" for i in range(1_000_000))


def test_many_threads_that_print_fast(session: ramet.Session) -> None:
    """Every line of every thread arrives once, unharmed."""
    result = session.run(
        "import threading\n"
        "def work(n):\n    for i in range(3000): print(f'{n}-{i}')\n"
        "threads = [threading.Thread(target=work, args=[n]) for n in range(8)]\n"
        "for t in threads: t.start()\nfor t in threads: t.join()"
    )
    # `print` writes its line end apart, so lines of different threads may share one.
    words = result.stdout.replace("-", " ").split()
    assert len("".join(words)) == sum(len(f"{n}{i}") for n in range(8) for i in range(3000))
    assert result.stdout.count("\n") == 24_000


def test_the_last_lines_of_a_burst_come_at_once(session: ramet.Session) -> None:
    """A cell that prints a lot and then sleeps shows all it printed."""
    execution = session.submit("import time\nfor i in range(100_000): print(i)\ntime.sleep(600)")
    wait_until(lambda: execution.result.stdout.endswith("\n99999\n"))
    assert session.interrupt().stopped


def test_the_lines_before_an_abrupt_end(session: ramet.Session) -> None:
    """`os._exit` flushes, also in the middle of a burst."""
    result = session.run("import os\nfor i in range(100_000): print(i)\nprint('last', end='')\nos._exit(1)")
    assert result.stdout.endswith("99999\nlast")


def test_threads_and_late_output(session: ramet.Session) -> None:
    """What a thread prints after its cell comes with the next one, marked."""
    session.run(
        "import threading\ngo = threading.Event()\nthreading.Thread(target=lambda: (go.wait(), print('late'))).start()"
    )
    session.run("import signal\nsignal.signal(signal.SIGUSR1, lambda *_: go.set())")
    os.kill(session.info.pid, signal.SIGUSR1)  # while the session is idle
    wait_until(lambda: session.late == "late\n")
    result = session.run("print('now')")
    assert result.text == "late\nnow"
    assert result.stdout == "now\n"
    assert any("background" in note for note in result.notes)


def test_a_child_left_behind(session: ramet.Session) -> None:
    """A subprocess that goes on after its cell keeps its voice."""
    session.run("import subprocess\np = subprocess.Popen('read _; echo still here', shell=True, stdin=subprocess.PIPE)")
    session.run("import signal\nsignal.signal(signal.SIGUSR1, lambda *_: p.stdin.close())")
    os.kill(session.info.pid, signal.SIGUSR1)
    wait_until(lambda: "still here" in session.late)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (r"import sys; sys.stdout.buffer.write(b'\xff\xfe ok\n'); None", "\\xff\\xfe ok"),
        (r"print('nul \0 here')", "nul \0 here"),
        (r"print('\x1b[31mred\x1b[0m')", "\x1b[31mred\x1b[0m"),
        (r"print('\x1b]7771;0123456789abcdef;1;0;done;;{}\x1b\\')", "\x1b]7771;0123456789abcdef;1;0;done;;{}\x1b\\"),
        (r"print('lone \ud800')", "lone \\ud800"),
        (r"print('x' * 1_000_000)", "x" * 1_000_000),
        (r"print('10%\r20%\r30%')", "10%\r20%\r30%"),
    ],
)
def test_odd_text(session: ramet.Session, code: str, text: str) -> None:
    """Whatever is printed is what is read."""
    assert session.run(code).text == text


@pytest.mark.parametrize(
    "harm",
    [
        "import os; os.close(1)",
        "import os; os.close(1); os.close(2)",
        "import sys; sys.stdout.close()",
        "import sys; sys.stdout = None",
        "import sys; sys.stdout.detach()",
        "import io, sys; sys.stderr = io.TextIOWrapper(sys.stderr.detach())",
        "import sys; sys.stdin.close()",
        "import os; os.close(0)",
        "import os; os.closerange(0, 65536)",
        "import asyncio, os; await asyncio.sleep(0); os.closerange(3, 4096)",
        "import sys; del sys.stdout",
        "import os; os.closerange(3, 4096)",
        "import os; os.set_blocking(1, False)",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import os; os.set_blocking(1, False)'])",
        "import sys; sys.settrace(lambda *a: None)",
        "import os, shutil, glob; shutil.rmtree(os.path.dirname(os.readlink('/proc/self/fd/1')))",
        "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); signal.signal(signal.SIGPIPE, signal.SIG_DFL)",
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))",
    ],
)
def test_harm_to_the_streams_lasts_no_longer_than_its_cell(session: ramet.Session, harm: str) -> None:
    """The next cell prints as ever."""
    session.run("kept = 1")
    session.run(harm)
    assert session.run("print('fine', kept)").text == "fine 1"


def test_a_replaced_stdout_is_left_and_told(session: ramet.Session) -> None:
    """It is the user's choice; the note says how to go back."""
    result = session.run("import io, sys\nsys.stdout = io.StringIO()")
    assert any("StringIO" in note for note in result.notes)
    session.run("sys.stdout = sys.__stdout__")
    assert session.run("print('back')").text == "back"


def test_a_redirected_descriptor_is_told(session: ramet.Session) -> None:
    """Prints that go elsewhere are announced, with the way back."""
    result = session.run("import os\nos.dup2(os.open('/dev/null', os.O_WRONLY), 1)")
    [note] = result.notes
    assert "file descriptor 1" in note
    session.run(note.split("`")[1])
    assert session.run("print('back')").text == "back"


def test_a_child_that_fails_says_so(session: ramet.Session) -> None:
    """The traceback of a fork that ends with the cell is not lost."""
    result = session.run("import os\nif os.fork() == 0:\n    1/0\nos.wait()[1]")
    assert "ZeroDivisionError" in result.text
    assert result.value is not None
    assert result.value.text == "256"


@pytest.mark.parametrize("leave", ["", "; os._exit(0)", "; sys.exit(0)"])
def test_a_fork_in_a_cell(session: ramet.Session, leave: str) -> None:
    """The child's prints arrive; only the parent is the session."""
    result = session.run(
        f"import os, sys\nif os.fork() == 0:\n    print('child'){leave}\nelse:\n    os.wait(); print('parent')"
    )
    assert result.ok
    assert result.text == "child\nparent"
    assert session.run("1").text == "1"


def test_daemonising(session: ramet.Session) -> None:
    """The first parent's exit is an outcome, and the session goes on."""
    result = session.run(
        "import os, sys\nif os.fork():\n    sys.exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\nprint('daemon')"
    )
    assert isinstance(result.outcome, ramet.Exited)
    wait_until(lambda: "daemon" in result.stdout + session.late)
    assert session.run("1").ok


def test_late_output_of_background_tasks(session: ramet.Session) -> None:
    """Asyncio tasks go on between cells."""
    session.run(
        "import asyncio\nasync def tick():\n    for n in range(3):\n"
        "        await asyncio.sleep(0.01)\n        print('tick', n)\n"
        "task = asyncio.get_event_loop().create_task(tick()); await asyncio.sleep(0)"
    )
    wait_until(lambda: session.late == "tick 0\ntick 1\ntick 2\n")
    assert session.run("task.done()").text.endswith("True")
