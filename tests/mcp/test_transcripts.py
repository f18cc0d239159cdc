"""Whole conversations, replayed: `tests/transcripts/*.txt`.

`>>>` begins a call, the lines below it are its code, and `<<<` stands before what comes back. Times, versions, sizes,
and the folder are masked on both sides. `python tests/mcp/test_transcripts.py` writes what comes back now.
"""

from __future__ import annotations

import ast
import asyncio
import re
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for the run as a program

from agents import Agent, agent, text_of
from mcp_types import ImageContent

import ramet

FOLDER = Path(__file__).resolve().parent.parent / "transcripts"
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))

_MASKS = (
    (r"\b(in|after) (?:<1|\d+(?:\.\d+)?) m?s\b", r"\1 TIME"),
    (r"(?:IPython [\d.]+ on )?Python [\d.]+(?: \(\S+\))?", "PYTHON"),
    (r"(> cell \d+)\(\d+\)(\w+\(\))\n-> .*", r"\1 \2"),  # from Python 3.13 on it stops one line before
    (r"\b[\d.]+ (?:[kM]B|bytes)(?=$|\))", "SIZE"),
    (r"(\w+\.py):\d+", r"\1:LINE"),
)


class Exchange(NamedTuple):
    """A call as it is written, and what came back."""

    call: str
    back: str


def parsed(text: str) -> tuple[str, list[Exchange]]:
    """The heading of a transcript and its exchanges."""
    heading, *parts = text.split("\n>>> ")
    exchanges = []
    for part in parts:
        call, back = part.split("\n<<<\n")
        exchanges.append(Exchange(call, back.rstrip("\n")))
    return heading, exchanges


def masked(text: str) -> str:
    """Without what is different each time."""
    for pattern, word in _MASKS:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text


async def answered(call: Agent, written: str, folder: Path) -> str:
    """What comes back from a call that is written as `run(wait_s=1)` with the code in the lines below."""
    head, _, code = written.partition("\n")
    node = ast.parse(head, mode="eval").body
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    arguments = {keyword.arg or "": ast.literal_eval(keyword.value) for keyword in node.keywords}
    result = await call.result(node.func.id, **arguments, **({"code": code} if code else {}))
    await thought(call)
    pictures = [f"({item.mime_type})" for item in result.content if isinstance(item, ImageContent)]
    refused = ["(refused)"] if result.is_error else []
    return (
        "\n".join([*refused, text_of(result), *pictures])
        .replace(str(folder), "/project")
        .replace(sys.executable, "/venv/bin/python")
    )


async def thought(call: Agent) -> None:
    """Let as much time pass as an agent takes for its next call: checkpoints are made meanwhile, where they can be."""
    for session in call.manager.list():
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while session.state is ramet.SessionState.IDLE and all(
                    one.cell != session.next_cell for one in session.checkpoints
                ):
                    await asyncio.sleep(0.01)


async def replayed(path: Path, folder: Path) -> str:
    """The transcript as it goes now."""
    heading, exchanges = parsed(path.read_text(encoding="utf-8"))
    parts = [heading]
    async with agent(folder) as call:
        for exchange in exchanges:
            back = await answered(call, exchange.call, folder)
            parts.append(f"{exchange.call}\n<<<\n{back}\n")
    return "\n>>> ".join(parts)


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_a_conversation_goes_as_written(path: Path, tmp_path: Path) -> None:
    """Each reply is what an agent needs for its next call, and no more."""
    assert masked(await replayed(path, tmp_path)).splitlines() == masked(path.read_text(encoding="utf-8")).splitlines()


def test_there_are_conversations() -> None:
    """One for each kind of task."""
    assert len(TRANSCRIPTS) == 10


if __name__ == "__main__":
    for transcript in TRANSCRIPTS:
        if not sys.argv[1:] or transcript.stem[:2] in sys.argv[1:]:
            with tempfile.TemporaryDirectory() as scratch:
                transcript.write_text(asyncio.run(replayed(transcript, Path(scratch))), encoding="utf-8")
