"""The command, which imports the rest when it is used."""

from __future__ import annotations

import sys

import click

from ramet.cli.talk import name_of, session_argument


@click.command("attach", short_help="Join a session at a prompt.")
@session_argument
def attach_(session: str | None) -> int:
    """Type code into SESSION at a prompt, and see what others run in it.

    An agent may use the session meanwhile: its cells are shown above the prompt, marked as another's. Code is sent
    when it is complete; an indented block ends with an empty line.

    \b
      Tab               complete, from the live session
      Up, Ctrl+R        earlier cells of the session, whoever ran them; Ctrl+R searches
      NAME?             what NAME is, also while a cell runs
      Ctrl+C            interrupt the running cell; pressed again, stop waiting for it
      Ctrl+D            leave; the session goes on
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("attach is for a person at a terminal; use `ramet run`, and `ramet tail -f`")
    from ramet.cli.attach.visit import visit

    return visit(name_of(session))
