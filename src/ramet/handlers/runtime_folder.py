"""Where the sessions of an owner without a home live: a folder of its own, which goes when all have ended."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from ramet.errors import BrokenError
from ramet.places import lock


def new_runtime_folder() -> tuple[Path, int]:
    """Make a folder of mode 0700 for this process's FIFOs, below `$XDG_RUNTIME_DIR` or the temporary folder.

    Also returned is a descriptor that holds a lock on the folder; while it is open the folder is in use. Folders that
    nobody uses any more, left by owners that were killed together with all who could have cleaned up, are removed.

    Raises:
        BrokenError: it could not be made, or the place for it belongs to somebody else.
    """
    parent = _parent()
    try:
        parent.mkdir(mode=0o700, exist_ok=True)
        if parent.stat().st_uid != os.getuid():
            raise PermissionError(f"{parent} belongs to another user")
        _sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=parent))
        in_use = lock(folder)
        if in_use is None:
            raise PermissionError(f"{folder} cannot be locked")
        # Only now may others see it: a folder without a lock is one to sweep.
        return folder.rename(parent / folder.name.removeprefix(_PARTIAL)), in_use
    except OSError as error:
        raise BrokenError(
            f"no folder for sessions could be made in {parent}: {error}",
            hint="set TMPDIR to a folder that you may write to",
        ) from error


_PARTIAL = "new-"


def _parent() -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base and Path(base).is_dir():
        return Path(base) / "ramet"
    return Path(tempfile.gettempdir()) / f"ramet-{os.getuid()}"


def _sweep(parent: Path) -> None:
    for folder in parent.iterdir():
        if folder.name.startswith(_PARTIAL):
            continue
        unused = lock(folder)
        if unused is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(unused)
