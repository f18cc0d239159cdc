"""What a person sees who waits for a cell: that something goes on, for how long, and what was printed last."""

from __future__ import annotations

import os
import sys
import time

import click

from ramet.cli.talk import path, request
from ramet.client.address import address
from ramet.client.exchange import Request
from ramet.client.line import Line
from ramet.errors import RametError

_SIGNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_QUIET_S = 0.5
_LOOK_S = 1.0


class Progress:
    """One line about the running cell of the session `name`, on standard error if that is a terminal."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._began = self._looked = time.monotonic()
        self._last_line = ""
        self._ticks = 0
        self._shown = False
        self._person = sys.stderr.isatty()

    def tick(self) -> None:
        """Time has passed."""
        now = time.monotonic()
        if not self._person or now - self._began < _QUIET_S:
            return
        if not self._shown or now - self._looked > _LOOK_S:
            self._looked, self._last_line = now, _last_line(self._name)
        self._ticks += 1
        self._shown = True
        text = f"{_SIGNS[self._ticks % len(_SIGNS)]} {now - self._began:.1f} s  {self._last_line}".rstrip()
        click.echo(f"\r\x1b[K{text[: _room(text)]}", nl=False, err=True)

    def clear(self) -> None:
        """Leave no trace."""
        if self._shown:
            self._shown = False
            click.echo("\r\x1b[K", nl=False, err=True)


def _last_line(name: str) -> str:
    """The last line that the running cell has printed, empty if there is none, or nobody tells."""
    try:
        with Line(address(), start=False) as line:
            status = line.ask(Request(method="GET", path=path(name)))["answer"]
            if status["running"] is None:
                return ""
            asked = request(name, "lines", {"handle": status["next_cell"] - 1, "first": -1}, as_json=True)
            lines = line.ask(asked)["answer"]["lines"]
            return str(lines[-1]["text"]).strip() if lines else ""
    except RametError:
        return ""  # it is an ornament


def _room(text: str) -> int:
    """How many characters of `text` fit in a line; those that are not ASCII may take two columns."""
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns - 1
    except OSError:
        columns = 79
    return columns if text[1:].isascii() else columns // 2
