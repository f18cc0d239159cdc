"""The page that a run leaves behind: the tables, what was measured on, and how to read it."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import door_workloads
import fork_workloads
import workloads
from door_rows import PEERS
from table import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from machine import Machine
    from row import Row
    from sides import Failure

_WIDTH = 120

_PAGE = """\
# Benchmarks

ramet beside others, in turn and in the same run. A ratio says how many times more the other takes. `make bench`
measures again and rewrites this page, in about {minutes}.

Beside ipykernel, driven through jupyter_client:

{table}

Beside Talo (`pytalo`), which keeps snapshots of a session by forking it, too:

{forks}

At the doors, where others come in: the command line, the host and the MCP server, beside those of Talo, repld
(`repld-tool`) and mcp-repl (`posit-mcp-repl`). Where one has no such door, there is a dash.

{doors}
{failures}
The targets were set before anything was measured here, for another machine and an ipykernel half as fast. Met: {met} of
{targets}.

{machine}

## What the rows mean

All sides run the same interpreter and import the same libraries. ramet's sessions are `shell="ipython"` where the row
does not say otherwise. Every result and every printed text is compared with what it must be: where a single character
is missing there is no figure.

**New session to first result.** From the call that makes a session to the result of its first cell, which imports
numpy, pandas and matplotlib.pyplot and ends with a DataFrame. {starts} sessions, one after the other, are forked from a
warm zygote: one that has imported the three and has nothing left to do ahead. ipykernel ({kernel_starts} kernels) is
started in the documented way, with `wait_for_ready`; for the second row the cell is sent as soon as the process exists,
which is quicker, but output may then be lost. A zygote *has only just started* when it takes requests and has not
imported the three: the next session waits for that, or does it itself. *The first session of a process* waits for the
zygote's interpreter and IPython as well; importing ramet is not counted. These two were measured in {cold} processes
each.

**`1+1`.** One cell in a session that is warm, until its result is in the caller's hands; {trips} times, in {turns}
sessions. Async is `AsyncSession.run` beside `AsyncKernelClient`, blocking is `Session.run` beside
`BlockingKernelClient`. A cell of ipykernel counts as done when its reply is there and the kernel is idle.

**Memory.** PSS from `/proc/PID/smaps_rollup`: private pages and a share of each page that others map too; 1 MB is 2^20
bytes. {idle} sessions are alive at the same time, and {kernel_idle} kernels. *Just started* means that no cell has run:
ramet's sessions hold the three libraries by then, the kernels do not. *After its first cell* both do. The zygote is
measured before the {idle} sessions start. With them it shares most of its pages, and each of their figures holds about
1/{shares} of these: the more sessions, the less for each. The last row adds up {idle} sessions after their first cell
and the zygote; for ipykernel it is {idle} times one kernel after its first cell.

A session after its first cell is counted with its checkpoint, the process that `undo` goes back to; ipykernel has none.

**Printing.** The time until the caller holds the whole text as one string.

**{crowd} sessions.** All are started at once, each runs `1+1` as its first cell at the same time, then all are closed;
medians of {crowds} times from a warm zygote. ipykernel was measured with {kernel_crowd} kernels; the times marked ≈ are
{factor:.0f} times as long, and nobody started {crowd} kernels. ramet asks its sessions to leave; the kernels are
killed, which is quicker than to ask them.

## What the rows beside Talo mean

All times are what a caller waits. Talo is driven through its Python client, with `autosnap` on: it takes a snapshot
after each cell, before the reply. ramet's sessions have `checkpoints="every"`: the reply comes first, and a cell that
comes at once waits for the checkpoint. Talo's sessions are plain Python with nothing imported, ramet's are IPython,
forked from a warm zygote with all three libraries. The 1 GB and the 4 GB are a numpy array, which numpy keeps in huge
pages where the system lets it; the 5 million objects are a dict of 2.5 million integers and as many lists.

**`1+1` and its checkpoint.** {rounds} cells, each sent when the former is done.

**Undo, and a segfault.** *Undo* is the call until its answer. The other is a cell that dereferences a null pointer, and
then a cell in the process that takes over; with Talo one checks out the last snapshot in between. {rounds} times each,
and the value of a variable is checked afterwards.

**Memory.** What {parts} cells add, each of which changes another hundredth of the data and leaves a checkpoint: PSS of
the session and its checkpoints (with ramet also of the zygote), and the page tables, which PSS leaves out. The former
state of what was changed in the array is 95 MB of it.

**Tiny cells.** {rapid} assignments, each sent when the former is done; ramet {rapid_rounds} times with and without
checkpoints in turn, Talo {talo_rapid} with and without `autosnap`.

**Branches.** A second session that begins as the first one stands, until the result of its `1+1`; the checkpoint that
it comes from is there already. `map` runs `case + 1` in a branch for each case, {workers} at a time, and the time is
that of all divided by {cases}. The {family} branches are made one after the other. The memory is what they add, as
above, divided by {family}; with ramet each has a checkpoint of its own by then, with Talo none.

## What the rows at the doors mean

ramet, Talo and mcp-repl use the interpreter and the libraries of the other tables; repld has no session but on its own
interpreter, which is newer. ramet's sessions are IPython with a checkpoint after each cell that leaves time for one.
Talo's and repld's are plain Python with nothing imported, without snapshots. Each measure has a home of its own.

**The command line.** A whole process, from its start to its end; {commands} times. repld's command is `repld exec`,
which starts nothing. *Nothing running yet*: ramet's command starts the host, the zygote and the session; Talo's starts
the supervisor and the session; {cold_commands} times.

**The API.** A `POST` to `run` in one connection to the host's socket, {calls} times; and the same by
`RemoteSession.run`, with which a program does that.

**Events.** A cell prints {events:,} lines, in turn to both streams, which makes each an event. The readers only count
them. The rate is that of each reader until all have everything; the cell runs and the host writes its journal
meanwhile. Medians of {reading} times.

**Memory.** PSS, as above, of the host alone: each session has run `1+1` in plain Python, and has processes of its own
besides. With an MCP client it has loaded what serves those. *The process that the MCP client starts* is looked at when
it has run a cell: with ramet, Talo and repld it passes on what is said to a process that is there anyhow, and the
session of mcp-repl is a child of it.

**MCP.** All servers are driven by the same client over stdio, which writes and reads lines of JSON-RPC. `1+1` is called
{calls} times, or for {calls_s:.0f} s. *Start* is from the start of the process over the greeting (`initialize`) to the
result; what runs anyhow runs already: the host, the supervisor, the kernel. *A session that is there*: {spawns} times.
*A new session*: {new_spawns} times; with ramet and repld it is that of another folder, with Talo one of another name.

**Characters.** The tools are what `tools/list` answers, as JSON without blanks; the instructions are what the server
tells a model when it begins. The reply is the text of the answer to a cell that prints {printed:,} lines: with ramet
the first and the last lines within the limit of a reply, with Talo facts about the cell, with repld the first five
lines and the last five, with mcp-repl the first page.
"""

_MACHINE = """\
Measured on {machine}. Figures are medians of one run on a shared machine; between runs they may move by a third.\
"""


def page(
    rows: Sequence[Row],
    forks: Sequence[Row],
    doors: Sequence[Row],
    failures: Sequence[Failure],
    machine: Machine,
    took_s: float,
) -> str:
    """The whole of docs/benchmarks.md: `rows` beside ipykernel, `forks` beside Talo, and what could not be measured."""
    judged = [*rows, *forks, *doors]
    minutes = max(1, round(took_s / 60))
    return _PAGE.format(
        table=table(rows, "ipykernel"),
        forks=table(forks, "Talo"),
        doors=table(doors, *PEERS.values()),
        failures=_failures(failures),
        met=sum(row.met for row in judged),
        targets=sum(row.target is not None for row in judged),
        machine=fill(_MACHINE.format(machine=machine), _WIDTH),
        minutes=f"{minutes} minute{'s' if minutes > 1 else ''}",
        starts=workloads.RAMET_STARTS * workloads.TURNS,
        kernel_starts=workloads.IPYKERNEL_STARTS * workloads.TURNS,
        cold=workloads.COLD_ROUNDS,
        trips=f"{workloads.ROUND_TRIPS * workloads.TURNS:,}",
        turns=workloads.TURNS,
        shares=workloads.RAMET_IDLE + 1,
        idle=workloads.RAMET_IDLE,
        kernel_idle=workloads.IPYKERNEL_IDLE,
        crowd=workloads.RAMET_CROWD,
        crowds=workloads.CROWD_ROUNDS * workloads.TURNS,
        kernel_crowd=workloads.IPYKERNEL_CROWD,
        factor=workloads.RAMET_CROWD / workloads.IPYKERNEL_CROWD,
        rounds=fork_workloads.ROUNDS,
        parts=fork_workloads.CHANGED_PARTS,
        rapid=fork_workloads.RAPID_CELLS,
        rapid_rounds=fork_workloads.RAMET_RAPID_ROUNDS,
        talo_rapid=_often(fork_workloads.TALO_RAPID_ROUNDS),
        workers=fork_workloads.MAP_WORKERS,
        cases=fork_workloads.MAP_CASES,
        family=fork_workloads.FAMILY,
        commands=door_workloads.COMMANDS,
        cold_commands=door_workloads.COLD_COMMANDS,
        calls=door_workloads.CALLS,
        calls_s=door_workloads.CALLS_S,
        events=door_workloads.EVENTS,
        reading=door_workloads.READING_ROUNDS,
        spawns=door_workloads.SPAWNS,
        new_spawns=door_workloads.NEW_SPAWNS,
        printed=door_workloads.PRINTED_LINES,
    )


def _often(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _failures(failures: Sequence[Failure]) -> str:
    """A paragraph, with its empty lines; nothing if all went well."""
    lines = [f"- {failure}" for failure in failures]
    return "\n".join(["", "Could not be measured:", "", *lines, ""]) if lines else ""
