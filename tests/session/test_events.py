"""What a cell leaves in memory is bounded, and says what it lacks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

import ramet
from ramet.model.event import StateChanged
from ramet.model.outcome import Completed
from ramet.model.output import Clear, Display, Omitted, Output, RichValue, Text
from ramet.model.session import SessionState
from ramet.session.events import Events
from ramet.session.execution import AsyncExecution
from ramet.session.record import CellRecord

if TYPE_CHECKING:
    import pytest

TEXTS = st.builds(Text, text=st.text(max_size=300), stream=st.sampled_from(["stdout", "stderr"]))
PICTURE = Display(value=RichValue(data={"image/png": b"x" * 300, "application/json": {"a": [1, 2]}}))


@given(outputs=st.lists(TEXTS | st.just(PICTURE), max_size=60))
def test_nothing_is_left_out_untold(outputs: list[Output]) -> None:
    """What is kept and what is told to be left out are together all there was, stream by stream."""
    events = Events(head=1_000, tail=3_000)
    for output in outputs:
        events.append(output)
    kept = events.outputs
    for stream in ("stdout", "stderr"):
        told = sum(item.characters for item in kept if isinstance(item, Omitted) and item.stream == stream)
        there = sum(len(item.text) for item in kept if isinstance(item, Text) and item.stream == stream)
        assert there + told == sum(
            len(item.text) for item in outputs if isinstance(item, Text) and item.stream == stream
        )
    shown = sum(isinstance(item, Display) for item in kept) + sum(
        item.displays for item in kept if isinstance(item, Omitted)
    )
    assert shown == outputs.count(PICTURE)
    assert sum(len(item.text) for item in kept if isinstance(item, Text)) < 5_000


@given(steps=st.lists(st.integers(0, 400), max_size=60))
def test_who_follows_closely_misses_nothing(steps: list[int]) -> None:
    """Whatever was dropped meanwhile, a follower gets each event once."""
    events, position, followed = Events(head=1_000, tail=3_000), 0, []
    for number, size in enumerate(steps):
        events.append(Text(text=f"{number}{'x' * size}"))
        new, position = events.after(position)
        followed += new
    assert [event.text for event in followed if isinstance(event, Text)] == [
        f"{number}{'x' * size}" for number, size in enumerate(steps)
    ]


def test_who_comes_late_gets_the_ends() -> None:
    """Head, what stands for the middle, tail: the same that the result has."""
    events = Events(head=1_000, tail=3_000)
    for number in range(100):
        events.append(Text(text=f"{number}\n"))
    found, position = [], 0
    while new := events.after(position)[0]:
        found += new
        position = events.after(position)[1]
    assert tuple(found) == events.outputs
    assert position == sum(len(f"{number}\n") for number in range(100))
    (omitted,) = [event for event in found if isinstance(event, Omitted)]
    assert omitted.lines == 100 - (len(found) - 1)


def test_who_comes_late_gets_past_what_has_no_figures() -> None:
    """Events that show nothing are dropped without a word, and hold nobody up."""
    events = Events(head=1, tail=1_000)
    for _ in range(100):
        events.append(StateChanged(state=SessionState.BUSY))
    head, position = events.after(0)
    assert (len(head), position) == (1, 1)
    tail, position = events.after(position)
    assert (len(tail), position) == (5, 100)


@given(steps=st.lists(st.text(max_size=9), max_size=20), cut=st.integers(0, 200))
def test_a_position_means_the_same_however_text_is_cut(steps: list[str], cut: int) -> None:
    """Who goes on with another list of the same events gets what is missing."""
    pieces, whole = Events(), Events()
    for text in steps:
        pieces.append(Text(text=text))
    whole.append(Text(text="".join(steps)))
    _, end = pieces.outputs_after(0)
    assert end == whole.outputs_after(0)[1] == len("".join(steps))
    rest, _ = whole.outputs_after(min(cut, end))
    assert "".join(event.text for event in rest if isinstance(event, Text)) == "".join(steps)[min(cut, end) :]


def test_a_clear_that_was_dropped_still_clears() -> None:
    """An animation of many frames ends with its last frame, not with its first."""
    events = Events(head=1_000, tail=3_000)
    for number in range(1_000):
        events.append(Clear())
        events.append(Text(text=f"frame {number}\n"))
    result = ramet.Result(code="", outcome=Completed(), outputs=events.outputs)
    assert result.text == "frame 999"
    assert len(events.outputs) < 40


def test_a_result_says_what_it_lacks() -> None:
    """`stdout`, `stderr` and `text` have a line where something was left out, each about its own stream."""
    outputs = (Text(text="head"), Omitted(characters=1_234, lines=56), Text(text="tail\n"))
    result = ramet.Result(code="", outcome=Completed(), outputs=outputs)
    assert result.stdout == result.text + "\n" == "head\n[... 1,234 characters, 56 lines left out ...]\ntail\n"
    assert not result.stderr
    only = ramet.Result(code="", outcome=Completed(), outputs=(Omitted(characters=0, lines=0, displays=3),))
    assert only.text == "[... 3 displays left out ...]"


def test_what_is_new_stands_alone() -> None:
    """An update of what was shown before is shown itself, the last one of it only."""
    events = Events()
    shown = Display(value=RichValue(data={"text/plain": "0 %"}), display_id="bar")
    events.append(shown)
    outputs, position = events.outputs_after(0)
    assert outputs == (shown,)
    for percent in ("50 %", "100 %"):
        events.append(replace(shown, value=RichValue(data={"text/plain": percent}), kind="update"))
    outputs, position = events.outputs_after(position)
    assert ramet.Result(code="", outcome=Completed(), outputs=outputs).text == "100 %"
    assert events.outputs_after(position) == ((), position)


async def test_an_execution_is_followed_past_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A live follower sees everything, a late one the ends; both come to the end."""
    monkeypatch.setattr("ramet.session.record.Events", lambda: Events(head=1_000, tail=3_000))
    record = CellRecord("", 1, None)
    live: list[object] = []

    async def follow() -> None:
        live.extend([event async for event in AsyncExecution(record)])

    following = asyncio.create_task(follow())
    for number in range(100):
        record.add(Text(text=f"{number}\n"))
        await asyncio.sleep(0)
    record.end(Completed())
    await following
    late = [event async for event in AsyncExecution(record)]
    assert len(live) == 101
    assert len(late) < 30
    assert sum(isinstance(event, Omitted) for event in late) == 1
    assert isinstance(late[-1], ramet.Ended)
