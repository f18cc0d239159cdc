"""What a home has on disk of each session besides its journal and its processes: what it is made with, and from."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ramet.errors import BrokenError, InvalidError
from ramet.model.branch import Origin
from ramet.model.options import SessionOptions
from ramet.wire.report import WIRE_VERSION

if TYPE_CHECKING:
    from pathlib import Path

#: The version of the file.
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """The session called `name`; `wire` is the version of the wire that its processes speak."""

    name: str
    options: SessionOptions
    origin: Origin | None = None
    made_at: float = field(default_factory=time.time)
    wire: int = WIRE_VERSION


def write(path: Path, record: SessionRecord) -> None:
    """Write the file, at once or not at all.

    Raises:
        BrokenError: it cannot be written.
    """
    partial = path.with_suffix(".partial")
    content = {"version": VERSION, **asdict(record)}
    try:
        partial.write_text(json.dumps(content), encoding="utf-8")
        os.replace(partial, path)  # noqa: PTH105 - a plain rename
    except OSError as error:
        raise BrokenError(f"the record of session {record.name!r} could not be written: {error}") from error


def read(path: Path) -> SessionRecord:
    """Read the file.

    Raises:
        InvalidError: it is of a version that we do not know, or it cannot be read.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        version = content.pop("version")
        if version != VERSION:
            raise InvalidError(
                f"its record is of version {version}, and this ramet reads version {VERSION}",
                hint="adopt it with the ramet that made it, or close it",
            )
        options, origin = content.pop("options"), content.pop("origin")
        options["preload"] = tuple(options["preload"])
        if origin is not None:
            origin = Origin(**{**origin, "shared": tuple(origin["shared"]), "missing": tuple(origin["missing"])})
        return SessionRecord(options=SessionOptions(**options), origin=origin, **content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, InvalidError):
            raise
        raise InvalidError(f"its record cannot be read: {error!r}") from error
