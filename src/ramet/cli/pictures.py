"""Pictures of answers, saved where one can look at them."""

from __future__ import annotations

import base64
import os
import time
from typing import TYPE_CHECKING, Any

from ramet.places import Places

if TYPE_CHECKING:
    from pathlib import Path

_KEPT_S = 7 * 24 * 3600
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/svg+xml": "svg"}


def save(images: list[dict[str, Any]], name: str) -> list[Path]:
    """Save the images of an answer about the session `name`, and return their files. Those of last week are removed."""
    places = Places.of_user()
    places.make()
    places.pictures.mkdir(mode=0o700, exist_ok=True)
    now = time.time()
    for old in places.pictures.iterdir():
        if old.stat().st_mtime < now - _KEPT_S:
            old.unlink(missing_ok=True)
    stem = f"{name}-{time.strftime('%H%M%S')}-{os.getpid()}"
    saved = []
    for number, image in enumerate(images, start=1):
        file = places.pictures / f"{stem}-{number}.{_ENDINGS.get(image['mime'], 'bin')}"
        file.write_bytes(base64.b64decode(image["data"]["base64"]))
        saved.append(file)
    return saved
