"""Running code, and what one does while it runs."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from ramet.cli.exits import FAILED, RUNNING
from ramet.cli.progress import Progress
from ramet.cli.talk import (
    call,
    host,
    json_option,
    limit_option,
    name_of,
    path,
    remark,
    request,
    session_argument,
    session_names,
    show,
)
from ramet.cli.talk import session_option as named
from ramet.client.address import address
from ramet.client.exchange import Request, verb_request
from ramet.errors import InvalidError, UnknownSessionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet.client.line import Line

wait_option = click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Wait no longer than that; the code goes on, and the exit code is 3.",
)


@click.command("run", short_help="Run code in a session.")
@click.argument("code", required=False)
@click.option("-f", "--file", type=click.File(encoding="utf-8"), help="Run the code in a file.")
@named
@wait_option
@click.option("--deadline", "deadline_s", type=click.FloatRange(min=0), metavar="SECONDS", help="Interrupt it then.")
@click.option("--refuse-if-busy", is_flag=True, help="Do not wait for another cell to end.")
@limit_option
@json_option
def run_(
    code: str | None,
    file: TextIO | None,
    session: str | None,
    wait_s: float | None,
    deadline_s: float | None,
    refuse_if_busy: bool,
    limit: int,
    as_json: bool,
) -> int:
    """Run CODE as the next cell of a session, and print what it shows, its result, and how it went.

    CODE may have many lines; `-` reads it from standard input. The session is started if it is not there: in the
    present folder, with the Python of the project's `.venv` if there is one. Ctrl+C interrupts the code; pressed again,
    it ends the waiting and leaves the code alone.

    \b
      ramet run 'import pandas as pd; df = pd.read_csv("cars.csv")'
      ramet run 'df.describe()'
      ramet run --wait 10 -f train.py
      ramet run - <<'EOF'
    """
    name = name_of(session)
    arguments = {
        "code": _code(code, file),
        "wait_s": wait_s,
        "deadline_s": deadline_s,
        "when_busy": "refuse" if refuse_if_busy else "wait",
    }
    asked = request(name, "run", arguments, as_json=as_json, limit=limit)
    with host() as line:
        try:
            answer = _waited(line, asked, name)
        except UnknownSessionError:
            from ramet.cli.sessions import start_session

            start_session(line, name)
            answer = _waited(line, asked, name)
    return _shown(answer, name, as_json=as_json)


@click.command("wait", short_help="Wait on for the last cell.")
@session_argument
@click.option("--for", "--wait", "wait_s", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait no longer.")
@limit_option
@json_option
def wait_(session: str | None, wait_s: float | None, limit: int, as_json: bool) -> int:
    """Wait for the end of the last cell of SESSION, and print all that it showed.

    The waiting also ends when the code asks for input; `ramet answer` gives it.
    """
    return _wait(name_of(session), wait_s, limit, as_json=as_json)


@click.command("tail", short_help="Show the end of what the last cell printed.")
@session_argument
@click.option("-n", "lines", type=click.IntRange(min=1), default=10, show_default=True, help="So many lines.")
@click.option("-f", "--follow", is_flag=True, help="Print on, as the code does, until it ends.")
def tail_(session: str | None, lines: int, follow: bool) -> int:
    """Show the last lines that the last cell of SESSION has printed so far."""
    name = name_of(session)
    with host() as line:
        status = line.ask(Request(method="GET", path=path(name), repeatable=True))["answer"]
        if status["last"] is None:
            raise InvalidError(f"session {name!r} has run no cell yet", hint="run one")
        if follow:
            return _follow(line, name, status["last"])
        asked = request(name, "lines", {"handle": status["next_cell"] - 1, "first": -lines}, as_json=False)
        return show(line.ask(asked), name)


@click.command("answer", short_help="Answer what a cell asks.")
@click.argument("words", nargs=-1, metavar="[SESSION] [TEXT]", shell_complete=session_names)
@click.option("--eof", is_flag=True, help="Answer with end of file in place of a text.")
@wait_option
@limit_option
@json_option
def answer_(words: tuple[str, ...], eof: bool, wait_s: float | None, limit: int, as_json: bool) -> int:
    """Give the line TEXT to the code of SESSION, which waits in `input()`, and wait on as `ramet wait` does.

    With one word, that is the text, and the session is the usual one.
    """
    expected = 0 if eof else 1
    if len(words) not in (expected, expected + 1):
        raise click.UsageError("give the text of the answer, and before it the session if it is not the usual one")
    session = words[0] if len(words) > expected else None
    name = name_of(session)
    with host() as line:
        line.ask(request(name, "answer", {"text": None if eof else words[-1]}, as_json=True))
    return _wait(name, wait_s, limit, as_json=as_json)


@click.command("interrupt", short_help="Stop the running cell, as Ctrl+C does.")
@session_argument
@click.option("--force", is_flag=True, help="Insist, if the code heeds no interrupt.")
@json_option
def interrupt_(session: str | None, force: bool, as_json: bool) -> int:
    """Interrupt the cell that runs in SESSION; its variables stay. If it goes on, print where it is."""
    return call(session, "interrupt", {"force": force}, as_json=as_json)


def _code(code: str | None, file: TextIO | None) -> str:
    if code is not None and file is not None:
        raise click.UsageError("give code or a file, not both")
    if file is not None:
        return file.read()
    if code == "-":
        return sys.stdin.read()
    piped = sys.stdin.read() if code is None and not sys.stdin.isatty() else ""
    code = code if code is not None else piped or None
    if code is None:
        raise click.UsageError("give some code, such as: ramet run 'print(1)'")
    return code


def _wait(name: str, wait_s: float | None, limit: int, *, as_json: bool) -> int:
    asked = request(name, "wait", {"wait_s": wait_s}, as_json=as_json, limit=limit)
    with host() as line:
        answer = _waited(line, asked, name)
    return _shown(answer, name, as_json=as_json)


def _waited(line: Line, asked: Request, name: str) -> dict[str, Any]:
    """The answer, with Ctrl+C passed on to the cell once, and a sign of life for a person who waits."""
    progress = Progress(name)
    try:
        line.send(asked)
        try:
            return line.answer(progress.tick)
        except KeyboardInterrupt:
            progress.clear()
            if _waits_its_turn(asked, name):
                remark(f"it will run when the cell before it has ended; `ramet interrupt {name}` stops that one")
                raise click.Abort from None
            remark("interrupting; press Ctrl+C again to stop waiting and let it go on")
            with host() as other:
                other.ask(request(name, "interrupt", {"wait_s": 0}, as_json=True))
        try:
            return line.answer(progress.tick)
        except KeyboardInterrupt:
            progress.clear()
            remark(f"the code goes on; `ramet wait {name}` waits for it again")
            raise click.Abort from None
    finally:
        progress.clear()


def _waits_its_turn(asked: Request, name: str) -> bool:
    """Whether the code that is to run has not begun, and the cell that runs is not its caller's to interrupt."""
    body = asked.body or {}
    if "key" not in body:
        return False
    the_same = {"code": body["code"], "key": body["key"]}  # with its key it is no second cell
    again = verb_request(path(name), "submit", the_same)
    with host() as line:
        number = line.ask(again)["answer"]["execution"]
        running = line.ask(Request(method="GET", path=path(name), repeatable=True))["answer"]["running"]
    return running not in (None, number)


def _shown(answer: dict[str, Any], name: str, *, as_json: bool) -> int:
    code = show(answer, name, as_json=as_json)
    if not as_json and address().path is not None:
        _remark_on_folder(Path(answer["folder"]), name)
    if code == RUNNING and not as_json:
        status = answer["told"]["text"].rpartition("\n")[2]
        remark(f"to go on: {_next_step(status, name)}")
    return code


def _next_step(status: str, name: str) -> str:
    """The commands that can follow when the cell has not ended, which `status` tells of."""
    if "waiting for input" in status:
        return f"`ramet answer {name} TEXT`"
    stopped = "the cell before it" if "waiting its turn" in status else "it"
    return f"`ramet wait {name}`; `ramet interrupt {name}` stops {stopped}"


def _remark_on_folder(folder: Path, name: str) -> None:
    """Two projects should not share a session without knowing it."""
    with contextlib.suppress(FileNotFoundError):  # the present folder has been removed
        here = Path.cwd()
        if not here.is_relative_to(folder) and not folder.is_relative_to(here):
            remark(f"session {name} was started in {folder}; -s NAME takes or makes another one")


def _follow(line: Line, name: str, execution: int) -> int:
    """Print what the execution shows, from its beginning on."""
    asked = Request(method="GET", path=f"{path(name)}/executions/{execution}/events", repeatable=True)
    tell: dict[str, Callable[[dict[str, Any]], str]] = {
        "text": lambda event: event["text"],
        "display": lambda event: f"{event['value']['data'].get('text/plain', '')}\n",
        "asked": lambda event: event["prompt"],
        "note": lambda event: f"note: {event['text']}\n",
    }
    try:
        for _number, event in line.events(asked):
            if event["is"] == "ended":
                result = event["result"]
                outcome = result["outcome"]
                if outcome["is"] == "raised":
                    click.echo(outcome["error"]["traceback"].rstrip())
                return 0 if outcome["is"] == "completed" else FAILED
            if event["is"] in tell:
                click.echo(tell[event["is"]](event), nl=False)
    except KeyboardInterrupt:
        return RUNNING
    return 0
