"""Starting the host of this user, once, however many want it at the same time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from ramet.client.address import Address
from ramet.errors import BrokenError, TimedOutError
from ramet.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE_S = 30.0
_LAST_WORDS = 1000


def start_host() -> None:
    """Start the host of this user, and return when it listens. If one does already, nothing happens.

    Raises:
        BrokenError: it could not be started; the message has its last words.
        TimedOutError: it was not ready within half a minute; it may come to be.
    """
    places = Places.of_user()
    places.make()
    with _in_turn(places):
        if not _listens(places):
            _start(places)


@contextlib.contextmanager
def _in_turn(places: Places) -> Iterator[None]:
    with places.start_lock.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _listens(places: Places) -> bool:
    try:
        Address(path=places.socket).connected().close()
    except OSError:
        return False
    return True


def _start(places: Places) -> None:
    reading, writing = os.pipe()
    try:
        with places.last_words.open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ramet.host"],  # nothing of the present folder is to be imported
                env={**os.environ, "RAMET_READY_FD": str(writing)},
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[writing],
                start_new_session=True,
            )
    finally:
        os.close(writing)
    try:
        said = _said(reading)
    finally:
        os.close(reading)
    process.wait()  # the host has left it, to be nobody's child
    if said != "ready":
        raise BrokenError(f"the host could not be started: {said or _last_words(places)}", hint=f"see {places.log}")


def _said(reading: int) -> str:
    """What the host says on its ready pipe; nothing if it ends before."""
    deadline = time.monotonic() + _PATIENCE_S
    said = b""
    while True:
        if not select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimedOutError("the host is still starting", hint="try again, or see `ramet status`")
        piece = os.read(reading, 4096)
        if not piece:
            return said.decode("utf-8", "replace")
        said += piece


def _last_words(places: Places) -> str:
    try:
        return (
            places.last_words.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:].strip() or "it said nothing"
        )
    except OSError as error:
        return str(error)
