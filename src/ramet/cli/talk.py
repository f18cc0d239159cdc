"""What all commands do: ask the host, print what it says, and turn that into an exit code."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import click

from ramet import __version__
from ramet.cli.exits import OF_ENDING
from ramet.client.address import address
from ramet.client.exchange import Request, verb_request
from ramet.client.line import Line
from ramet.errors import InvalidError, RametError
from ramet.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def session_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The sessions whose names begin so, for a shell that completes; none if there is no host, and none is started."""
    del ctx, param
    try:
        names = ask("GET", "/v1/host", start=False)["answer"]["sessions"]
    except RametError:
        return []
    return [name for name in names if name.startswith(incomplete)]


session_option = click.option(
    "-s",
    "--session",
    metavar="NAME",
    default=None,
    help='The session; "main" unless settings say otherwise.',
    shell_complete=session_names,
)
session_argument = click.argument("session", required=False, shell_complete=session_names)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the answer as a JSON object.")
limit_option = click.option(
    "--limit", type=click.IntRange(min=100), default=8000, show_default=True, help="Print about so many characters."
)


def name_of(session: str | None) -> str:
    """The session that is meant: the one that was named, or else that of the settings.

    Raises:
        InvalidError: it cannot be a name.
    """
    name = session or settings_of(here()).session
    if "/" in name:  # it would be another place of the host
        raise InvalidError(f"{name!r} is no name of a session", hint="use letters, digits, `_`, `.` and `-`")
    return name


def here() -> Path:
    """The present folder.

    Raises:
        InvalidError: it has been removed.
    """
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise InvalidError("the folder that this terminal is in has been removed", hint="cd to another one") from None


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
    with host() as line:
        return show(line.ask(request(name, verb, arguments, as_json=as_json, limit=limit)), name, as_json=as_json)


def ask(method: str, path: str, body: Mapping[str, Any] | None = None, *, start: bool = True) -> dict[str, Any]:
    """The host's answer to one request. With `start` it is started if there is none."""
    with host(start=start) as line:
        return line.ask(Request(method=method, path=path, body=body, repeatable=method == "GET"))


@contextlib.contextmanager
def host(*, start: bool = True) -> Iterator[Line]:
    """A line to the host, which is started if there is none, unless `start` is false."""
    with Line(address(), start=start) as line:
        try:
            yield line
        finally:
            if line.version not in ("", __version__):
                _remark_on_version(line.version)


def request(name: str, verb: str, arguments: Mapping[str, Any], *, as_json: bool, limit: int = 8000) -> Request:
    """The request that has the session `name` do `verb`."""
    options = {"view": "value"} if as_json else {"view": "told", "limit": limit, "reading": _reading(name)}
    if verb == "run":
        arguments = {**arguments, "key": os.urandom(16).hex()}
    return verb_request(path(name), verb, arguments, f"?{urlencode(options)}")


def _reading(name: str) -> str:
    """The command that shows lines which a reply leaves out."""
    session = "" if name == _usual() else f" -s {name}"
    return f"`ramet out {{cell}}{session} --lines {{first}}:{{last}}`"


def _usual() -> str:
    """The session that is meant when none is named; empty if that cannot be told."""
    try:
        return settings_of(Path.cwd()).session
    except (RametError, OSError):
        return ""


def path(name: str) -> str:
    """Where the session called `name` is."""
    return f"/v1/sessions/{quote(name, safe='')}"


def show(answer: dict[str, Any], name: str, *, as_json: bool = False) -> int:
    """Print an answer about the session `name`, and return the exit code."""
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace"))  # \udce9 is JSON
    else:
        told = answer["told"]
        if told["text"]:
            click.echo(_dressed(told["text"]))
        if told["images"]:
            _show_pictures(told["images"], name)
    return OF_ENDING[answer["ending"]]


def _show_pictures(images: list[dict[str, Any]], name: str) -> None:
    """Print where they are, below the pictures themselves if standard output is a terminal that can."""
    from ramet.cli.inline import inline
    from ramet.cli.pictures import image_of, save

    pictures = [image_of(image) for image in images]
    person = sys.stdout.isatty()
    for number, (picture, file) in enumerate(zip(pictures, save(pictures, name), strict=True), start=1):
        if person and (drawn := inline(picture, os.environ)):
            click.echo(drawn)
        click.echo(f"[image {number}]: {file}")


def remark(text: str) -> None:
    """Say something beside the answer."""
    click.echo(click.style(text, dim=True), err=True)


@functools.cache
def _remark_on_version(version: str) -> None:
    remark(
        f"the host is ramet {version}, and this command {__version__}: `ramet stop` ends the host, its sessions go on, "
        "and the next command starts one of its own version"
    )


def _dressed(text: str) -> str:
    """`text`, with its status line less bright, where `click.echo` keeps that: on a terminal."""
    head, newline, last = text.rpartition("\n")
    return f"{head}{newline}{click.style(last, dim=True)}" if last.startswith("[cell ") else text


def no_more_than_one(**given: object) -> None:
    """Refuse options that exclude each other."""
    names = [f"--{name}" for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise click.UsageError(f"{' and '.join(names)} exclude each other")
