"""What both sides of the forking measures hold, change and repeat."""

from __future__ import annotations

#: What a session has alive, by name: the cell that makes it. `mark` is what undo and recovery are checked with.
LOADS = {
    "small": "mark = 0",
    "large": "import numpy; data = numpy.zeros(125_000_000); data += 0; mark = 0",
    "huge": "import numpy; data = numpy.zeros(500_000_000); data += 0; mark = 0",
    "objects": "data = {number: [number] for number in range(2_500_000)}; mark = 0",
}

#: Those of which a hundredth can be changed, by name: the cell that changes hundredth number `part`.
_CHANGES = {
    "large": "data[{part} * 1_250_000 : {part} * 1_250_000 + 1_250_000] += 1",
    "objects": "for number in range({part} * 25_000, {part} * 25_000 + 25_000): data[number][0] += 1",
}
CHANGED_PARTS = 10

#: All measures, and the one that would keep Talo busy for a minute.
MEASURES = (
    *(f"checkpoints.{load}" for load in LOADS),
    *(f"growth.{load}" for load in _CHANGES),
    "rapid.small",
    "branches.small",
    "branches.large",
    "family.large",
)
ONLY_RAMET = ("rapid.large",)

MARK_CELL = "mark = 1"
MARKED_CELL = "mark"
UNMARKED_TEXT = "0"
CRASH_CELL = "import ctypes; ctypes.string_at(0)"
ROUNDS = 10

RAPID_CELLS = 500
RAMET_RAPID_ROUNDS, TALO_RAPID_ROUNDS = 10, 1

MAP_CASES, MAP_WORKERS = 40, 2
FAMILY = 100


def change_cells(load: str) -> list[str]:
    """Cells that each change another hundredth of what `load` has alive."""
    return [_CHANGES[load].format(part=part) for part in range(CHANGED_PARTS)]


def rapid_cells() -> list[str]:
    """Tiny cells without a result."""
    return [f"number = {number}" for number in range(RAPID_CELLS)]
