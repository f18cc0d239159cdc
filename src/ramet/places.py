"""The home: the private folder of a user in which sessions live, and where a host and its clients meet.

It is in the state folder, because the runtime folder goes when its user logs out, and sessions stay. The command line
imports this, so it imports little.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator


def default_home() -> Path:
    """`$RAMET_HOME`, or `ramet` in `$XDG_STATE_HOME` or in `~/.local/state`.

    A user who has no home folder at all gets `ramet-home-UID` in the temporary folder.
    """
    chosen = os.environ.get("RAMET_HOME")
    if chosen:
        return Path(chosen).absolute()
    state = os.environ.get("XDG_STATE_HOME")
    if state and Path(state).is_absolute():  # others are to be ignored, says the specification
        return Path(state) / "ramet"
    try:
        return Path.home().absolute() / ".local" / "state" / "ramet"
    except RuntimeError:
        return Path(os.environ.get("TMPDIR") or "/tmp") / f"ramet-home-{os.getuid()}"  # noqa: S108 - `private_folder` looks whose it is


@contextlib.contextmanager
def socket_address(path: Path) -> Iterator[bytes | str]:
    """The address of a socket at `path`, which may be longer than an address can be.

    Raises:
        OSError: its folder is not there.
    """
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        short = len(os.fsencode(path)) < _ADDRESS_MAX
        yield os.fsencode(path) if short else f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


#: What the address of a socket holds, its NUL included.
_ADDRESS_MAX = 108


def private_folder(path: Path) -> Path:
    """Make the folder `path` if it is not there, and see to it that it is this user's alone.

    Raises:
        InvalidError: it belongs to somebody else, others may look into it, or it is no folder.
        BrokenError: it could not be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.stat()
    except FileExistsError:
        raise InvalidError(f"{path} is not a folder", hint="choose another one") from None
    except OSError as error:
        raise BrokenError(f"the folder {path} could not be made: {error}", hint="set RAMET_HOME") from error
    if status.st_uid != os.getuid():
        raise InvalidError(f"{path} belongs to user {status.st_uid}, not to you", hint="choose another one")
    if status.st_mode & 0o077:
        mode = stat.filemode(status.st_mode)
        raise InvalidError(f"others may look into {path} ({mode})", hint=f"chmod 700 {shlex.quote(str(path))}")
    return path


def lock(folder: Path) -> int | None:
    """A descriptor with an exclusive lock on `folder`, None if somebody else holds it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The files of a host and of its clients in the folder `home`, beside the sessions that live there."""

    home: Path

    @classmethod
    def of_user(cls) -> Places:
        """Those in the home that the environment names."""
        return cls(home=default_home())

    @property
    def socket(self) -> Path:
        """Where the host listens."""
        return self.home / "host.sock"

    @property
    def host_lock(self) -> Path:
        """Locked by the host as long as it lives."""
        return self.home / "host.lock"

    @property
    def start_lock(self) -> Path:
        """Locked by whoever starts a host."""
        return self.home / "start.lock"

    @property
    def last_words(self) -> Path:
        """What a host printed that could not start, or crashed."""
        return self.home / "host.err"

    @property
    def pictures(self) -> Path:
        """Pictures that the command line has saved."""
        return self.home / "pictures"

    @property
    def log(self) -> Path:
        """The host's log."""
        return self.home / "host.log"

    @property
    def token(self) -> Path:
        """The bearer token for requests over TCP."""
        return self.home / "token"

    @property
    def sessions(self) -> Path:
        """A folder for each session."""
        return self.home / "sessions"

    def make(self) -> None:
        """Make the folder; raises as `private_folder` does."""
        private_folder(self.home)

    def names(self) -> list[str]:
        """The sessions that live there, whether or not a host is there for them."""
        return sorted(record.parent.name for record in self.sessions.glob("*/record"))
