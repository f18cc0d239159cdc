"""How much memory a session uses, and how such figures are written."""

from __future__ import annotations

from dataclasses import dataclass

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryUse:
    """The memory of a session's processes at one moment.

    `total_bytes` is what the session costs the machine: its process, what that started and its checkpoints, a page that
    several processes share counted in parts (PSS). Of it `checkpoints_bytes` is in the checkpoints, `children_bytes` in
    the processes that cells have started.

    `private_bytes` and `shared_bytes` are the two parts of what the session's own process has in memory: pages of its
    own, and those that it shares with checkpoints, with the warm parent and with whoever else uses a library.
    `peak_bytes` is the most that it ever had. `used_bytes` is what `limit_bytes` bounds: variables and all else that
    came since the session began, in its process and its children, whoever shares it. `limit_bytes` is None without one.
    """

    total_bytes: int
    private_bytes: int
    shared_bytes: int
    peak_bytes: int
    checkpoints_bytes: int
    children_bytes: int
    used_bytes: int
    limit_bytes: int | None = None

    def __str__(self) -> str:
        of = f" of its limit of {readable(self.limit_bytes)}" if self.limit_bytes is not None else ""
        total = f"with its warm start and its checkpoints it takes {readable(self.total_bytes)} of the machine"
        return f"the session uses {readable(self.used_bytes)}{of}; {total}"


def readable(size: int) -> str:
    """`size` bytes with three digits, such as `4.31 GB`; units are powers of 1,000."""
    amount, unit = float(size), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.3g} {_UNITS[unit]}"
