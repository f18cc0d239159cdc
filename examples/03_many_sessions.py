"""A hundred sessions at once: a simulation in each, results gathered by name."""

from __future__ import annotations

import asyncio
import time

import ramet

CODE = """\
import random
inside = sum(random.random() ** 2 + random.random() ** 2 < 1 for _ in range(20_000))
4 * inside / 20_000
"""


async def main() -> None:
    """Start them, run them, average what they found."""
    async with ramet.AsyncManager(max_sessions=100) as manager:
        began = time.perf_counter()
        sessions = await asyncio.gather(*(manager.start(f"pi-{n}", preload=[]) for n in range(100)))
        started = time.perf_counter()
        results = await asyncio.gather(*(session.run(CODE) for session in sessions))
        ended = time.perf_counter()
    guesses = [float(result.text) for result in results]
    print(f"started {len(sessions)} sessions in {started - began:.2f} s and ran them in {ended - started:.2f} s")
    print(f"pi is about {sum(guesses) / len(guesses):.3f}; {len(set(guesses))} different guesses")


if __name__ == "__main__":
    asyncio.run(main())
