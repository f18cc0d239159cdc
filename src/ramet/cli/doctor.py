"""What a session needs, tried one thing after the other."""

from __future__ import annotations

import os
import platform
import sys
from typing import TYPE_CHECKING

import click

from ramet import __version__
from ramet.cli.exits import BROKEN
from ramet.cli.talk import ask, here, path
from ramet.errors import RametError
from ramet.places import Places
from ramet.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable


def examine() -> int:
    """Print a line for each check; the exit code is 2 if one failed, and then the others are left."""
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("system", _system),
        ("home", _home),
        ("settings", _settings),
        ("host", _host),
        ("session", _session),
    )
    for name, check in checks:
        try:
            said = check()
        except RametError as error:
            click.echo(f"{name}: {click.style('failed', fg='red')}: {error}")
            return BROKEN
        click.echo(f"{name}: ok, {said}")
    return 0


def _system() -> str:
    checkpoints = "checkpoints work" if sys.platform == "linux" else "without checkpoints: no undo, no branches"
    return f"ramet {__version__} on Python {platform.python_version()}, {platform.system()}; {checkpoints}"


def _home() -> str:
    places = Places.of_user()
    places.make()
    return str(places.home)


def _settings() -> str:
    settings = settings_of(here())
    python = settings.python or sys.executable
    return f"new sessions here use {python}, and are called {settings.session!r} if nobody names them"


def _host() -> str:
    host = ask("GET", "/v1/host")["answer"]
    other = "" if host["version"] == __version__ else f", not the version of this command ({__version__}): stop it"
    return f"process {host['pid']}, version {host['version']}{other}; log in {host['log']}"


def _session() -> str:
    """Start one as `ramet run` would, and have it add."""
    settings = settings_of(here())
    body = {
        "cwd": str(here()),
        "python": settings.python,
        "shell": settings.shell,
        "environ": dict(os.environ),
        "name": f"doctor-{os.getpid()}",
    }
    started = ask("POST", "/v1/sessions", body)["answer"]
    try:
        shown = ask("POST", f"{path(started['name'])}/run?view=told", {"code": "1 + 1"})["told"]["text"]
    finally:
        ask("DELETE", path(started["name"]))
    info = started["info"]
    return f"{info['shell']} on Python {info['version']} answered {shown.splitlines()[0]}"
