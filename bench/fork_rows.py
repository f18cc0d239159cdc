"""The table beside Talo: what forks cost, from figures to rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fork_workloads as forks
from quantity import megabytes, seconds, times
from row import Row, Target

if TYPE_CHECKING:
    from workloads import Figures

#: How a row of a load is called; the first of some rows says what they are about.
_LOADED = {"large": "… with 1 GB alive", "huge": "… with 4 GB alive", "objects": "… with 5 million objects alive"}

#: With 1 GB alive.
_CHECKPOINT = Target(below=0.015)

#: How many times as long as without checkpoints.
_AUTO = Target(below=1.05)


def fork_rows(ramet: dict[str, Figures], talo: dict[str, Figures]) -> list[Row]:
    """The whole table; both arguments map measures to their figures."""
    return [
        *_durations("`1+1` and its checkpoint", "checkpoints", "cell_s", ramet, talo, _CHECKPOINT),
        *_durations("undo of a cell", "checkpoints", "undo_s", ramet, talo, _CHECKPOINT),
        *_durations("a segfault and the next cell", "checkpoints", "recover_s", ramet, talo, _CHECKPOINT),
        *_growth(ramet, talo),
        *_rapid(ramet, talo),
        *_durations("a branch to its first result", "branches", "branch_s", ramet, talo),
        *_durations(f"`map`: each of {forks.MAP_CASES} cases", "branches", "case_s", ramet, talo),
        *_family(ramet["family.large"], talo["family.large"]),
    ]


def _durations(
    what: str,
    measure: str,
    name: str,
    ramet: dict[str, Figures],
    talo: dict[str, Figures],
    target: Target | None = None,
) -> list[Row]:
    """A row for each load of the measure; the target is for 1 GB."""
    loads = [load for load in forks.LOADS if f"{measure}.{load}" in ramet]
    return [
        Row(
            what=_LOADED.get(load, what),
            ramet=seconds(ramet[f"{measure}.{load}"][name]),
            peers=(seconds(talo[f"{measure}.{load}"][name]),),
            target=target if load == "large" else None,
        )
        for load in loads
    ]


def _growth(ramet: dict[str, Figures], talo: dict[str, Figures]) -> list[Row]:
    def row(what: str, measure: str) -> Row:
        ours, theirs = (megabytes(side[measure]["extra_mb"]) for side in (ramet, talo))
        return Row(what=what, ramet=ours, peers=(theirs,))

    return [
        row(f"memory of {forks.CHANGED_PARTS} cells that each change 1 % of 1 GB", "growth.large"),
        row("… that each change 1 % of 5 million objects", "growth.objects"),
    ]


def _rapid(ramet: dict[str, Figures], talo: dict[str, Figures]) -> list[Row]:
    ours, large, theirs = ramet["rapid.small"], ramet["rapid.large"], talo["rapid.small"]
    return [
        Row(
            what=f'{forks.RAPID_CELLS} tiny cells, `checkpoints="auto"`',
            ramet=seconds(ours["auto_s"]),
            peers=(seconds(theirs["auto_s"]),),
        ),
        Row(
            what="… how many times as long as without checkpoints",
            ramet=times(ours["auto_s"], ours["off_s"]),
            peers=(times(theirs["auto_s"], theirs["off_s"]),),
            target=_AUTO,
        ),
        Row(what="… likewise with 1 GB alive", ramet=times(large["auto_s"], large["off_s"]), target=_AUTO),
    ]


def _family(ramet: Figures, talo: Figures) -> list[Row]:
    return [
        Row(
            what=f"{forks.FAMILY} branches of 1 GB alive at once: each in",
            ramet=seconds(ramet["each_s"]),
            peers=(seconds(talo["each_s"]),),
        ),
        Row(what="… memory of each", ramet=megabytes(ramet["each_mb"]), peers=(megabytes(talo["each_mb"]),)),
    ]
