"""Looking at what a session holds and what it has said. None of this runs a cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TextIO

import click

from ramet.cli.talk import (
    call,
    host,
    json_option,
    limit_option,
    name_of,
    no_more_than_one,
    request,
    session_argument,
    session_option,
    show,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ramet.client.line import Line

_PAGE = 200


@click.command("look", short_help="Show what an object is.")
@click.argument("name")
@session_option
@limit_option
@json_option
def look_(name: str, session: str | None, limit: int, as_json: bool) -> int:
    """Show type, value, signature, documentation and source of NAME; of a table also what its columns hold.

    It works while a cell runs, and calls nothing. A `?` at the end, as in IPython, changes nothing.

    \b
      ramet look df
      ramet look df.merge
      ramet look 'config["paths"]'
    """
    return call(session, "inspect", {"expression": name.rstrip("?")}, as_json=as_json, limit=limit)


@click.command("vars", short_help="List the variables.")
@click.argument("pattern", required=False, default="")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only of that type, such as DataFrame.")
@session_option
@limit_option
@json_option
def vars_(pattern: str, types: tuple[str, ...], session: str | None, limit: int, as_json: bool) -> int:
    """List the session's variables: type, shape, size and a short value. PATTERN is as in a shell: 'df*'."""
    return call(session, "variables", {"pattern": pattern, "types": list(types)}, as_json=as_json, limit=limit)


@click.command("out", short_help="Show what a cell has shown, in whole or in part.")
@click.argument("cell", required=False)
@click.option("--lines", metavar="A:B", help="Lines A to B, or one; `-20` are the last 20.")
@click.option("--grep", metavar="PATTERN", help="The lines in which a regular expression matches.")
@session_option
@limit_option
@json_option
def out_(cell: str | None, lines: str | None, grep: str | None, session: str | None, limit: int, as_json: bool) -> int:
    """Show what CELL has shown: 7, or out:7 as replies say; the last one if none is named.

    A reply that is cut says what it left out: this has all of it. With --grep and without CELL all cells are searched.

    \b
      ramet out 7
      ramet out 7 --lines 100:150
      ramet out --grep ERROR
    """
    no_more_than_one(lines=lines, grep=grep)
    name = name_of(session)
    with host() as line:
        handle = cell if cell is not None or grep is not None else _last_cell(line, name)
        handle = int(handle) if isinstance(handle, str) and handle.isdecimal() else handle
        verb, arguments = "cell", {"handle": handle}
        if grep is not None:
            verb, arguments = "search", {"pattern": grep, "handle": handle}
        elif lines is not None:
            first, last = _range(lines)
            verb, arguments = "lines", {"handle": handle, "first": first, "last": last}
        answer = line.ask(request(name, verb, arguments, as_json=as_json, limit=limit))
        code = show(answer, name, as_json=as_json)
    return 0 if verb == "cell" else code  # that a cell failed then is no failure to show it


@click.command("history", short_help="List the cells that were run.")
@session_argument
@limit_option
@json_option
def history_(session: str | None, limit: int, as_json: bool) -> int:
    """List all cells of SESSION in the order of time, those that were undone too."""
    call(session, "history", {}, as_json=as_json, limit=limit)
    return 0


@click.command("brief", short_help="Tell what one needs to know to go on.")
@session_argument
@click.option("--limit", type=click.IntRange(min=100), default=2000, show_default=True, help="In so many characters.")
@json_option
def brief_(session: str | None, limit: int, as_json: bool) -> int:
    """Tell what SESSION holds, what its last cells did, what runs, and how far back one can go."""
    return call(session, "brief", {"limit": limit}, as_json=as_json, limit=limit)


@click.command("export", short_help="Write the code that led here.")
@session_argument
@click.option(
    "-o", "--output", type=click.File("w", encoding="utf-8"), default="-", help="A file; `-` is the terminal."
)
def export_(session: str | None, output: TextIO) -> int:
    """Write the code of the cells that SESSION stands on, without those that were undone.

    What failed is written as a comment: what it did before it failed may be part of the present state all the same.
    """
    name = name_of(session)
    with host() as line:
        answer = line.ask(request(name, "history", {}, as_json=True))
    click.echo("\n\n".join(_cells(name, answer["answer"])), file=output)
    return 0


def _cells(name: str, history: list[dict[str, Any]]) -> Iterator[str]:
    yield f"# The session {name}, as a program. %% marks its cells."
    for past in history:
        result = past["result"]
        if past["undone"] or result["cell"] is None:
            continue
        code = result["code"].rstrip()
        if result["outcome"]["is"] in ("completed", "running"):
            yield f"# %% cell {result['cell']}\n{code}"
        else:
            commented = re.sub("^", "# ", code, flags=re.MULTILINE)
            yield f"# %% cell {result['cell']}: {result['outcome']['is']}\n{commented}"


def _last_cell(line: Line, name: str) -> int:
    status = line.ask(request(name, "status", {}, as_json=True))["answer"]
    return int(status["next_cell"]) - 1


def _range(text: str) -> tuple[int, int]:
    """The first and the last line of `100:150`, `100-150`, `100:`, `:150` or `7`; of `-20` and `-20:` the last 20."""
    if re.fullmatch(r"-\d+:?", text):
        return int(text.rstrip(":")), 10**9
    if text.isdecimal():
        return int(text), int(text)
    match = re.fullmatch(r"(\d+)?[:-](\d+)?", text)
    if match is None or len(text) == 1:
        raise click.BadParameter(f"{text!r} is no range of lines; try 100:150", param_hint="--lines")
    first = int(match[1] or 1)
    last = int(match[2]) if match[2] else first + _PAGE - 1
    if last < first:
        raise click.BadParameter(f"{text!r} ends before it begins; try {last}:{first}", param_hint="--lines")
    return first, last
