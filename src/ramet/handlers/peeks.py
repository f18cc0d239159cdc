"""Questions to a process, one at a time, each answered by a copy that it makes of itself."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, BusyError
from ramet.handlers import processes
from ramet.handlers.signals import NUDGE_SIGNAL, PEEK_SIGNAL
from ramet.wire import request

if TYPE_CHECKING:
    from pathlib import Path

    from ramet.handlers.vigil import Vigil
    from ramet.model.question import Answer, Question
    from ramet.model.report import Told

_AGAIN_S = 0.02
_NUDGE_S = 0.3


class Peeks:
    """Asks the session's process by way of the file `peek` in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = asyncio.Lock()
        self._number = secrets.randbits(32)  # an answer to a former owner is none to us
        self._told: asyncio.Future[Told] | None = None

    async def ask(self, vigil: Vigil, question: Question, wait_s: float) -> Answer:
        """The answer of the process that is watched there. Errors as for `Handler.ask`."""
        deadline = time.monotonic() + wait_s
        async with self._lock:
            while True:
                told = await self._ask_once(vigil, question, deadline)
                if told is not None and told.answer is not None:
                    return told.answer
                if told is not None and not told.again:
                    raise BrokenError(f"the session could not answer: {told.problem}")
                if time.monotonic() > deadline:
                    raise BusyError(
                        f"the session did not answer within {wait_s:g} s: its code is in the middle of something",
                        hint="try again, or stack() tells where it is",
                    )
                await asyncio.sleep(_AGAIN_S)

    def take(self, told: Told) -> None:
        """The process has told something."""
        if told.question == self._number and self._told is not None and not self._told.done():
            self._told.set_result(told)

    async def _ask_once(self, vigil: Vigil, question: Question, deadline: float) -> Told | None:
        self._number += 1
        told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._told = told
        rest_s = max(deadline - time.monotonic(), 0.05)
        self._write(request.question(self._number, question, rest_s))
        if not processes.kill(vigil.pid, PEEK_SIGNAL):
            raise BrokenError("the session has no process at this moment")
        # A process in the middle of a blocking system call has to be nudged out of it.
        nudge = asyncio.get_running_loop().call_later(_NUDGE_S, processes.kill, vigil.pid, NUDGE_SIGNAL)
        try:
            if await vigil.answers(told, rest_s):
                return told.result()
            if vigil.dead.is_set():
                raise BrokenError("the session's process ended before it had answered", hint="ask again")
            return None
        finally:
            nudge.cancel()
            self._told = None

    def _write(self, line: bytes) -> None:
        partial = self._folder / "peek.partial"
        try:
            partial.write_bytes(line)
            os.replace(partial, self._folder / "peek")  # noqa: PTH105 - a plain rename, many times
        except OSError as error:
            raise BrokenError(f"the session could not be asked: {error}") from error
