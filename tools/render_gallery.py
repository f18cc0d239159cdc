"""Write `docs/rendering.md`: the reply for many values and situations, and how long others make it.

Run it after a change of what a reply says; a test fails while the page is not what this would write. Whatever differs
from run to run (times, addresses) or between versions of libraries (lines in their files) is masked.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gallery_examples import PREAMBLE, SECTIONS, Asked, Example

import ramet

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/rendering.md"
COMPARISON = "## In characters"

_MASKS = (
    (r"(ok in|failed after|interrupted after|input after) (?:<?[\d.]+ (?:ms|s)|\d+ min \d+ s)", r"\1 T"),
    (r"\b0x[0-9a-f]+", "0x…"),
    (r"(\.\.\. )\d+ frames?( in [\w →]+) \([^)]*\)", r"\1N frames\2 (…)"),
    (r"(the same 1 frame )\d+( more times)", r"\1N\2"),
    (r"IPython [\d.]+ on Python [\d.]+; started in \S+", "IPython V on Python V; started in FOLDER"),
    (r"session session-\d+", "session NAME"),
    (r"\d[\d.]* (bytes|kB|MB)\)", r"N \1)"),
)

_INTRODUCTION = """\
# What a reader gets

The reply (`ramet.reply(result)`) for many values and situations, written by `tools/render_gallery.py` from real
sessions and checked by the tests, so that a change in a reply is seen. A reply is text of at most 8,000 characters and
the pictures that it speaks of. Some are made here with `limit=` less, to show what happens to what does not fit. `T`
stands for a time, `0x…` for an address, `N` for what depends on versions.

Each session has run:
"""

_COMPARED = """\
What is shown for the same cells by the prompt of Python (`shell="python"`; nothing where it cannot run them), by
IPython in a terminal, by a notebook, which keeps every form of a value as JSON and pictures in base64, and by the reply
at its usual limit, with the number of its pictures in brackets. The table is of one machine: paths in tracebacks and
the versions of libraries have a part in it.
"""


def main() -> None:
    """Write the file."""
    TARGET.write_text(f"{gallery()}\n{COMPARISON}\n\n{_COMPARED}\n{comparison()}\n", encoding="utf-8")


def gallery() -> str:
    """All sections, which every run writes alike."""
    return "\n".join([f"{_INTRODUCTION}\n{_block(PREAMBLE, 'ipython')}", *map(_section, range(len(SECTIONS)))])


def comparison() -> str:
    """The table of how many characters others take."""
    rows = ["| | Python | IPython | notebook | reply |", "|---|---|---|---|---|"]
    for title, examples in SECTIONS[:-1]:
        with _session("ipython") as ipython, _session("python") as python:
            for example in examples:
                assert isinstance(example, Example)
                result = ipython.run(example.code)
                reply = ramet.reply(result)
                plain = python.run(example.code)
                pictures = f" ({len(reply.images)})" if reply.images else ""
                lengths = (
                    f"{len(plain.text):,}" if plain.ok == result.ok else "",
                    f"{len(result.text):,}",
                    f"{_notebook(result):,}",
                    f"{len(_masked(reply.text)):,}{pictures}",
                )
                rows.append(f"| {title}: {example.title} | {' | '.join(lengths)} |")
    return "\n".join(rows)


def _section(number: int) -> str:
    title, examples = SECTIONS[number]
    with _session("ipython") as session:
        return "\n".join([f"\n## {title}\n", *(line for one in examples for line in _example(session, one))])


def _session(shell: str) -> ramet.Session:
    session = ramet.Session(shell=shell, checkpoints="every")  # type: ignore[arg-type]  # one of its names
    session.start()
    prepared = session.run(PREAMBLE)
    assert prepared.ok, prepared.text
    return session


def _example(session: ramet.Session, example: Example | Asked) -> Iterator[str]:
    yield f"### {example.title}\n"
    if isinstance(example, Asked):
        yield _block(example.call, "ipython")
        yield _block(_masked(str(example.ask(session))))
        return
    usual = example.limit == Example.limit
    yield _block(example.code, "ipython")
    if not usual:
        yield f"with `limit={example.limit}`:\n"
    result = replace(session.run(example.code), seconds=0.001)  # the line on it takes some of the room
    yield _block(_masked(ramet.reply(result, limit=example.limit).text))


def _masked(text: str) -> str:
    for pattern, mask in _MASKS:
        text = re.sub(pattern, mask, text)
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _block(text: str, language: str = "text") -> str:
    return f"```{language}\n{text}\n```\n"


def _notebook(result: ramet.Result) -> int:
    """The characters of what a notebook keeps of a cell's outputs."""
    outputs: list[object] = []
    for output in result.visible:
        if isinstance(output, ramet.Display):
            forms = output.value.data.items()
            data = {mime: base64.b64encode(form).decode() if isinstance(form, bytes) else form for mime, form in forms}
            outputs.append({"output_type": "display_data", "metadata": {}, "data": data})
        elif isinstance(output, ramet.Text):
            outputs.append({"output_type": "stream", "name": output.stream, "text": output.text})
    if isinstance(result.outcome, ramet.Raised):
        error = result.outcome.error
        lines = result.outcome.error.traceback.split("\n")
        outputs.append({"output_type": "error", "ename": error.type, "evalue": error.message, "traceback": lines})
    return len(json.dumps(outputs, ensure_ascii=False)) if outputs else 0


if __name__ == "__main__":
    main()
