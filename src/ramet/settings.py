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


#: What each key holds, and how a text becomes one.
_KEYS: dict[str, Callable[[str], Any]] = {
    "session": str,
    "python": str,
    "shell": str,
    "preload": lambda text: [part.strip() for part in text.split(",") if part.strip()],
    "checkpoints": str,
    "limit_bytes": int,
    "checkpoints_limit_bytes": int,
    "max_processes": int,
    "idle_s": float,
}
_TYPES: dict[str, tuple[type, ...]] = {
    "preload": (list,),
    "limit_bytes": (int,),
    "checkpoints_limit_bytes": (int,),
    "max_processes": (int,),
    "idle_s": (int, float),
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
    return _checked(settled)


def host_settings() -> Settings:
    """What holds for the host: the user's file and the environment."""
    file = _users_file(os.environ)
    return _checked({**(_read(file) if file else {}), **_variables(os.environ)})


def _checked(settled: dict[str, Any]) -> Settings:
    if settled.get("idle_s", 1) <= 0:
        raise InvalidError("idle_s is a number of seconds above 0")
    if isinstance(settled.get("preload"), list):
        settled["preload"] = tuple(settled["preload"])
    return Settings(**settled)


def _users_file(environ: Mapping[str, str]) -> Path | None:
    base = environ.get("XDG_CONFIG_HOME")
    file = (Path(base) if base else Path("~/.config").expanduser()) / _FILE
    return file if file.is_file() else None


def _projects_file(folder: Path) -> Path | None:
    return next((place / _FILE for place in (folder, *folder.parents) if (place / _FILE).is_file()), None)


def _environment(folder: Path) -> Path | None:
    """The `.venv` of the project that `folder` is in."""
    for place in (folder, *folder.parents):
        if (place / ".venv/bin/python").exists():
            return place / ".venv"
        if (place / ".git").exists() or (place / _FILE).exists():
            return None
    return None


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        with file.open("rb") as opened:
            settled = tomllib.load(opened)
    except (OSError, ValueError) as error:
        raise InvalidError(f"{file} cannot be read: {error}") from error
    for key, value in settled.items():
        _check(key, value, file)
    if "python" in settled:
        settled["python"] = str(file.parent / Path(settled["python"]).expanduser())
    return settled


def _check(key: str, value: object, file: Path) -> None:
    if key not in _KEYS:
        import difflib

        near = difflib.get_close_matches(key, _KEYS, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(_KEYS)}"
        raise InvalidError(f"{file}: there is no setting {key!r}", hint=hint)
    types = _TYPES.get(key, (str,))
    if not isinstance(value, types) or isinstance(value, bool):
        raise InvalidError(f"{file}: {key} cannot be {value!r}", hint=f"it is a {types[-1].__name__}")


def _variables(environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings that an environment has."""
    settled = {}
    for key, read in _KEYS.items():
        name = f"RAMET_{key.upper()}"
        text = environ.get(name)
        if text:
            try:
                settled[key] = read(text)
            except ValueError:
                raise InvalidError(f"{name}={text} is no {read.__name__}") from None
    return settled
