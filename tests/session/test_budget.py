"""Which checkpoints go when there is no memory for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ramet.model.checkpoint import Checkpoint
from ramet.model.report import MemoryScarce
from ramet.session.budget import Budget
from ramet.session.timeline import Moment, Timeline
from ramet.testing import ScriptedHandler

if TYPE_CHECKING:
    from collections.abc import Iterable

from ramet.handlers.base import Ability


class Measuring(ScriptedHandler):
    """A handler whose checkpoints are too large `times` times."""

    abilities = frozenset({Ability.MEMORY})
    times = 0

    async def checkpoints_too_large(self) -> bool:
        """As often as was said."""
        self.times -= 1
        return self.times >= 0


class Kept:
    """A timeline of checkpoints, its budget, and the notes it wrote."""

    def __init__(self, cells: Iterable[int]) -> None:
        self.timeline = Timeline()
        for cell in cells:
            self.timeline.add(Moment(Checkpoint(cell=cell, pid=100 + cell, seconds=0.0), {}))
        self.notes: list[str] = []
        self.budget = Budget(self.timeline, lambda gone, _: bool(self.timeline.remove(gone)), self.notes.append)

    @property
    def cells(self) -> list[int]:
        """Those that are left."""
        return [checkpoint.cell for checkpoint in self.timeline.checkpoints]


@pytest.mark.parametrize(("next_cell", "left"), [(5, [4]), (4, [4]), (3, [2]), (1, [])])
def test_a_machine_without_memory_leaves_one_way_back(next_cell: int, left: list[int]) -> None:
    """The newest that is not after the present; where there is none, nothing."""
    kept = Kept([2, 4])
    kept.budget.scarce(MemoryScarce(available_bytes=10**9, total_bytes=2 * 10**10), next_cell)
    assert kept.cells == left
    assert "the machine had only 1 GB of 20 GB of memory left" in kept.notes[0]


async def test_the_oldest_go_until_it_is_enough() -> None:
    """One after another, each measured anew; the way back from the present stays."""
    kept, handler = Kept([2, 3, 4, 5]), Measuring()
    handler.times = 2
    kept.budget.cell_ended(handler, 6)
    await kept.budget.finished()
    assert kept.cells == [4, 5]
    assert kept.notes == [
        "there is no way back to the state before cells 2 to 3 any more: the checkpoints held more memory than they may"
    ]


async def test_looks_are_rare() -> None:
    """A rapid run of cells pays for one."""
    kept, handler = Kept([2, 3]), Measuring()
    for _ in range(100):
        kept.budget.cell_ended(handler, 4)
        await kept.budget.finished()
    assert handler.times == -1
