"""The page that a run leaves behind: the table, what was measured on, and how to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import workloads
from table import met, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from machine import Machine
    from rows import Row

_PAGE = """\
# Benchmarks

ramet beside ipykernel driven through jupyter_client, one after the other in the same run. A ratio says how many times
more ipykernel takes. `make bench` measures again and rewrites this page; it takes about {minutes}.

{table}

{met} of the {targets} targets were met in this run.

Measured on {machine}. Figures are medians of one run on a shared machine: expect them to move by a third from run to
run, and the ratios by less.

## What the rows mean

Both sides run the same interpreter and import the same libraries. ramet's sessions are `shell="ipython"` where the row
does not say otherwise. Every result and every printed text is compared with what it must be; a single missing
character stops the bench.

**New session to first result.** From the call that makes a session to the result of its first cell, which imports
numpy, pandas and matplotlib.pyplot and ends with a DataFrame. {starts} sessions, one after the other, forked from a warm
zygote: one that has imported the three. ipykernel ({kernel_starts} kernels) is started in the documented way, with
`wait_for_ready`; for the second row the cell is sent as soon as the process exists, which is quicker and which
jupyter_client does not promise to work. A zygote *has only just started* when it takes requests but has imported none of
the three; the next session then waits for that or does it alone. *The first session of a process* waits for the zygote's
interpreter and IPython too; importing ramet itself is not counted. Both in {cold} processes of their own.

**`1+1`.** One cell in a session that is warm, until its result is in the caller's hands: {trips} times through ramet,
{kernel_trips} times through jupyter_client. Async is `AsyncSession.run` against `AsyncKernelClient`, blocking is
`Session.run` against `BlockingKernelClient`. A cell of ipykernel counts as done when its reply is there and the kernel is
idle.

**Memory.** PSS from `/proc/PID/smaps_rollup`: private pages plus a fair share of shared ones; 1 MB is 2^20 bytes. {idle}
sessions are alive at the same time, and {kernel_idle} kernels. *Just started* means that no cell has run; ramet's sessions
hold the three libraries by then and the kernels do not. *After its first cell* both do. The zygote is measured
before the {idle} sessions start; with them it shares most of its pages. {idle} kernels are the median of {kernel_idle}, times
{idle}.

**Printing.** The time until the caller holds the whole text as one string, median of {prints}.

**{crowd} sessions.** Started at once, each runs `1+1` as its first cell at the same time, then all are closed; median of
{crowds} rounds from a warm zygote. ipykernel was measured with {kernel_crowd} kernels, and its times, marked ≈, are those
times {factor:.0f}: on {cores} cores the work is what takes the time, but nobody started {crowd} kernels. ramet asks its sessions
to leave; the kernels are killed, which is quicker than to ask them.
"""


def page(rows: Sequence[Row], machine: Machine, took_s: float) -> str:
    """The whole of docs/benchmarks.md."""
    minutes = max(1, round(took_s / 60))
    return _PAGE.format(
        table=table(rows),
        met=sum(met(row) for row in rows),
        targets=sum(row.target is not None for row in rows),
        machine=machine,
        minutes=f"{minutes} minute{'s' if minutes > 1 else ''}",
        starts=workloads.RAMET_STARTS,
        kernel_starts=workloads.IPYKERNEL_STARTS,
        cold=workloads.COLD_ROUNDS,
        trips=f"{workloads.RAMET_ROUND_TRIPS:,}",
        kernel_trips=workloads.IPYKERNEL_ROUND_TRIPS,
        idle=workloads.RAMET_IDLE,
        kernel_idle=workloads.IPYKERNEL_IDLE,
        prints=workloads.PRINT_ROUNDS,
        crowd=workloads.RAMET_CROWD,
        crowds=workloads.CROWD_ROUNDS,
        kernel_crowd=workloads.IPYKERNEL_CROWD,
        factor=workloads.RAMET_CROWD / workloads.IPYKERNEL_CROWD,
        cores=machine.cores,
    )
