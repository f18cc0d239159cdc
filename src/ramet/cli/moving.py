"""Going back and forth in a session's life, and trying things in copies of it."""

from __future__ import annotations

import json
from typing import TextIO

import click

from ramet.cli.talk import ask, call, json_option, limit_option, name_of, session_names, session_option, show


@click.command("undo", short_help="Go back to the state before the last cell.")
@click.argument("cells", type=click.IntRange(min=1), required=False)
@click.option("--to", type=click.IntRange(min=1), metavar="CELL", help="The state before that cell.")
@session_option
@json_option
def undo_(cells: int | None, to: int | None, session: str | None, as_json: bool) -> int:
    """Take the whole process back to where it was before the last cell, or the last CELLS cells.

    Variables, imports and the working folder go back; files, databases and what was sent do not.
    """
    if cells is not None and to is not None:
        raise click.UsageError("give a number of cells or --to, not both")
    return call(session, "undo", {"cells": cells or 1, "to": to}, as_json=as_json)


@click.command("redo", short_help="Take back the last undo.")
@session_option
@json_option
def redo_(session: str | None, as_json: bool) -> int:
    """Take back the last undo, if no cell was run since."""
    return call(session, "redo", {}, as_json=as_json)


@click.command("branch", short_help="Make a second session of the present state.")
@click.argument("names", nargs=-1, metavar="[SESSION] NAME", shell_complete=session_names)
@click.option("--at", type=click.IntRange(min=1), metavar="CELL", help="Of the state before that cell.")
@json_option
def branch_(names: tuple[str, ...], at: int | None, as_json: bool) -> int:
    """Make a session NAME that begins as SESSION stands. Both live on, and share memory until one changes it."""
    if len(names) not in (1, 2):
        raise click.UsageError(
            "give the name of the new session, and before it the one to branch off, if not the usual"
        )
    session = names[0] if len(names) == 2 else None
    return call(session, "branch", {"name": names[-1], "at": at}, as_json=as_json)


@click.command("tree", short_help="Draw the sessions and their branches.")
@json_option
def tree_(as_json: bool) -> int:
    """Draw all sessions, each below the one that it is a branch of."""
    return show(ask("GET", f"/v1/tree?view={'value' if as_json else 'told'}"), "", as_json=as_json)


@click.command("map", short_help="Run code on many cases, each in a copy of the session.")
@click.argument("code")
@click.option(
    "--cases", type=click.File(encoding="utf-8"), required=True, help="A JSON list of objects; `-` for stdin."
)
@click.option("--workers", type=click.IntRange(min=1), help="So many at a time; as many as processors, if not given.")
@click.option("--deadline", "deadline_s", type=click.FloatRange(min=0), metavar="SECONDS", help="For each case.")
@session_option
@limit_option
@json_option
def map_(
    code: str,
    cases: TextIO,
    workers: int | None,
    deadline_s: float | None,
    session: str | None,
    limit: int,
    as_json: bool,
) -> int:
    """Run CODE once for each case, with the case's variables set, in a branch of the present state.

    The session stays as it is. The exit code is 1 if a case failed.

    \b
      echo '[{"alpha": 0.1}, {"alpha": 0.5}]' | ramet map --cases - 'fit(alpha)'
    """
    try:
        listed = json.load(cases)
    except ValueError as error:
        raise click.BadParameter(f"no JSON: {error}", param_hint="--cases") from error
    if not isinstance(listed, list) or not all(isinstance(case, dict) for case in listed):
        raise click.BadParameter('no list of objects, such as [{"alpha": 0.1}, {"alpha": 0.5}]', param_hint="--cases")
    arguments = {"code": code, "cases": listed, "workers": workers, "deadline_s": deadline_s}
    return call(name_of(session), "map", arguments, as_json=as_json, limit=limit)
