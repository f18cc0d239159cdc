"""Starting the host of this user, once, however many want it at the same time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ramet.client.address import Address
from ramet.errors import BrokenError, RametError, TimedOutError
from ramet.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE_S = 30.0
_LAST_WORDS = 1000
#: A host may be killed on its way.
_TRIES = 5


def start_host() -> None:
    """Start the host of this user, and return when it listens. If one does already, nothing happens.

    Raises:
        BrokenError: it could not be started; the message has its last words.
        TimedOutError: it was not ready within half a minute; it may come to be.
    """
    places = Places.of_user()
    places.make()
    try:
        with _in_turn(places):
            if not _listens(places):
                _start(places)
    except RametError:
        raise
    except OSError as error:
        raise BrokenError(f"no host could be started in {places.home}: {error}", hint="set RAMET_HOME") from error


def wait_for_end(pid: int) -> None:
    """Wait until the host that is process `pid` of this machine has ended.

    Raises:
        TimedOutError: it has not, within half a minute.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while _runs(pid):
        if time.monotonic() > deadline:
            raise TimedOutError("the host is still ending", hint="`ramet status` tells whether it is there")
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()  # in a container nobody may reap it
    except FileNotFoundError:
        return sys.platform != "linux"
    except OSError:
        return False


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
    said = last_words = ""
    for _ in range(_TRIES):
        said, last_words = _started(places), _last_words(places)
        if said or last_words:
            break  # of one that was killed neither comes
    if said != "ready" and not _listens(places):  # one that somebody else has started, and not waited for
        told = said or last_words or "it said nothing"
        raise BrokenError(f"the host could not be started: {told}", hint=f"see {places.log}")


def _started(places: Places) -> str:
    """Start a host, and return what it says: `ready`, or why it cannot be."""
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
    return said


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
        return places.last_words.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:].strip()
    except OSError as error:
        return str(error)
