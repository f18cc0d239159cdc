"""The table beside ipykernel: from figures to rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import workloads
from quantity import megabytes, scaled, seconds, spread_seconds
from row import Row, Target

if TYPE_CHECKING:
    from workloads import Figures


_START = Target(below=0.015, times=50)
_ROUND_TRIP = Target(below=0.0005, times=10)
_MEMORY = Target(below=8)
_LINES = Target(below=1, times=15)


def rows(ramet: dict[str, Figures], ipykernel: dict[str, Figures]) -> list[Row]:
    """The whole table; both arguments map measures to their figures."""
    return [
        *_starts(ramet, ipykernel["start"]),
        *_round_trips(ramet["round_trip"], ipykernel["round_trip"]),
        *_memory(ramet["memory"], ipykernel["memory"]),
        *_prints(ramet, ipykernel),
        *_crowd(ramet["crowd"], ipykernel["crowd"]),
    ]


def _starts(ramet: dict[str, Figures], kernel: Figures) -> list[Row]:
    warm = seconds(ramet["start"]["ipython_s"])
    waited, unwaited = seconds(kernel["start_s"]), seconds(kernel["unwaited_s"])
    return [
        Row(what="new session to first result", ramet=warm, peers=(waited,), target=_START),
        Row(what="… against a kernel that is not waited for", ramet=warm, peers=(unwaited,)),
        Row(
            what='… with `shell="python"`',
            ramet=seconds(ramet["start"]["python_s"]),
            peers=(waited,),
            target=_START,
        ),
        Row(what="… when the zygote has only just started", ramet=seconds(ramet["fresh"]["fresh_s"]), peers=(waited,)),
        Row(what="… the first session of a process", ramet=seconds(ramet["cold"]["cold_s"]), peers=(waited,)),
    ]


def _round_trips(ramet: Figures, kernel: Figures) -> list[Row]:
    faces = [
        ('`1+1`, async, `shell="ipython"`', "ipython_async_s", "async_s"),
        ('`1+1`, async, `shell="python"`', "python_async_s", "async_s"),
        ('`1+1`, blocking, `shell="ipython"`', "ipython_blocking_s", "blocking_s"),
    ]
    return [
        Row(what=what, ramet=spread_seconds(ramet[ours]), peers=(spread_seconds(kernel[theirs]),), target=_ROUND_TRIP)
        for what, ours, theirs in faces
    ]


def _memory(ramet: Figures, kernel: Figures) -> list[Row]:
    def row(what: str, name: str) -> Row:
        return Row(what=what, ramet=megabytes(ramet[name]), peers=(megabytes(kernel[name]),), target=_MEMORY)

    count = workloads.RAMET_IDLE
    many = scaled(megabytes(kernel["used_mb"]), count)
    return [
        row("idle session, just started", "started_mb"),
        row("idle session after its first cell", "used_mb"),
        Row(what="the zygote by itself", ramet=megabytes(ramet["zygote_mb"])),
        Row(what=f"{count} idle sessions, zygote included", ramet=megabytes(ramet["together_mb"]), peers=(many,)),
    ]


def _prints(ramet: dict[str, Figures], kernel: dict[str, Figures]) -> list[Row]:
    def row(what: str, name: str, target: Target | None) -> Row:
        ours, theirs = ramet[name][f"{name}_s"], kernel[name][f"{name}_s"]
        return Row(what=what, ramet=seconds(ours), peers=(seconds(theirs),), target=target)

    return [
        row("one million printed lines, all kept", "lines", _LINES),
        row("100 MB printed at once, all kept", "bulk", None),
    ]


def _crowd(ramet: Figures, kernel: Figures) -> list[Row]:
    count = workloads.RAMET_CROWD
    factor = count / workloads.IPYKERNEL_CROWD

    def row(what: str, name: str) -> Row:
        return Row(what=what, ramet=seconds(ramet[name]), peers=(scaled(seconds(kernel[name]), factor),))

    memory = Row(
        what=f"{count} sessions: memory of each",
        ramet=megabytes(ramet["session_mb"]),
        peers=(megabytes(kernel["session_mb"]),),
    )
    return [
        row(f"{count} sessions: start all", "start_s"),
        row(f"{count} sessions: `1+1` in all", "run_s"),
        memory,
        row(f"{count} sessions: close all", "close_s"),
    ]
