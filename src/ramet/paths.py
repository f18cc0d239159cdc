"""Where ramet keeps what lives as long as its processes: one private folder for each owner."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ramet.errors import BrokenError


def new_runtime_folder() -> Path:
    """Make a folder of mode 0700 for this process's FIFOs, below `$XDG_RUNTIME_DIR` or the temporary folder.

    Raises:
        BrokenError: it could not be made, or the place for it belongs to somebody else.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    parent = (
        Path(base) / "ramet" if base and Path(base).is_dir() else Path(tempfile.gettempdir()) / f"ramet-{os.getuid()}"
    )
    try:
        parent.mkdir(mode=0o700, exist_ok=True)
        if parent.stat().st_uid != os.getuid():
            raise PermissionError(f"{parent} belongs to another user")
        return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))
    except OSError as error:
        raise BrokenError(
            f"no folder for sessions could be made in {parent}: {error}",
            hint="set TMPDIR to a folder that you may write to",
        ) from error
