"""Where a host and its clients meet: private folders of the user, and the files in them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ramet.errors import BrokenError


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """`runtime` holds what lives as long as the host, `state` what outlives it.

    Both are `$RAMET_HOME`, if that is set. Else they are `ramet-host` in `$XDG_RUNTIME_DIR` (or in the temporary
    folder, with the user's number), and `ramet` in `$XDG_STATE_HOME` (or `~/.local/state`).
    """

    runtime: Path
    state: Path

    @classmethod
    def of_user(cls) -> Places:
        """The places that the environment names."""
        home = os.environ.get("RAMET_HOME")
        if home:
            return cls(runtime=Path(home).absolute(), state=Path(home).absolute())
        return cls(runtime=_runtime(), state=_state())

    @property
    def socket(self) -> Path:
        """Where the host listens."""
        return self.runtime / "host.sock"

    @property
    def host_lock(self) -> Path:
        """Locked by the host as long as it lives."""
        return self.runtime / "host.lock"

    @property
    def start_lock(self) -> Path:
        """Locked by whoever starts a host."""
        return self.runtime / "start.lock"

    @property
    def last_words(self) -> Path:
        """What a host printed that could not start, or crashed."""
        return self.runtime / "host.err"

    @property
    def pictures(self) -> Path:
        """Pictures that the command line has saved."""
        return self.runtime / "pictures"

    @property
    def log(self) -> Path:
        """The host's log."""
        return self.state / "host.log"

    @property
    def token(self) -> Path:
        """The bearer token for requests over TCP."""
        return self.state / "token"

    def make(self) -> None:
        """Make the folders, with mode 0700.

        Raises:
            BrokenError: one cannot be made, or others could look into it.
        """
        for folder in {self.runtime, self.state}:
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                status = folder.stat()
            except OSError as error:
                raise BrokenError(f"the folder {folder} cannot be used: {error.strerror}", hint=_HINT) from error
            if status.st_uid != os.getuid():
                raise BrokenError(f"the folder {folder} belongs to another user", hint=_HINT)
            if status.st_mode & 0o077:
                raise BrokenError(f"others may look into {folder}", hint=f"chmod 700 {folder}")


_HINT = "set RAMET_HOME to a folder of yours"


def _runtime() -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base and Path(base).is_dir():
        return Path(base) / "ramet-host"
    return Path(os.environ.get("TMPDIR") or "/tmp") / f"ramet-host-{os.getuid()}"  # noqa: S108 - `make` checks whose it is


def _state() -> Path:
    base = os.environ.get("XDG_STATE_HOME")
    if base:
        return Path(base) / "ramet"
    try:
        return Path.home() / ".local/state/ramet"
    except RuntimeError:  # no home
        return _runtime()
