"""Sessions: making them, listing them, ending them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ramet.cli.talk import (
    ask,
    call,
    here,
    host,
    json_option,
    name_of,
    path,
    remark,
    session_argument,
    session_names,
    show,
)
from ramet.client.address import address
from ramet.client.exchange import Request
from ramet.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ramet.client.line import Line
    from ramet.settings import Settings

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def _size(text: str) -> int:
    """A number of bytes such as 500M or 4G."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", text.strip().upper())
    if match is None:
        raise click.BadParameter(f"{text!r} is no size; try 500M or 4G")
    return int(float(match[1]) * _UNITS[match[2]])


@click.command("start", short_help="Start a session, with options.")
@session_argument
@click.option("--python", help="An interpreter (3.9 or newer), or the folder of an environment.")
@click.option(
    "--cwd", type=click.Path(exists=True, file_okay=False), help="Its working folder; the present one if not given."
)
@click.option("--shell", type=click.Choice(["auto", "ipython", "python"]), help="Its language.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="A variable besides those of this terminal.")
@click.option("--preload", metavar="MODULES", help="What to import ahead of time: numpy,pandas")
@click.option("--checkpoints", type=click.Choice(["auto", "every", "off"]), help="What undo can go back to.")
@click.option("--limit", "limit_bytes", type=_size, metavar="SIZE", help="Of its memory, such as 4G.")
@click.option("--processes", "max_processes", type=click.IntRange(min=1), help="How many it may have at once.")
@json_option
def start_(session: str | None, env: tuple[str, ...], preload: str | None, as_json: bool, **options: Any) -> int:
    """Start SESSION. Commands that run code start it too, if it is not there: this is for options.

    What is not given comes from `ramet.toml` and `RAMET_*` variables. Without a --python the `.venv` of the project is
    taken, if there is one.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if "cwd" in given:
        given["cwd"] = str(Path(given["cwd"]).absolute())
    if os.sep in given.get("python", "") or Path(given.get("python", "-")).is_dir():
        given["python"] = str(Path(given["python"]).expanduser().absolute())
    if preload is not None:
        given["preload"] = [module.strip() for module in preload.split(",") if module.strip()]
    if env:
        given["env"] = dict(_variable(text) for text in env)
    name = name_of(session)
    with host() as line:
        body = _options(name, given) | {"or_get": False}
        answer = line.ask(Request(method="POST", path=f"/v1/sessions?view={'value' if as_json else 'told'}", body=body))
    return show(answer, name, as_json=as_json)


@click.command("ls", short_help="List the sessions.")
@json_option
def ls_(as_json: bool) -> int:
    """List all sessions: state, next cell, Python, folder, and for how long they have been idle.

    One that could not be gone on with, such as one of another version of ramet, is listed with the reason.
    """
    return show(ask("GET", f"/v1/sessions?view={'value' if as_json else 'told'}"), "", as_json=as_json)


@click.command("restart", short_help="Give a session a new, empty process.")
@session_argument
@json_option
def restart_(session: str | None, as_json: bool) -> int:
    """End the process of SESSION, by force if need be, and go on with an empty one. Its variables are gone."""
    return call(session, "restart", {}, as_json=as_json)


@click.command("close", short_help="End sessions.")
@click.argument("sessions", nargs=-1, required=True, shell_complete=session_names)
def close_(sessions: tuple[str, ...]) -> int:
    """End SESSIONS, their processes, and what those have started. Their variables are gone."""
    for name in sessions:
        ask("DELETE", path(name))
        click.echo(f"closed {name}")
    return 0


def start_session(line: Line, name: str) -> None:
    """Start the session `name` as the settings of the present folder have it, and say so."""
    body = _options(name, {})
    answer = line.ask(Request(method="POST", path="/v1/sessions", body=body, repeatable=body["or_get"]))
    info = answer["answer"]["info"]
    shell = f"IPython {info['ipython']} on Python {info['version']}" if info["ipython"] else f"Python {info['version']}"
    found = settings_of(here()).python_from if address().path is not None else ""
    of = f" of {found}" if found else ""
    note = f"; {info['note']}" if info["note"] else ""
    remark(f"started session {answer['answer']['name']}: {shell}{of}, in {info['cwd']}{note}")


def _options(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What to start the session `name` with: what was given, else what is settled here.

    A host at a URL may be on another machine, where this folder and this environment mean nothing.
    """
    if address().path is None:
        return {"name": name, "or_get": True, **given}
    caller = {"cwd": str(here()), "environ": dict(os.environ)}
    return {"name": name, "or_get": True, **caller, **_settled(settings_of(here())), **given}


def _settled(settings: Settings) -> dict[str, Any]:
    keys = ("python", "shell", "preload", "checkpoints", "limit_bytes", "checkpoints_limit_bytes", "max_processes")
    return {key: getattr(settings, key) for key in keys if getattr(settings, key) is not None}


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is no NAME=VALUE", param_hint="--env")
    return name, value
