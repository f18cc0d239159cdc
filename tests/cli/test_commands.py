"""The command line, as a user types it: whole processes against a host of their own."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from homes import answer
from PIL import Image
from support import ROOT, alive, wait_until
from terminals import Terminal

from ramet.errors import InvalidError

if TYPE_CHECKING:
    from pathlib import Path

    from homes import Home


def test_a_first_session(home: Home) -> None:
    """The session in README.md is what a user sees: commands, what they print, exit codes other than 0."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    transcript = "\n".join(re.findall(r"^```console\n(.*?)\n```$", readme, re.MULTILINE | re.DOTALL))
    commands = re.findall(r"^\$ (.*)$", transcript, re.MULTILINE)
    assert len(commands) > 10
    lines: list[str] = []
    for command in commands:
        lines += [f"$ {command}", *home.typed(command).splitlines()]
    shown = "\n".join(lines).replace(str(home.project), "/home/me/project")
    assert timeless(shown) == timeless(transcript)


def timeless(shown: str) -> str:
    """`shown`, with all times and versions the same."""
    shown = re.sub(r"<?\d+(\.\d+)? (ms|s)\b", "2 ms", shown)
    return re.sub(r"Python 3\.\d+\.\d+\w*", "Python 3", shown)


def test_code_comes_from_stdin_or_a_file(home: Home) -> None:
    """With `-`, without any argument, or with -f."""
    assert home.ramet("run", "-", stdin="x = 20\nx + 1\n").out.startswith("21\n")
    assert home.ramet("run", stdin="x + 2").out.startswith("22\n")
    (home.project / "code.py").write_text("x + 3\n", encoding="utf-8")
    assert home.ramet("run", "-f", "code.py").out.startswith("23\n")


def test_no_code_is_no_cell(home: Home) -> None:
    """Neither from nowhere nor from an empty pipe."""
    done = home.ramet("run")
    assert done.code == 2
    assert "give some code" in done.err


def test_each_project_has_its_own_main(home: Home) -> None:
    """In all its folders; a session of another name is shared, and that is told."""
    first, inside, other = home.project, home.project / "inside", home.project.with_name("other")
    for folder in (inside, other):
        folder.mkdir()
    (first / "ramet.toml").touch()
    assert home.ramet("run", "x = 1").code == 0
    assert home.ramet("start", "fit").code == 0
    home.project = inside
    assert home.ramet("run", "x").out.startswith("1\n")
    home.project = other
    done = home.ramet("run", "x")
    assert "NameError" in done.out
    assert "started session main-other: Python" in done.err
    assert "cell 1" in home.ramet("wait", "main").out
    assert f"session fit was started in {first}" in home.ramet("run", "-s", "fit", "3").err
    assert home.ramet("close", "main").code == 0
    assert [session["name"] for session in answer(home.ramet("ls", "--json"))] == ["main", "fit"]


def test_a_folder_whose_name_is_no_text(home: Home, tmp_path: Path) -> None:
    """Has its own `main` like any other."""
    for name in (b"caf\xe9", b"caf\xe8"):
        home.project = tmp_path / os.fsdecode(name)
        home.project.mkdir()
        assert home.started("run", f"x = {name!r}", errors="replace").communicate()[0].startswith("[cell 1: ok")
        assert home.ramet("run", "x").out.startswith(repr(name))
    assert len(answer(home.ramet("ls", "--json"))) == 2


def test_a_folder_that_is_gone(home: Home) -> None:
    """Says so where it would be needed, and only there."""
    home.start("fit")
    gone = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" -P -m ramet run "$@"'
    for words, code, told in ((["1"], 2, "has been removed"), (["-s", "fit", "1"], 0, "[cell 1: ok")):
        command = ["sh", "-c", gone, sys.executable, *words]
        done = subprocess.run(command, cwd=home.project, env=home.environ, capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert told in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_hints_are_in_commands(home: Home) -> None:
    """Where the library would name a method or an argument."""
    home.start()
    home.ask("POST", "/v1/sessions/main/submit", {"code": "import time; time.sleep(600)"})
    assert "leave out --refuse-if-busy" in home.ramet("run", "--refuse-if-busy", "1").err
    assert "use it with -s" in home.ramet("start", "main").err
    assert "`ramet run` and `ramet start` make one" in home.ramet("look", "-s", "nobody", "x").err
    assert home.ramet("restart").out.startswith("a new, empty process: Python")


def test_a_cell_behind_another(home: Home) -> None:
    """Goes on waiting for its turn, and says so."""
    home.start()
    home.ask("POST", "/v1/sessions/main/submit", {"code": "import time; time.sleep(600)"})
    done = home.ramet("run", "--wait", "0.1", "1 + 1")
    assert done.out == "[the cell: waiting its turn: it will run when the cell before it has ended]\n"
    assert "`ramet interrupt main` stops the cell before it" in done.err
    home.ramet("interrupt")
    assert home.ramet("wait").out.startswith("2\n")


@pytest.mark.parametrize(
    ("lines", "shown"),
    [("2:3", "1 2"), ("2-3", "1 2"), ("3", "2"), ("-2", "8 9"), ("-2:", "8 9"), (":2", "0 1"), ("9:", "8 9")],
)
def test_lines_of_output(home: Home, lines: str, shown: str) -> None:
    """As replies write them, too; of those with a minus in front it is the last ones."""
    home.ramet("run", "for n in range(10): print(n)")
    assert home.ramet("out", "1", "--lines", lines).out.splitlines()[:-1] == shown.split()


@pytest.mark.parametrize("lines", ["5:2", "-5:2", "-", "x"])
def test_lines_that_cannot_be(home: Home, lines: str) -> None:
    """Are refused."""
    assert home.ramet("out", "1", "--lines", lines).code == 2


def test_cases(home: Home) -> None:
    """What has several lines is shown below its case, for nothing else has it."""
    home.ramet("run", "1")
    done = home.ramet("map", "--cases", "-", "print('n' * n, 'z' * 70, sep=sep)", stdin='[{"n": 1, "sep": "\\n"}]')
    assert done.out == f"n=1, sep='\\n':\n  n\n  {'z' * 70}\n"
    assert "no list of objects" in home.ramet("map", "--cases", "-", "1", stdin='{"n": 1}').err


def test_exit_codes(home: Home) -> None:
    """0 it worked, 1 the code failed, 2 ramet could not, 3 it is still running."""
    assert home.ramet("run", "1").code == 0
    assert home.ramet("run", "1/0").code == 1
    assert home.ramet("run", "input()").code == 3
    assert home.ramet("run", "1").code == 2
    assert home.ramet("look", "nothing_such").code == 1
    assert home.ramet("undo", "-s", "nobody").code == 2


def test_a_reply_names_the_command_that_reads_on(home: Home) -> None:
    """It shows the lines that were left out, in the session that they are of; those that are not there are told."""
    for session in ([], ["-s", "fit"]):
        code = "for number in range(1, 201): print('line', number)"
        out = home.ramet("run", *session, "--limit", "400", code).out
        told = re.search(r"them: `ramet (out 1.* --lines \d+:(\d+))` \.\.\.\nline (\d+)\n", out)
        assert told is not None
        assert int(told[2]) + 1 == int(told[3])
        assert told[1].split()[2:-2] == session
        shown = home.ramet(*told[1].split())
        assert (shown.code, f"\nline {told[2]}\n" in shown.out) == (0, True)
    none = home.ramet("out", "1", "--lines", "300:400")
    assert (none.code, none.out) == (1, "[out:1 has 200 lines, but none of those]\n")


def test_code_in_one_line_shows_where_its_lines_end(home: Home) -> None:
    """In the history and in the brief; nobody takes it for code that runs."""
    home.ramet("run", "if True:\n    x = 1\n\nx")
    assert "if True: ⏎ x = 1 ⏎ x" in home.ramet("history").out
    assert "if True: ⏎ x = 1 ⏎ x" in home.ramet("brief").out


def test_what_cannot_be_a_name_is_refused(home: Home) -> None:
    """In words about names."""
    assert "no name of a session" in home.ramet("run", "-s", "a/b", "1").err


def test_an_answer_that_nobody_can_get(home: Home) -> None:
    """Is not the code's failure; a closed output is nobody's."""
    home.start()
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        command = home.started("run", "print(1)", stdout=full)
        assert command.communicate()[1] == "ramet: the answer cannot be written: No space left on device\n"
        assert command.returncode == 2
    closed = subprocess.run(
        ["sh", "-c", '"$0" -P -m ramet run "print(1)" >&-', sys.executable],
        env=home.environ,
        cwd=home.project,
        check=False,
    )
    assert closed.returncode == 0


def test_json_is_one_object(home: Home) -> None:
    """Answers and errors alike, with a version."""
    done = home.ramet("run", "--json", "6 * 7")
    assert answer(done)["outputs"][0]["value"]["data"]["text/plain"] == "42"
    assert json.loads(done.out)["version"] == 1
    refused = home.ramet("undo", "--json", "-s", "nobody")
    assert refused.code == 2
    assert json.loads(refused.out)["error"]["code"] == "unknown-session"


def test_ctrl_c_interrupts_the_cell_and_keeps_the_session(home: Home) -> None:
    """Once: the command shows how the cell ended."""
    home.start()
    waiting = home.started("run", "import time\nprint('on', flush=True)\ntime.sleep(600)")
    wait_until(lambda: home.ask("GET", "/v1/sessions/main")["answer"]["running"])
    waiting.send_signal(signal.SIGINT)
    out, _ = waiting.communicate(timeout=20)
    assert waiting.returncode == 1
    assert "interrupted" in out
    assert home.run("1")["outcome"]["is"] == "completed"


def test_ctrl_c_leaves_the_cell_before_alone(home: Home) -> None:
    """Which is somebody else's; the one that was handed in runs when that has ended."""
    home.start()
    theirs = home.ask("POST", "/v1/sessions/main/submit", {"code": "import time; time.sleep(600)"})
    number = theirs["answer"]["execution"]
    wait_until(lambda: home.ask("GET", "/v1/sessions/main")["answer"]["running"] == number)
    waiting = home.started("run", "'mine'")
    wait_until(lambda: is_execution(home, number + 1))
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=20)
    assert (out, waiting.returncode) == ("", 3)
    assert "it will run when the cell before it has ended" in err
    assert home.ask("GET", "/v1/sessions/main")["answer"]["running"] == number
    home.ramet("interrupt")
    assert home.ramet("wait").out.startswith("'mine'\n")


def is_execution(home: Home, number: int) -> bool:
    """Whether so many cells were handed in."""
    try:
        return bool(home.ask("POST", "/v1/sessions/main/wait", {"execution": number, "wait_s": 0}))
    except InvalidError:
        return False


def test_a_killed_command_does_not_end_the_cell(home: Home) -> None:
    """The host goes on, and so does the code."""
    home.start()
    waiting = home.started("run", "name = input()\nname")
    wait_until(lambda: home.ask("GET", "/v1/sessions/main")["answer"]["state"]["name"] == "waiting_input")
    waiting.kill()
    waiting.communicate()
    assert home.ramet("answer", "Ada").out.splitlines()[-2] == "'Ada'"


def test_a_person_who_waits_sees_what_goes_on(home: Home) -> None:
    """Time and the last line; Ctrl+C interrupts, and pressed again it ends the waiting alone."""
    home.start()
    code = "import time\nprint('step 1', flush=True)\ntry: time.sleep(600)\nexcept KeyboardInterrupt: input('and? ')"
    with Terminal(home, "run", code) as terminal:
        terminal.sees(" s  step 1")
        terminal.type("\x03")
        terminal.sees("interrupting; press Ctrl+C again")
        assert terminal.ends() == 3
        assert "step 1\n[cell 1: waiting for input" in terminal.text
    home.ask("POST", "/v1/sessions/main/answer", {"text": ""})
    with Terminal(home, "run", "import signal; signal.signal(2, signal.SIG_IGN); time.sleep(600)") as terminal:
        terminal.sees(" s")
        terminal.type("\x03")
        terminal.sees("interrupting")
        terminal.type("\x03")
        assert terminal.ends() == 3
        assert "the code goes on; `ramet wait main` waits for it again" in terminal.text


def test_a_shell_completes_session_names(home: Home) -> None:
    """Of the host that runs; without one, none, and none is started for that."""
    words = {"_RAMET_COMPLETE": "bash_complete", "COMP_WORDS": "ramet wait m", "COMP_CWORD": "2"}
    asking = {"env": {**home.environ, **words}}
    assert home.started(**asking).communicate()[0].strip() == ""
    assert not (home.folder / "host.sock").exists()
    home.start("main")
    home.start("other")
    assert home.started(**asking).communicate()[0] == "plain,main\n"
    for shell in ("bash", "zsh", "fish"):
        assert "_RAMET_COMPLETE" in home.ramet("completion", shell).out


def test_following_ends_with_the_cell(home: Home) -> None:
    """`tail -f` prints all from the beginning on."""
    home.start()
    home.ask("POST", "/v1/sessions/main/submit", {"code": "for i in range(3): print('line', i)\n1/0"})
    followed = home.ramet("tail", "-f")
    assert followed.out.startswith("line 0\nline 1\nline 2\nTraceback")
    assert followed.code == 1


def test_a_picture_is_saved(home: Home) -> None:
    """And its place is told."""
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2), "red").save(buffer, "png")
    home.start()
    code = f"class P:\n    def _repr_png_(self): return bytes.fromhex('{buffer.getvalue().hex()}')\nP()"
    told = home.ramet("run", code).out
    found = re.search(r"^\[image 1\]: (.*)$", told, re.MULTILINE)
    assert found, told
    with open(found[1], "rb") as file:  # noqa: PTH123
        assert file.read().startswith(b"\x89PNG")


def test_the_projects_environment_is_found_and_told(home: Home, tmp_path: Path) -> None:
    """A `.venv` in the project or above the present folder."""
    inside = home.project / "src"
    inside.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home.project / ".venv"], check=True)
    home.project = inside
    done = home.ramet("run", "import sys; print(sys.prefix)")
    assert f"of {inside.parent}/.venv" in done.err
    assert done.out.splitlines()[0] == f"{inside.parent}/.venv"


def test_options_and_environment_of_a_session(home: Home) -> None:
    """The session has the environment of the terminal that started it, and what was given."""
    home.environ["COLOUR"] = "red"
    assert home.ramet("start", "other", "--env", "SHAPE=round", "--limit", "2G").code == 0
    shown = home.ramet("run", "-s", "other", "import os; print(os.environ['COLOUR'], os.environ['SHAPE'], os.getcwd())")
    assert shown.out.splitlines()[0] == f"red round {home.project}"


def test_export_leaves_out_what_was_undone(home: Home) -> None:
    """And comments what failed."""
    home.start()
    for code in ("a = 1", "b = 2"):
        home.run(code)
    home.ask("POST", "/v1/sessions/main/undo", {})
    home.run("1/0")
    code = home.ramet("export").out
    assert "a = 1" in code
    assert "b = 2" not in code
    assert "# 1/0" in code


def test_two_at_once_start_one_host(home: Home) -> None:
    """And one session."""
    commands = [home.started("run", "import os; os.getppid()") for _ in range(4)]
    outs = [command.communicate(timeout=60) for command in commands]
    assert {command.returncode for command in commands} == {0}, outs
    assert len({out.splitlines()[0] for out, _ in outs}) == 1
    assert answer(home.ramet("ls", "--json"))[0]["next_cell"] == 5


def test_stop(home: Home) -> None:
    """The sessions go on, and that is said; with --end-sessions they end, also when no host is running any more."""
    home.start()
    home.run("x = 1")
    pid = home.pid
    said = home.ramet("stop")
    assert said.out.endswith("these sessions go on without it, and the next command has them again: main\n")
    assert "ramet stop --end-sessions" in said.err
    wait_until(lambda: not alive(pid))
    assert home.ramet("stop").out == "no host is running; these sessions go on without one: main\n"
    assert home.ramet("status").out.endswith("; these sessions go on without one: main\n")
    assert home.ramet("run", "x").out.startswith("1\n")
    assert home.ramet("stop").code == 0
    assert home.ramet("stop", "--end-sessions").out == "the host has ended, and with it: main\n"
    home.check_nothing_runs()
    assert home.ramet("stop", "--end-sessions").out == "no host is running\n"
    assert home.ramet("status").out == "no host is running; `ramet run` starts one\n"


def test_the_doctor_tries_everything(home: Home) -> None:
    """And leaves nothing."""
    done = home.ramet("doctor")
    assert done.code == 0, done
    assert done.out.count(": ok, ") == 5
    assert answer(home.ramet("ls", "--json")) == []
