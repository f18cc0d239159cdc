"""Where the next owner of a session goes on: after the last entry that says how much of the stream was read.

An owner that is killed may have written some of what it read and not the rest. What stands after the last `ReadTo` is
therefore taken away: it was shown to nobody, and the same bytes of the stream, which are kept, say it again.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ramet.journal.entry import Branched
from ramet.journal.segments import Tear, list_segments, scan
from ramet.model.report import ReadTo

if TYPE_CHECKING:
    from pathlib import Path


def cut(folder: Path) -> None:
    """Take away what stands after the last `ReadTo` of the journal in `folder`.

    Nobody may be writing the journal. What a branch has of its parent, the files that it shares with it, stays.

    Raises:
        InvalidError: a newer version of ramet has written it.
        OSError: a file could not be read or changed.
    """
    for segment in reversed(list_segments(folder)):
        end = 0
        for found in scan(segment):
            if not isinstance(found, Tear) and isinstance(found[3], (ReadTo, Branched)):
                end = found[1] + found[2]
        if end:
            if end < segment.path.stat().st_size:
                os.truncate(segment.path, end)
            return
        segment.path.unlink()
