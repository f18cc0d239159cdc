"""Who may use a session: the process and the event loop that it lives in, from its start to its close."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from ramet.errors import ClosedError, InvalidError
from ramet.model.session import SessionState

if TYPE_CHECKING:
    from ramet.session.cells import Cells


class Gate:
    """Lets a call on the session `name` pass, or raises what says why it cannot."""

    def __init__(self, name: str, cells: Cells) -> None:
        self.started = False  #: there was a process once
        self._name, self._cells = name, cells
        self._owner = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def owned(self) -> bool:
        """Whether this process made the session: not so in a fork of it, which shares its FIFOs and files."""
        return os.getpid() == self._owner

    def stay(self) -> None:
        """From now on the session lives on the event loop that runs here."""
        self._loop = asyncio.get_running_loop()

    def check_here(self) -> None:
        """Raise unless the session lives in this process and, once it is started, on this event loop."""
        if not self.owned:
            raise ClosedError(
                f"session {self._name!r} stayed in the process that this one was forked from", hint="start another one"
            )
        if self._loop not in (None, asyncio.get_running_loop()):
            raise InvalidError(
                f"session {self._name!r} was started on another event loop",
                hint="await it there, or use ramet.Session, which any thread may call",
            )

    def check_open(self) -> None:
        """Raise if the session is closed, or not to be used from here."""
        self.check_here()
        if self._cells.state is SessionState.CLOSED:
            raise ClosedError(f"session {self._name!r} is closed", hint="start another one")

    def check_started(self) -> None:
        """Raise unless the session is open and has had a process."""
        self.check_open()
        if not self.started:
            raise not_started()


def not_started() -> ClosedError:
    """The error for a session that was never started."""
    return ClosedError("the session is not started", hint="use it in a `with` block, or call start() first")
