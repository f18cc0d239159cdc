"""What a session is made with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from ramet.errors import InvalidError
from ramet.model.session import CheckpointPolicy, ShellChoice

#: Imported ahead of time where installed, so that a session's first `import pandas` costs nothing.
DEFAULT_PRELOAD = ("numpy", "pandas", "matplotlib.pyplot")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """How a session's process is made; every process of the session (after a restart, say) is made alike.

    `python` is the path of an interpreter, `cwd` an existing folder. `env` is added to the environment that this
    process has when the session starts; a value of None removes a variable. `preload` lists modules that the warm
    parent imports; those not installed are skipped. `checkpoints` is "every" for one before each cell, "auto" to leave
    some out when cells follow without a rest, or "off". `limit_bytes` bounds the memory of variables and children,
    `checkpoints_limit_bytes` what checkpoints hold beyond it (None: a quarter of the machine's), `max_processes` the
    processes that run at once for the session besides its own.

    Raises:
        InvalidError: a value of the wrong kind; a variable name or value that an environment cannot hold.
    """

    python: str
    cwd: str
    shell: ShellChoice = "auto"
    env: Mapping[str, str | None] = field(default_factory=dict)
    preload: tuple[str, ...] = DEFAULT_PRELOAD
    checkpoints: CheckpointPolicy = "auto"
    limit_bytes: int | None = None
    checkpoints_limit_bytes: int | None = None
    max_processes: int | None = 1000

    def __post_init__(self) -> None:
        if self.shell not in get_args(ShellChoice):
            raise InvalidError(f"there is no shell {self.shell!r}", hint='use "auto", "ipython" or "python"')
        if self.checkpoints not in get_args(CheckpointPolicy):
            raise InvalidError(f"there is no checkpoints={self.checkpoints!r}", hint='use "auto", "every" or "off"')
        if not isinstance(self.env, Mapping):
            raise InvalidError(f"env={self.env!r} is no mapping", hint='give a dict, such as {"NAME": "value"}')
        for name, value in self.env.items():
            _check_variable(name, value)
        for limit in ("limit_bytes", "checkpoints_limit_bytes", "max_processes"):
            _check_limit(limit, getattr(self, limit))
        for module in self.preload:
            if not isinstance(module, str) or not all(part.isidentifier() for part in module.split(".")):
                raise InvalidError(f"preload: {module!r} is not a module name")

    def environ(self) -> dict[str, str]:
        """The environment of a process made now. Programs beside the interpreter come first, `!pip` being one."""
        merged = {**os.environ, **self.env}
        beside, path = os.path.dirname(self.python), merged.get("PATH") or os.defpath  # noqa: PTH120
        if beside and beside not in path.split(os.pathsep):
            merged["PATH"] = f"{beside}{os.pathsep}{path}"
        return {name: value for name, value in merged.items() if value is not None}


def environment_changes(environ: Mapping[str, str]) -> dict[str, str | None]:
    """The `env` with which a session has just the variables `environ`, whatever this process has."""
    return {**{name: None for name in os.environ if name not in environ}, **environ}


def _check_limit(option: str, value: object) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise InvalidError(f"{option}={value!r} is no limit", hint="give a whole number above 0, or None for none")


def _check_variable(name: object, value: object) -> None:
    if not isinstance(name, str) or not name or "=" in name or "\0" in name:
        raise InvalidError(f"env: {name!r} cannot be the name of an environment variable")
    if value is not None and not isinstance(value, str):
        raise InvalidError(
            f"env: the value of {name} is {value!r}, a {type(value).__name__}",
            hint=f"give a string, such as {str(value)!r}, or None to remove the variable",
        )
    try:
        os.fsencode(f"{name}={value}")
    except UnicodeEncodeError:
        raise InvalidError(f"env: {name}={value!r} holds a character that no environment can hold") from None
    if isinstance(value, str) and "\0" in value:
        raise InvalidError(f"env: the value of {name} holds a NUL character")
