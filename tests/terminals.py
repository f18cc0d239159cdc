"""A terminal of eighty columns in which a command runs, and what a person would see in it."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Self

import pexpect
import pyte
from support import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from homes import Home

_LINES, _COLUMNS = 50, 100


class Terminal:
    """`ramet` with these arguments, in a terminal of its own."""

    def __init__(self, home: Home, *arguments: str) -> None:
        self._screen = pyte.Screen(_COLUMNS, _LINES)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        environ = {**home.environ, "TERM": "xterm-256color"}
        for name in ("TMUX", "TERM_PROGRAM", "KITTY_WINDOW_ID", "LC_TERMINAL"):
            environ.pop(name, None)
        self._process = pexpect.spawn(
            sys.executable,
            ["-P", "-m", "ramet", *arguments],
            env=environ,
            cwd=str(home.project),
            dimensions=(_LINES, _COLUMNS),
            timeout=PATIENCE_S,
        )
        self._screen.write_process_input = self._process.send  # where is the cursor? the terminal answers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close(force=True)

    @property
    def text(self) -> str:
        """What is on the screen, without blanks at the ends of lines."""
        self._read()
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def type(self, keys: str) -> None:
        """Press `keys`."""
        self._process.send(keys)

    def sees(self, text: str) -> None:
        """Wait until `text` is on the screen."""
        wait_until(lambda: text in self.text, facts=lambda: f"{text!r} in\n{self.text}")

    def prompts(self, cell: int) -> None:
        """Wait for an empty prompt for that cell in the last line."""
        wait_until(lambda: self.text.split("\n")[-1] == f"In [{cell}]:", facts=lambda: self.text)

    def ends(self) -> int:
        """Wait for the end of the command; return its exit code."""
        wait_until(lambda: self._read() or not self._process.isalive(), facts=lambda: self.text)
        self._read()
        return int(self._process.exitstatus if self._process.exitstatus is not None else -self._process.signalstatus)

    def _read(self) -> None:
        with contextlib.suppress(pexpect.EOF, pexpect.TIMEOUT):
            while piece := self._process.read_nonblocking(65536, timeout=0):
                self.raw += piece
                self._stream.feed(piece)
