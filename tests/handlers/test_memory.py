"""What processes have and share, from `/proc`."""

from __future__ import annotations

import os

from ramet.handlers import memory
from ramet.handlers.memory import Shares


def shares(data: int, proportional: int, private: int = 0) -> Shares:
    """Memory without files."""
    return Shares(data=data, data_proportional=proportional, data_private=private)


def test_what_forks_share_is_not_beyond_the_original() -> None:
    """Ten copies of one array are one array."""
    assert memory.beyond(shares(1100, 100), [shares(1100, 100)] * 10) == 0


def test_what_forks_have_changed_is() -> None:
    """Each its own, or several the same."""
    assert memory.beyond(shares(1000, 500), [shares(1300, 800, 300)]) == 300
    assert memory.beyond(shares(1000, 400), [shares(1300, 450, 0), shares(1300, 450, 0)]) == 300


def test_a_process_is_measured() -> None:
    """This one has some memory, which a process that is gone has not."""
    own = memory.shares(os.getpid())
    assert own.resident >= own.proportional >= own.private > 1_000_000
    assert memory.peak(os.getpid()) >= own.data > 1_000_000
    assert memory.shares(2**22 + 1) == Shares()
    assert memory.held(2**22 + 1) == 0


def test_the_machine_is_measured() -> None:
    """More is there than is free."""
    machine = memory.machine()
    assert machine.total > machine.available > 0
    assert memory.Machine(total=100, available=9).scarce
    assert not memory.Machine(total=100, available=10).scarce
