"""How figures of memory are written."""

from __future__ import annotations

import pytest

import ramet
from ramet.model.memory import readable


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (4 << 30, "4.29 GB"),
        (4_000_000_000, "4 GB"),
        (10**19, "1e+04 PB"),
    ],
)
def test_sizes_have_three_digits(size: int, text: str) -> None:
    """In the largest unit that leaves a whole number before the point."""
    assert readable(size) == text


def test_one_line_says_how_much_and_of_what() -> None:
    """The limit is named only where there is one."""
    sizes = dict.fromkeys(("private_bytes", "shared_bytes", "peak_bytes", "checkpoints_bytes", "children_bytes"), 0)
    use = ramet.MemoryUse(total_bytes=3_000_000, used_bytes=1_000_000, **sizes)
    limited = ramet.MemoryUse(total_bytes=3_000_000, used_bytes=1_000_000, limit_bytes=2_000_000, **sizes)
    assert str(use).startswith("the session uses 1 MB; with")
    assert str(limited).startswith("the session uses 1 MB of its limit of 2 MB; with")
    assert "3 MB of the machine" in str(use)
