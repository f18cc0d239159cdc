"""When a request is made anew because the host that had it went away.

Sessions outlive their host, and the next one has them again, with the cell that somebody waits for.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ramet.errors import BrokenError

if TYPE_CHECKING:
    from ramet.client.exchange import Request

#: So many hosts in a row may go away, none of which stood for so long.
_LOSSES = 20
_STANDS_S = 2.0


class Persistence:
    """What becomes of one request, from its first sending on."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._began = self._tried = time.monotonic()
        self._losses = 0
        self._repeats = False

    @property
    def request(self) -> Request:
        """What to send now: it waits as long in all as it would have without a loss."""
        return self._request.again(time.monotonic() - self._began) if self._repeats else self._request

    def progressed(self) -> None:
        """Some of the answer has come."""
        self._losses = 0

    def lost(self, error: OSError) -> None:
        """The connection broke off; return if the request is to be made anew.

        Raises:
            BrokenError: it is not.
        """
        now = time.monotonic()
        self._losses = self._losses + 1 if now - self._tried < _STANDS_S else 1
        self._tried, self._repeats = now, True
        if not self._request.repeatable:
            raise BrokenError(
                "the host went away before it answered; sessions go on without it",
                hint="whether it had done this is unknown: look before you repeat",
            ) from error
        if self._losses > _LOSSES:
            raise BrokenError(
                f"{_LOSSES} hosts in a row went away before they answered", hint="see their log"
            ) from error
