"""Pictures of answers, saved where one can look at them."""

from __future__ import annotations

import base64
import itertools
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ramet.places import Places

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_numbers = itertools.count(1)
_KEPT_S = 7 * 24 * 3600
#: The kinds of pictures, and what their files are called.
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/svg+xml": "svg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The bytes of a picture, of the kind `mime`."""

    mime: str
    data: bytes


def image_of(data: dict[str, Any]) -> Picture:
    """The picture that an answer of a host has."""
    return Picture(mime=data["mime"], data=base64.b64decode(data["data"]["base64"]))


def save(pictures: Sequence[Picture], name: str) -> list[Path]:
    """Save pictures of the session `name`, and return their files. Those of last week are removed."""
    places = Places.of_user()
    places.make()
    places.pictures.mkdir(mode=0o700, exist_ok=True)
    now = time.time()
    for old in places.pictures.iterdir():
        if old.stat().st_mtime < now - _KEPT_S:
            old.unlink(missing_ok=True)
    stem = f"{name}-{time.strftime('%H%M%S')}-{os.getpid()}"
    saved = []
    for picture in pictures:
        file = places.pictures / f"{stem}-{next(_numbers)}.{ENDINGS.get(picture.mime, 'bin')}"
        file.write_bytes(picture.data)
        saved.append(file)
    return saved
