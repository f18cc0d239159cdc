"""The table of the doors: from figures to rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import door_workloads as work
from quantity import characters, megabytes, rate, seconds, spread_seconds
from row import Row, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from quantity import Quantity
    from workloads import Figures

#: Who is beside ramet, by the name of its script; in the order of the columns.
PEERS = {"talo": "Talo", "repld": "repld", "mcp_repl": "mcp-repl"}

_COMMAND = Target(below=0.070)
_COLD_COMMAND = Target(below=0.800)
_CALL = Target(below=0.002)
_SPAWN = Target(below=0.120)
_TOOLS = Target(below=5_000)
_REPLY = Target(below=9_000)


def door_rows(sides: Mapping[str, Mapping[str, Figures]]) -> list[Row]:
    """The whole table; `sides` has the figures of each side, by measure. A side without a measure has no such door."""

    def row(
        what: str,
        measure: str,
        name: str,
        unit: Callable[[Sequence[float]], Quantity],
        target: Target | None = None,
    ) -> Row:
        ours, *theirs = (_quantity(sides[side], measure, name, unit) for side in ("ramet", *PEERS))
        return Row(what=what, ramet=ours, peers=tuple(theirs), target=target)

    return [
        row("`ramet run 1+1`, the host running", "command", "command_s", seconds, _COMMAND),
        row("… nothing running yet", "cold_command", "cold_s", seconds, _COLD_COMMAND),
        row("… an interpreter alone: `python -c ''`", "command", "bare_s", seconds),
        row("`1+1` through the host's API", "call", "api_s", spread_seconds, _CALL),
        row("… through `ramet.connect()`", "call", "client_s", spread_seconds),
        *(row(f"events to {_readers(count)}", "events", f"readers{count}_per_s", rate) for count in work.READERS),
        *(row(_crowd(count), "host", f"sessions{count}_mb", megabytes) for count in work.SESSIONS),
        row("… with a session and an MCP client", "serving_host", "serving_mb", megabytes),
        row("`1+1` through MCP", "warm", "call_s", spread_seconds, _CALL),
        row("start of the MCP server to `1+1` in a session that is there", "known_spawn", "known_s", seconds, _SPAWN),
        row("… in a new session", "new_spawn", "new_s", seconds),
        row("characters of the tools", "sizes", "tools_chars", characters, _TOOLS),
        row("characters of the instructions", "sizes", "instructions_chars", characters),
        row(f"characters told of {work.PRINTED_LINES:,} printed lines", "sizes", "reply_chars", characters, _REPLY),
        row("the process that the MCP client starts", "idle", "server_mb", megabytes),
    ]


def _quantity(
    side: Mapping[str, Figures], measure: str, name: str, unit: Callable[[Sequence[float]], Quantity]
) -> Quantity | None:
    return unit(side[measure][name]) if measure in side else None


def _readers(count: int) -> str:
    return "one reader" if count == 1 else f"each of {count} readers"


def _crowd(count: int) -> str:
    return f"… with {count} sessions" if count else "the host without sessions"
