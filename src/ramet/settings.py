"""What a user has settled in `ramet.toml` or in `RAMET_*` variables.

    python = "../venv"          # for new sessions: interpreter or environment, relative to the file
    shell = "ipython"
    preload = ["numpy", "pandas"]
    checkpoints = "auto"
    limit_bytes = 4_000_000_000
    max_processes = 200
    session = "main"            # the session that commands are about if they name none
    idle_s = 600                # of the host, in the user's file only

The project's file, in the working folder or the nearest one above it, goes before the user's, which is
`$XDG_CONFIG_HOME/ramet.toml` or `~/.config/ramet.toml`; and a variable such as `RAMET_PYTHON` goes before both.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ramet.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FILE = "ramet.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What holds in one folder. None is for what was not settled.

    `python` is a path; `python_from` says where it comes from, if from nowhere a user has written it.
    """

    session: str = "main"
    python: str | None = None
    python_from: str = ""
    shell: str = "auto"
    preload: tuple[str, ...] | None = None
    checkpoints: str = "auto"
    limit_bytes: int | None = None
    checkpoints_limit_bytes: int | None = None
    max_processes: int = 1000
    idle_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What a key may hold: `told` in words, what `fits`, and how a text is `read`, which may raise ValueError."""

    told: str
    fits: Callable[[object], bool]
    read: Callable[[str], object] = str


def _choice(*words: str) -> _Kind:
    told = f"{', '.join(map(repr, words[:-1]))} or {words[-1]!r}"
    return _Kind(told=told, fits=lambda value: value in words)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


_TEXT = _Kind(told="a text", fits=lambda value: isinstance(value, str))
_BYTES = _Kind(told="a whole number of bytes above 0, such as 4_000_000_000", fits=_whole, read=int)
_NAMES = _Kind(
    told="a list of the names of modules",
    fits=lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
    read=lambda text: [part.strip() for part in text.split(",") if part.strip()],
)

_KEYS = {
    "session": _TEXT,
    "python": _TEXT,
    "shell": _choice("auto", "ipython", "python"),
    "preload": _NAMES,
    "checkpoints": _choice("auto", "every", "off"),
    "limit_bytes": _BYTES,
    "checkpoints_limit_bytes": _BYTES,
    "max_processes": _Kind(told="a whole number above 0", fits=_whole, read=int),
    "idle_s": _Kind(
        told="a number of seconds above 0",
        fits=lambda value: _whole(value) or (isinstance(value, float) and value > 0),
        read=float,
    ),
}


def settings_of(folder: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """What holds in `folder`. Without a `python` the project's own `.venv` is taken, if there is one.

    `environ` is the environment of whoever asks, if that is another process.

    Raises:
        InvalidError: a file cannot be read, or has an unknown key or a value that cannot be.
    """
    settled: dict[str, Any] = {}
    for file in (_users_file(environ), _projects_file(folder)):
        if file:
            settled.update(_read(file))
    settled.update(_variables(environ))
    if "python" not in settled:
        environment = _environment(folder)
        if environment is not None:
            settled |= {"python": str(environment), "python_from": str(environment)}
    return _made(settled)


def host_settings() -> Settings:
    """What holds for the host: the user's file and the environment."""
    file = _users_file(os.environ)
    return _made({**(_read(file) if file else {}), **_variables(os.environ)})


def _made(settled: dict[str, Any]) -> Settings:
    if isinstance(settled.get("preload"), list):
        settled["preload"] = tuple(settled["preload"])
    return Settings(**settled)


def _users_file(environ: Mapping[str, str]) -> Path | None:
    base = environ.get("XDG_CONFIG_HOME")
    file = Path(base or os.path.expanduser("~/.config")) / _FILE  # noqa: PTH111 - Path would raise where there is no home
    return file if _is_there(file) else None


def _projects_file(folder: Path) -> Path | None:
    return next((place / _FILE for place in (folder, *folder.parents) if _is_there(place / _FILE)), None)


def _environment(folder: Path) -> Path | None:
    """The `.venv` of the project that `folder` is in."""
    for place in (folder, *folder.parents):
        if _is_there(place / ".venv/bin/python"):
            return place / ".venv"
        if _is_there(place / ".git") or _is_there(place / _FILE):
            return None
    return None


def _is_there(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - what cannot be looked at is not there


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        with file.open("rb") as opened:
            settled = tomllib.load(opened)
    except (OSError, ValueError) as error:
        raise InvalidError(f"{file} cannot be read: {error}") from error
    for key, value in settled.items():
        if key not in _KEYS:
            raise InvalidError(f"{file}: there is no setting {key!r}", hint=_near(key))
        _check(key, value, f"{file}: {key}")
    if "python" in settled:
        settled["python"] = str(file.parent / os.path.expanduser(settled["python"]))  # noqa: PTH111 - as above
    return settled


def _near(key: str) -> str:
    import difflib

    near = difflib.get_close_matches(key, _KEYS, 1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(_KEYS)}"


def _check(key: str, value: object, where: str) -> None:
    kind = _KEYS[key]
    if not kind.fits(value):
        raise InvalidError(f"{where} cannot be {value!r}", hint=f"it is {kind.told}")


def _variables(environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings that an environment has."""
    settled: dict[str, Any] = {}
    for key, kind in _KEYS.items():
        name = f"RAMET_{key.upper()}"
        text = environ.get(name)
        if text:
            try:
                settled[key] = kind.read(text)
            except ValueError:
                settled[key] = text
            _check(key, settled[key], name)
    return settled
