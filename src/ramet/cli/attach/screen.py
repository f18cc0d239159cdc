"""Where everything is shown that is not typed: at the end of what is there, or above the prompt if there is one."""

from __future__ import annotations

import asyncio
import sys

from prompt_toolkit.application import run_in_terminal


class Screen:
    """The terminal, as far as it is written to.

    To write above a prompt, the prompt is taken away and drawn again, and the terminal is asked where the cursor is:
    what comes while that goes on is written together. `keep` does that, and has to run as long as there are prompts.
    """

    def __init__(self) -> None:
        self._line_open = False
        self._pending = ""
        self._due = asyncio.Event()

    async def keep(self) -> None:
        """Write what `show` is given; until it is cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            await run_in_terminal(lambda: self.write(""))

    def show(self, text: str) -> None:
        """Have `text` written soon, above the prompt if there is one; it should be whole lines."""
        if text:
            self._pending += text
            self._due.set()

    def write(self, text: str) -> None:
        """Write `text` at once, after what was to be shown; only while there is no prompt."""
        text, self._pending = self._pending + text, ""
        if text:
            sys.stdout.buffer.write(text.encode(sys.stdout.encoding, "replace"))
            sys.stdout.flush()
            self._line_open = not text.endswith("\n")

    def begin_line(self) -> None:
        """Be at the beginning of a line; only while there is no prompt."""
        self.write("")
        if self._line_open:
            self.write("\n")
