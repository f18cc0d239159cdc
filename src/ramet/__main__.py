"""`ramet`, and `python -m ramet`: the command line."""

from __future__ import annotations

import os
import sys


def entry() -> None:
    """Run the command. `ramet mcp`, which each client starts and keeps, does without the rest of the command line."""
    match sys.argv[1:]:
        case ["mcp", *folder] if len(folder) < 2 and not any(word.startswith("-") for word in folder):
            from ramet.client.pipe import main

            main(*folder)
            os._exit(0)
    from ramet.cli.main import entry as other

    other()


if __name__ == "__main__":
    entry()
