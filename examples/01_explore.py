"""Explore a real data set in one session: state that stays, tables, a figure, an error, an interrupt.

Run it with `make demo`. The data are the cars of the 1970s that ship with the package vega_datasets.
"""

from __future__ import annotations

import time
from pathlib import Path

import ramet

PICTURE = Path("demo-output") / "horsepower.png"


def main() -> None:
    """Hold the conversation."""
    began = time.perf_counter()
    with ramet.Session(checkpoints="every") as session:  # "auto" would do for somebody who types
        ready = time.perf_counter() - began
        info = session.info
        print(f"A session: {info.shell} {info.ipython or ''} on Python {info.version}, ready in {ready * 1000:.0f} ms.")

        say("Load the data once; what a cell makes, the next one has.")
        show(session.run("from vega_datasets import data\ncars = data.cars()\ncars.shape"))
        show(
            session.run(
                "by_origin = cars.groupby('Origin')\nby_origin[['Horsepower', 'Miles_per_Gallon']].mean().round(1)"
            )
        )

        say("A figure arrives as a picture, and is saved here.")
        result = session.run(FIGURE)
        show(result)
        save_picture(result)

        say("A mistake is a result too; the session keeps what it has.")
        show(session.run("by_origin.Horsepwer.mean()"))
        show(session.run("len(cars), sorted(by_origin.groups)"))

        say("IPython's own ways work: magics, help, the shell.")
        show(session.run("%timeit -n 20 -r 3 cars.Horsepower.mean()"))
        show(session.run('!echo "this is $(uname -s)"'))

        say("Code that takes too long is interrupted, not killed.")
        execution = session.submit(
            "import time\nfor n in range(1_000_000):\n    print('epoch', n)\n    time.sleep(0.1)"
        )
        for event in execution:
            if isinstance(event, ramet.Text) and "epoch 3" in event.text:
                session.interrupt()
        show(execution.result, tail=3)
        show(session.run("print('the loop got to', n, 'and the data are still here:', cars.shape)"))

        say("A cell can be undone: the whole process goes back.")
        show(session.run("del cars['Origin']\ncars.shape"))
        print(f"    undo: {session.undo()}")
        show(session.run("cars.shape"))

        say("Even a crash of the process costs one cell.")
        show(session.run("import ctypes\nctypes.string_at(0)"))
        show(session.run("cars.Origin.nunique(), 'still here'"))

    began = time.perf_counter()
    with ramet.Session() as session:
        session.run("import numpy, pandas, matplotlib.pyplot")
        took = time.perf_counter() - began
        print(f"\nAnother session, with numpy, pandas and matplotlib imported: {took * 1000:.0f} ms.")


FIGURE = """\
import matplotlib.pyplot as plt
for origin, group in by_origin:
    plt.scatter(group.Horsepower, group.Miles_per_Gallon, label=origin, alpha=0.6)
plt.xlabel('horsepower'); plt.ylabel('miles per gallon'); plt.legend();"""


def say(sentence: str) -> None:
    """A heading."""
    print(f"\n— {sentence}")


def show(result: ramet.Result, tail: int | None = None) -> None:
    """A cell as one would read it in a terminal, its end in one line; `tail` shortens the output to its last lines."""
    prompt = f"[{result.cell}] "
    print("\n" + prompt + result.code.replace("\n", "\n" + " " * len(prompt)))
    lines = result.text.splitlines()
    if tail is not None and len(lines) > tail:
        print(f"    ... {len(lines) - tail} lines before")
        lines = lines[-tail:]
    for line in lines:
        print(f"    {line}")
    print(f"    · {type(result.outcome).__name__.lower()}, {result.seconds * 1000:.0f} ms")


def save_picture(result: ramet.Result) -> None:
    """Write the first PNG of a result to a file."""
    picture = next(value.data["image/png"] for value in result.displays if "image/png" in value.data)
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_bytes(picture)
    print(f"    saved as {PICTURE} ({len(picture):,} bytes)")


if __name__ == "__main__":
    main()
