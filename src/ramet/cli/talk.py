"""What all commands do: ask the host, print what it says, and turn that into an exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from ramet.client.address import address
from ramet.client.exchange import Request
from ramet.client.line import Line
from ramet.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES = {"ok": 0, "failed": 1, "running": 3}

session_option = click.option(
    "-s", "--session", metavar="NAME", default=None, help='The session; "main" unless settings say otherwise.'
)
session_argument = click.argument("session", required=False)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as a JSON object.")
limit_option = click.option(
    "--limit", type=click.IntRange(min=100), default=8000, show_default=True, help="Print about so many characters."
)


def name_of(session: str | None) -> str:
    """The session that is meant: the one that was named, or else that of the settings."""
    return session or settings_of(Path.cwd()).session


def call(
    session: str | None,
    verb: str,
    arguments: Mapping[str, Any],
    *,
    as_json: bool = False,
    limit: int = 8000,
) -> int:
    """Ask `session` to do `verb`, print the answer, and return the exit code."""
    name = name_of(session)
    with Line(address()) as line:
        return show(line.ask(request(name, verb, arguments, as_json=as_json, limit=limit)), name, as_json=as_json)


def ask(method: str, path: str, body: Mapping[str, Any] | None = None, *, start: bool = True) -> dict[str, Any]:
    """The host's answer to one request. With `start` it is started if there is none."""
    with Line(address(), start=start) as line:
        return line.ask(Request(method=method, path=path, body=body))


def request(name: str, verb: str, arguments: Mapping[str, Any], *, as_json: bool, limit: int = 8000) -> Request:
    """The request that has the session `name` do `verb`."""
    view = "value" if as_json else "told"
    return Request(method="POST", path=f"{path(name)}/{verb}?view={view}&limit={limit}", body=arguments)


def path(name: str) -> str:
    """Where the session called `name` is."""
    return f"/v1/sessions/{quote(name, safe='')}"


def show(answer: dict[str, Any], name: str, *, as_json: bool = False) -> int:
    """Print an answer about the session `name`, and return the exit code."""
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        told = answer["told"]
        if told["text"]:
            click.echo(_dressed(told["text"]))
        if told["images"]:
            from ramet.cli.pictures import save

            for number, file in enumerate(save(told["images"], name), start=1):
                click.echo(f"[image {number}]: {file}")
    return _CODES[answer["ending"]]


def remark(text: str) -> None:
    """Say something beside the answer."""
    click.echo(click.style(text, dim=True), err=True)


def _dressed(text: str) -> str:
    """`text`, with its status line less bright, where `click.echo` keeps that: on a terminal."""
    head, newline, last = text.rpartition("\n")
    return f"{head}{newline}{click.style(last, dim=True)}" if last.startswith("[cell ") else text


def no_more_than_one(**given: object) -> None:
    """Refuse options that exclude each other."""
    names = [f"--{name}" for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise click.UsageError(f"{' and '.join(names)} exclude each other")
