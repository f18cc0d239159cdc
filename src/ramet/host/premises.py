"""What a host holds in its home as long as it lives: the lock of the one host there. Its home may be taken away."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, BusyError
from ramet.places import private_folder, socket_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ramet.places import Places

#: A host that ends holds the lock for some moments more.
_LOCK_S = 10.0


class Premises:
    """The home of a host, by descriptors: `lock` is that of its lock, `sessions` that of the sessions' folder."""

    def __init__(self, places: Places, lock: int, sessions: int) -> None:
        self.places = places
        self._lock, self._sessions = lock, sessions

    @property
    def ours(self) -> bool:
        """Whether who looks for a host comes to us: at the place of our lock is our lock."""
        try:
            return os.path.samestat(self.places.host_lock.stat(), os.fstat(self._lock))
        except OSError:
            return False

    @property
    def removed(self) -> bool:
        """Whether the sessions have no folder any more, so that nobody will ever find them."""
        return os.fstat(self._sessions).st_nlink == 0


@contextlib.contextmanager
def premises(places: Places) -> Iterator[Premises]:
    """Be the one host of that home.

    Raises:
        BusyError: another one is.
        BrokenError: the home takes no files.
    """
    try:
        lock = os.open(places.host_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BrokenError(f"{places.host_lock} cannot be made: {error.strerror}", hint="set RAMET_HOME") from error
    sessions = -1
    try:
        _wait_for(lock, places)
        sessions = os.open(private_folder(places.sessions), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        yield Premises(places, lock, sessions)
    finally:
        for descriptor in (lock, sessions):
            if descriptor >= 0:
                os.close(descriptor)


def _wait_for(lock: int, places: Places) -> None:
    deadline = time.monotonic() + _LOCK_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if _listens(places) or time.monotonic() > deadline:
                raise BusyError("another host is running", hint="`ramet status` tells of it") from None
            time.sleep(0.05)
        else:
            return


def _listens(places: Places) -> bool:
    """Whether the host that has the lock is there to stay; one that ends has left its socket."""
    with socket.socket(socket.AF_UNIX) as trial, socket_address(places.socket) as place:
        try:
            trial.connect(place)
        except OSError:
            return False
    return True
