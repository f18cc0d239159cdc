"""A person at a session, in a real terminal: what is typed, what is seen, and what others do meanwhile."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from terminals import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homes import Home


@pytest.fixture
def home(shared_home: Home) -> Iterator[Home]:
    """A home without sessions, whose host is there for all tests of this file."""
    yield shared_home
    for session in shared_home.ask("GET", "/v1/sessions")["answer"]:
        shared_home.ask("DELETE", f"/v1/sessions/{session['name']}")


@pytest.fixture
def terminal(home: Home) -> Iterator[Terminal]:
    """A person at session main, of plain Python, before its first cell."""
    home.start()
    with Terminal(home, "attach") as opened:
        opened.prompts(1)
        yield opened


def state_of(home: Home) -> str:
    """The state of session main."""
    return str(home.ask("GET", "/v1/sessions/main")["answer"]["state"]["name"])


def begin(home: Home, code: str) -> None:
    """Begin a cell as another client does."""
    home.ask("POST", "/v1/sessions/main/submit", {"code": code})


def test_blocks_results_and_errors(terminal: Terminal) -> None:
    """A block is sent when an empty line ends it; numbers are the session's."""
    terminal.type("for i in range(2):\rprint('line', i)\r\r")
    terminal.prompts(2)
    assert "In [1]: for i in range(2):\n   ...:     print('line', i)\nline 0\nline 1\nIn [2]:" in terminal.text
    terminal.type("print('open', end='')\r")
    terminal.prompts(3)
    terminal.type("(i +\r1)\r")
    terminal.prompts(4)
    assert "open\nIn [3]: (i +\n   ...: 1)\n2\nIn [4]:" in terminal.text
    terminal.type("1/0\r")
    terminal.prompts(5)
    assert 'File "cell 4", line 1, in <module>\n    1/0\n    ~^~\nZeroDivisionError: division by zero' in terminal.text


def test_what_the_session_knows(terminal: Terminal, home: Home) -> None:
    """Completion and help come from the live session, the history from all its cells."""
    home.run("prices = {'tea': 3}; prize = 1")
    terminal.prompts(2)
    terminal.type("pri\t")
    terminal.sees(" prices\n")
    assert " print\n" in terminal.text
    terminal.type("\x03prices?\r")
    terminal.sees("prices: dict\n{'tea': 3}")
    terminal.prompts(2)
    terminal.type("\x12tea")
    terminal.sees("I-search backward: tea")
    terminal.type("\r")
    terminal.sees("In [2]: prices = {'tea': 3}; prize = 1")


def test_earlier_cells_are_the_history(home: Home) -> None:
    """Those from before the person came."""
    home.start()
    home.run("first = 1")
    with Terminal(home, "attach") as terminal:
        terminal.prompts(2)
        terminal.type("\x1b[A")
        terminal.sees("In [2]: first = 1")


def test_questions_are_answered_at_the_prompt(terminal: Terminal) -> None:
    """A password is not shown; end of file is one."""
    terminal.type("n = input('who? ')\r")
    terminal.sees("\nwho?")
    terminal.type("Ada\r")
    terminal.prompts(2)
    assert terminal.text.count("who? Ada") == 1
    terminal.type("import getpass; p = getpass.getpass('key: ')\r")
    terminal.sees("\nkey:")
    terminal.type("xyzzy\r")
    terminal.prompts(3)
    assert "xyzzy" not in terminal.text
    terminal.type("n, p\r")
    terminal.sees("('Ada', 'xyzzy')")
    terminal.type("input()\r")
    terminal.sees("In [4]: input()")
    terminal.type("\x04")
    terminal.sees("EOFError")


def test_ctrl_c(terminal: Terminal) -> None:
    """It interrupts the cell, which may heed that or not."""
    terminal.type("import time; print('on', flush=True); time.sleep(600)\r")
    terminal.sees("\non")
    terminal.type("\x03")
    terminal.prompts(2)
    assert "interrupting" in terminal.text
    assert terminal.text.count("KeyboardInterrupt") == 1
    stubborn = "try: time.sleep(600)\rexcept KeyboardInterrupt: print('no', flush=True); print('then', input())\r"
    terminal.type(stubborn)
    terminal.sees("...: except")
    terminal.type("\x03")
    terminal.sees("\nno")
    terminal.type("yes\r")
    terminal.sees("then yes")
    terminal.prompts(3)


def test_who_stops_waiting_sees_the_rest_above_the_prompt(terminal: Terminal, home: Home) -> None:
    """The cell goes on, and Ctrl+C on an empty line interrupts it again."""
    deaf = "import os, signal; signal.signal(2, signal.SIG_IGN); print('on', flush=True)"
    os.mkfifo(home.project / "pipe")
    terminal.type(f"{deaf}; print('read', open({str(home.project / 'pipe')!r}).read())\r")
    terminal.sees("\non")
    terminal.type("\x03")
    terminal.sees("interrupting;")
    terminal.type("\x03")
    terminal.prompts(2)
    (home.project / "pipe").write_text("the rest")
    terminal.sees("read the rest\nnote: it was sent an interrupt")
    terminal.prompts(2)


def test_leaving_ends_nothing(terminal: Terminal, home: Home) -> None:
    """Ctrl+D says so."""
    terminal.type("x = 1\r")
    terminal.prompts(2)
    terminal.type("\x04")
    assert terminal.ends() == 0
    assert "left session main; it goes on. `ramet attach main` comes back" in terminal.text
    assert home.run("x")["outcome"]["is"] == "completed"


def test_cells_of_others_are_seen_above_the_prompt(terminal: Terminal, home: Home) -> None:
    """Code, output and result, marked; what is being typed stays."""
    terminal.type("mine = 1")
    terminal.sees("In [1]: mine = 1")
    home.run("print('a')\nprint('bar 10 %', end='\\r'); print('bar 99 %\\x1b[2J\\x1b[31m')\n6 * 7")
    terminal.sees("6 * 7\na\nbar 99 %\n42\nIn [2]: mine = 1")
    assert "another's In [1]: print('a')\n" in terminal.text
    home.ask("POST", "/v1/sessions/main/run", {"code": "for i in range(1000): print('row', i)"})
    terminal.sees("[... 800 lines more: `ramet out 2`]\nIn [3]: mine = 1")


def test_a_cell_that_runs_already_is_followed(home: Home) -> None:
    """From its beginning on; what is sent meanwhile waits its turn, and Ctrl+C says whose cell it interrupts."""
    home.start()
    begin(home, "import time; print('on', flush=True); time.sleep(600)")
    with Terminal(home, "attach") as terminal:
        terminal.sees("another's In [1]: import time;")
        terminal.sees("cell 1 runs, of another client; Ctrl+C interrupts it")
        terminal.type("6 * 7\r")
        terminal.sees("waits for the end of cell 1")
        terminal.type("\x03")
        terminal.sees("interrupting cell 1, which another client runs")
        terminal.sees("\n42\n")
        terminal.prompts(3)


def test_a_question_of_others_can_be_answered_or_left(terminal: Terminal, home: Home) -> None:
    """By whoever is first."""
    begin(home, "a = input('agent asks: ')")
    terminal.sees("agent asks:")
    home.ask("POST", "/v1/sessions/main/answer", {"text": "itself"})
    terminal.prompts(2)
    assert terminal.text.count("agent asks:") == 2  # the code, and the question with its answer
    begin(home, "b = input('and now? ')")
    terminal.sees("\nand now?")
    terminal.type("\x03")
    terminal.sees("cell 2 runs")
    assert state_of(home) == "waiting_input"
    home.ask("POST", "/v1/sessions/main/answer", {"text": ""})
    begin(home, "c = input('finally? ')")
    terminal.sees("\nfinally?")
    terminal.type("Ada\r")
    terminal.prompts(4)
    assert home.run("a, c")["outputs"][0]["value"]["data"]["text/plain"] == "('itself', 'Ada')"


def test_what_others_do_to_the_session_is_told(terminal: Terminal, home: Home) -> None:
    """Undo, redo, a restart, and its end, which is the end of the visit too."""
    for code in ("a = 1", "b = 2"):
        home.run(code)
    home.ask("POST", "/v1/sessions/main/undo", {})
    terminal.sees("another client has undone cell 2: the session stands before cell 2")
    terminal.prompts(2)
    home.ask("POST", "/v1/sessions/main/redo", {})
    terminal.sees("another client has redone cell 2")
    home.ask("POST", "/v1/sessions/main/restart", {})
    terminal.sees("restarted on request")
    home.run("1")
    assert terminal.text.count("restarted on request") == 1
    home.ask("DELETE", "/v1/sessions/main")
    assert terminal.ends() == 1
    assert "session main was closed" in terminal.text


def test_a_host_that_dies_is_not_noticed(terminal: Terminal, home: Home) -> None:
    """The visit goes on with the next host, which has the session as it was."""
    terminal.type("x = 1\r")
    terminal.prompts(2)
    os.kill(home.pid, signal.SIGKILL)
    terminal.type("x + 1\r")
    terminal.prompts(3)
    assert "\n2\n" in terminal.text


def test_a_crash_costs_one_cell(terminal: Terminal) -> None:
    """The prompt counts on from where the session stands."""
    terminal.type("x = 1\r")
    terminal.prompts(2)
    terminal.type("import os; os._exit(3)\r")
    terminal.sees("the process died (exit status 3); the session is back at the state before cell 2")
    terminal.prompts(2)


def test_ipython(home: Home) -> None:
    """Magics, shell commands, and the number of a result."""
    home.ask("POST", "/v1/sessions", {"name": "main", "shell": "ipython", "preload": [], "cwd": str(home.project)})
    with Terminal(home, "attach", "main") as terminal:
        terminal.prompts(1)
        terminal.type("!echo from the shell\r")
        terminal.prompts(2)
        assert "\nfrom the shell\n" in terminal.text
        terminal.type("6 * 7\r")
        terminal.prompts(3)
        assert "\nOut[2]: 42\n" in terminal.text


def test_there_must_be_a_session_and_a_person(home: Home) -> None:
    """What to do is said."""
    done = home.ramet("attach")
    assert done.code == 2
    assert "for a person at a terminal" in done.err
    with Terminal(home, "attach", "nowhere") as terminal:
        assert terminal.ends() == 2
        assert "there is no session 'nowhere'" in terminal.text
        assert "`ramet start nowhere` starts it" in terminal.text
