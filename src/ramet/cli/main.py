"""`ramet`: its commands, each imported when it is used, and how errors end it."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import sys
from typing import NoReturn

import click

from ramet import __version__
from ramet.cli.exits import BROKEN, RUNNING
from ramet.errors import BrokenError, RametError, UnknownSessionError

_HELP = """Python sessions that stay: variables, imports and open work outlive the command.

\b
  ramet run 'x = 6'         # starts the session "main" when it is first needed
  ramet run 'x * 7'         # 42
  ramet undo                # the whole process goes back one cell
  ramet attach              # a prompt in the session, also while an agent uses it
  ramet ls                  # what sessions there are
  ramet close main

A session is a Python process (IPython where that is installed) kept by a host process of yours, which is started when
it is needed. Code that you run in it is a cell, and cells have numbers. Closing the terminal ends neither.
`ramet COMMAND --help` tells more of each command.

\b
Exit codes: 0 it worked; 1 the code failed, or what was looked for is not there;
            2 ramet could not do it; 3 the code is still running.
With --json a command prints one JSON object; docs/api.md describes it.
"""

#: What hints of the library say, in commands.
_HINTS = {
    'use when_busy="wait"': "leave out --refuse-if-busy",
    "get() it, close it": "use it with -s, close it",
    "given as python=": "given as --python, or in the settings",
    "answer it, or interrupt it": "answer() gives it, interrupt() stops the cell",
    'send "Authorization: Bearer TOKEN"': "RAMET_TOKEN takes the one that serve() has named",
}

#: In the order in which they are told, by what they are for.
_COMMANDS = {
    "ramet.cli.running": ("run", "wait", "tail", "answer", "interrupt"),
    "ramet.cli.attach.command": ("attach",),
    "ramet.cli.looking": ("look", "vars", "out", "history", "brief", "export"),
    "ramet.cli.moving": ("undo", "redo", "branch", "tree", "map"),
    "ramet.cli.sessions": ("start", "ls", "restart", "close"),
    "ramet.cli.hosting": ("status", "serve", "stop", "mcp", "doctor"),
    "ramet.cli.completion": ("completion",),
}

#: Above which of them there is which heading.
_HEADINGS = {
    "run": "Running code",
    "look": "Looking, without running anything",
    "undo": "Going back, and trying things in copies",
    "start": "Sessions",
    "status": "The host, and this command",
}


class _Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of their table."""
        return [name for names in _COMMANDS.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, None if there is none."""
        module = next((module for module, names in _COMMANDS.items() if cmd_name in names), None)
        if module is None:
            return None
        command: click.Command = getattr(importlib.import_module(module), f"{cmd_name}_")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them below headings."""
        sections: list[tuple[str, list[tuple[str, str]]]] = []
        names = self.list_commands(ctx)
        width = max(map(len, names))
        for name in names:
            if name in _HEADINGS:
                sections.append((_HEADINGS[name], []))
            command = self.get_command(ctx, name)
            assert command is not None
            sections[-1][1].append((name.ljust(width), command.get_short_help_str(limit=100)))
        for heading, rows in sections:
            with formatter.section(heading):
                formatter.write_dl(rows)


@click.group(
    cls=_Commands, help=_HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="ramet", message="%(prog)s %(version)s")
def group() -> None:
    """All commands."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        code = group.main(given, prog_name="ramet", standalone_mode=False)
    except RametError as error:
        code = _tell(error, as_json="--json" in given)
    except click.exceptions.Abort:
        code = RUNNING
    except click.ClickException as error:
        error.show()
        code = BROKEN
    except BrokenPipeError:  # `ramet out 7 | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 0
    except OSError as error:
        if error.filename is not None:  # no write to a stream
            raise
        code = _tell(BrokenError(f"the answer cannot be written: {error.strerror}"), as_json=False)
    sys.exit(code or 0)


def entry() -> NoReturn:
    """The command: `main`, and out. Taking the interpreter down in order takes longer than to ask a host."""
    code = BROKEN
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else BROKEN
    except Exception:  # noqa: BLE001 - a defect of ours: the interpreter's exit code would say that the code failed
        sys.excepthook(*sys.exc_info())
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as it is if it was closed
            with contextlib.suppress(OSError):
                stream.flush()
    os._exit(code)


def _tell(error: RametError, *, as_json: bool) -> int:
    if as_json:
        told = {"code": error.code, "message": error.message, "hint": error.hint}
        click.echo(json.dumps({"version": 1, "error": told}))
    else:
        more = "; run() and start() make one" if isinstance(error, UnknownSessionError) else ""
        click.echo(f"ramet: {_in_commands(f'{error}{more}')}", err=True)
    return BROKEN


def _in_commands(text: str) -> str:
    """`text` with the library's methods as the commands that they are here."""
    known = {name for names in _COMMANDS.values() for name in names}
    for ours, theirs in _HINTS.items():
        text = text.replace(ours, theirs)
    return re.sub(r"\b(\w+)\(\)", lambda match: f"`ramet {match[1]}`" if match[1] in known else match[0], text)
