"""Code that asks is answered, however it asks."""

from __future__ import annotations

import re

import pytest
from support import wait_until

import ramet
from ramet import SessionState


def converse(
    session: ramet.Session, code: str, answers: list[str | None]
) -> tuple[ramet.Result, list[ramet.InputRequested]]:
    """Run `code`, answering each request in turn."""
    execution = session.submit(code)
    asked, waiting = [], list(answers)
    for event in execution:
        if isinstance(event, ramet.InputRequested):
            asked.append(event)
            session.answer(waiting.pop(0))
    return execution.result, asked


@pytest.mark.parametrize(
    ("code", "answers", "text", "prompt", "password"),
    [
        ("print(input('who? ') + '!')", ["Ada"], "Ada!", "who? ", False),
        ("print(input())", ["ñ 🌱 \x1b"], "ñ 🌱 \x1b", "", False),
        ("import getpass\nprint(getpass.getpass())", ["s3cret"], "s3cret", "Password: ", True),
        ("import sys\nprint(repr(sys.stdin.readline()))", ["line"], "'line\\n'", "", False),
        ("import sys\nprint(sys.stdin.read().split())", ["a b", "c", None], "['a', 'b', 'c']", "", False),
        ("import sys\nprint([line.strip() for line in sys.stdin])", ["x", "y", None], "['x', 'y']", "", False),
        ("import sys\nprint(sys.stdin.buffer.readline())", ["bytes"], "b'bytes\\n'", "", False),
    ],
)
def test_every_way_to_ask(
    session: ramet.Session, code: str, answers: list[str | None], text: str, prompt: str, password: bool
) -> None:
    """Each becomes a request with its prompt, and the answer arrives as typed."""
    result, asked = converse(session, code, answers)
    assert result.text.splitlines()[-1] == text
    assert asked[0] == ramet.InputRequested(prompt=prompt, password=password)


def test_the_conversation_is_in_the_result(session: ramet.Session) -> None:
    """Questions and answers stand where a terminal would have shown them; passwords do not."""
    code = (
        "import getpass\nprint('hello')\nname = input('who? ')\nsecret = getpass.getpass('key: ')\nprint('bye', name)"
    )
    result, _ = converse(session, code, ["Ada", "s3cret"])
    assert result.text == "hello\nwho? Ada\nkey: \nbye Ada"


def test_run_comes_back_with_the_question(session: ramet.Session) -> None:
    """Nobody could answer while it waits; `last` has the rest."""
    result = session.run("name = input('who? ')\n'hello ' + name")
    assert result.outcome == ramet.Running(prompt="who? ")
    session.answer("Ada")
    assert session.last is not None
    assert session.last.wait().text == "who? Ada\n'hello Ada'"


def test_end_of_file(session: ramet.Session) -> None:
    """None is Ctrl+D."""
    result, _ = converse(session, "input()", [None])
    assert isinstance(result.outcome, ramet.Raised)
    assert result.outcome.error.type == "EOFError"


def test_printed_text_comes_before_the_question(session: ramet.Session) -> None:
    """Also text without a newline."""
    execution = session.submit("print('first', end='')\ninput('then? ')")
    for event in execution:
        if isinstance(event, ramet.InputRequested):
            assert execution.result.stdout == "first"
            session.answer("")


def test_debugging_at_a_breakpoint(session: ramet.Session) -> None:
    """`breakpoint()` asks at `(Pdb)`, and its answers reach the frame."""
    code = "def f(n):\n    breakpoint()\n    return n * 2\n\nprint('result', f(4))"
    result, asked = converse(session, code, ["p n + 100", "c"])
    assert asked[0].prompt == "(Pdb) "
    assert re.search(r"-> (breakpoint\(\)|return n \* 2)", result.text)  # the cell's source; 3.13 stops a line earlier
    assert "104" in result.text
    assert result.text.endswith("result 8")


def test_an_interrupt_ends_the_waiting(session: ramet.Session) -> None:
    """The question is dropped, and an answer that comes too late is refused."""
    execution = session.submit("input('? ')")
    wait_until(lambda: session.state is SessionState.WAITING_INPUT)
    assert session.interrupt().stopped
    assert isinstance(execution.result.outcome, ramet.Interrupted)
    with pytest.raises(ramet.InvalidError, match="no cell waits"):
        session.answer("late")
    assert converse(session, "print(input())", ["new"])[0].text == "new\nnew"


def test_other_threads_may_not_ask(session: ramet.Session) -> None:
    """The error says what to do instead."""
    result = session.run("import threading\nt = threading.Thread(target=input)\nt.start()\nt.join()")
    assert "main thread" in result.text


def test_a_child_program_reads_end_of_file(session: ramet.Session) -> None:
    """Nothing that a cell starts waits for keys that nobody can press."""
    result = session.run("import subprocess\nprint(subprocess.run(['cat'], capture_output=True).returncode)")
    assert result.text == "0"
