"""What is asked at the doors of all sides, how often, and which side has which door."""

from __future__ import annotations

_SERVER = ("new_spawn", "warm", "sizes", "idle")
#: Where sessions outlive the server that an MCP client started.
_LASTING = ("known_spawn", *_SERVER)

#: The measures of each side. repld has no command that starts what is not running and runs code, too; mcp-repl has no
#: command at all, and no sessions but those of its server.
MEASURES = {
    "ramet": ("command", "cold_command", "call", "events", "host", "serving_host", *_LASTING),
    "talo": ("command", "cold_command", *_LASTING),
    "repld": ("command", *_LASTING),
    "mcp_repl": _SERVER,
}

COMMANDS, COLD_COMMANDS = 30, 5
SPAWNS, NEW_SPAWNS = 15, 5
CALLS = 500  # at 1,000 results IPython begins to drop the oldest, and says so in the output
#: A side is called no more when it has taken so long.
CALLS_S = 10.0

PRINTED_LINES = 200_000
PRINTED_CELL = f"for i in range({PRINTED_LINES}): print(i)"

#: Has its readers gather before it speaks; what goes to the two streams in turn cannot be one event.
EVENTS = 20_000
EVENTS_CELL = f"""\
import sys
input()
for i in range({EVENTS // 2}):
    print(i)
    print(i, file=sys.stderr)"""
READERS = (1, 20)
READING_ROUNDS = 3

#: How many sessions the host has when its memory is looked at.
SESSIONS = (0, 100, 500)
