"""One string says what is to be seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from agents import agent

if TYPE_CHECKING:
    from pathlib import Path

STEPS = "for step in range(1, 201): print('step', step)"


async def test_nothing_is_the_whole_session(tmp_path: Path) -> None:
    """Its state, variables, cells."""
    async with agent(tmp_path) as call:
        await call("run", code="x = 6")
        told = await call("look")
        assert "session main: ready for a cell; next cell 2" in told
        assert "x = 6" in told


async def test_objects(tmp_path: Path) -> None:
    """Source of the user's own, documentation of others, both when asked for twice."""
    async with agent(tmp_path) as call:
        await call("run", code="def double(x):\n    'Twice.'\n    return 2 * x\nimport json")
        assert "return 2 * x" in await call("look", what="double")
        assert "Serialize ``obj``" in (told := await call("look", what="json.dumps?"))
        assert "source:" not in told
        assert "source:" in await call("look", what="json.dumps??", max_chars=6000)
        assert "run the code to see its value" in await call("look", what="double(2)")


async def test_variables_by_pattern(tmp_path: Path) -> None:
    """As in a shell."""
    async with agent(tmp_path) as call:
        await call("run", code="row_a, row_b, other = 1, 2, 3")
        told = await call("look", what="row_*")
        assert "row_a" in told
        assert "row_b" in told
        assert "other" not in told


@pytest.mark.parametrize(
    "what",
    ["out:1 3-4", "out:1 3:4", "out:1:3-4", "out:1 lines 3-4", "out:1 3..4", "out:1 3 to 4", "out:1.1 3-4"],
)
async def test_lines_however_they_are_asked_for(tmp_path: Path, what: str) -> None:
    """A model writes what it guesses, or what a reply has said."""
    async with agent(tmp_path) as call:
        await call("run", code=STEPS)
        told = await call("look", what=what)
        assert told.splitlines()[1:] == ["step 3", "step 4"]
        assert told.startswith("[out:1")


async def test_other_lines(tmp_path: Path) -> None:
    """One, the last ones, all from one on."""
    async with agent(tmp_path) as call:
        await call("run", code=STEPS)
        assert await call("look", what="out:1 7") == "[out:1 lines 7-7 of 200]\nstep 7"
        assert await call("look", what="out:1 -2") == "[out:1 lines 199-200 of 200]\nstep 199\nstep 200"
        assert await call("look", what="out:1 199-") == "[out:1 lines 199-200 of 200]\nstep 199\nstep 200"
        assert (await call("look", what="out:1 0-1")).endswith("\nstep 1")
        assert "out:1 3-9 are some" in await call.refused("look", what="out:1 9-3")
        assert "there is no line 900 in out:1; it has 200" in await call.refused("look", what="out:1 900-950")


async def test_pages_lead_from_one_to_the_next(tmp_path: Path) -> None:
    """Each within the limit, and together they are all."""
    async with agent(tmp_path) as call:
        await call("run", code=STEPS)
        seen: list[str] = []
        what = "out:1 lines 1-200"
        while what:
            first, *lines = (await call("look", what=what, max_chars=400)).splitlines()
            assert len("\n".join([first, *lines])) <= 400
            more = lines[-1].startswith("[to go on")
            what = lines.pop().split('"')[1] if more else ""
            seen += lines
        assert seen == [f"step {step}" for step in range(1, 201)]


async def test_a_reply_names_the_call_that_reads_on(tmp_path: Path) -> None:
    """It shows the lines that were left out, in the session that they are of."""
    async with agent(tmp_path) as call:
        for session in ("main", "other"):
            if session == "other":
                await call("sessions", action="start", session=session)
            reply = await call("run", code=STEPS, session=session, max_chars=500)
            told = re.search(r'them: look\(what="(.*)-(\d+)"(?:, session="(.*)")?\) \.\.\.\nstep (\d+)', reply)
            assert told is not None
            what, last, named, following = told.groups()
            assert (named or "main", int(last) + 1) == (session, int(following))
            rest = await call("look", what=f"{what}-{last}", session=session)
            assert rest.endswith(f"\nstep {last}")


async def test_lines_of_code(tmp_path: Path) -> None:
    """In whole, and in the lines that a shortened one names."""
    code = "\n".join(f"x{number} = {number}" for number in range(1, 201))
    async with agent(tmp_path) as call:
        await call("run", code=code)
        assert await call("look", what="in:1") == code
        told = re.search(r'look\(what="(in:1 \d+-(\d+))"\)', await call("look", what="in:1", max_chars=500))
        assert told is not None
        assert (await call("look", what=told[1])).endswith(f"\nx{told[2]} = {told[2]}")
        assert await call("look", what="in:1 -1") == "x200 = 200"
        assert await call("look", what="in:1 7") == "x7 = 7"
        for none in ("in:1 201", "in:1 9-3"):
            assert "it has 200" in await call.refused("look", what=none)
        assert "names no lines of in:1" in await call.refused("look", what="in:1 /x/")


async def test_searching(tmp_path: Path) -> None:
    """In one cell, in all, and with what cannot be read."""
    async with agent(tmp_path) as call:
        await call("run", code=STEPS)
        await call("run", code="print('step back')")
        assert await call("look", what="out:1 /step 19$/") == "19: step 19"
        assert await call("look", what="/step (back|200)/") == "out:1 200: step 200\nout:2 1: step back"
        assert "[at least 1 more lines match]" in await call("look", what="/step/", max_chars=1000)
        assert await call("look", what="out:1 /nothing/") == "no line of out:1 matches nothing"
        assert "RE2 syntax" in await call.refused("look", what="/(/")


async def test_what_cannot_be_looked_for(tmp_path: Path) -> None:
    """The reply says what can; a handle may be written in more than one way."""
    async with agent(tmp_path) as call:
        await call("run", code="x = 1\nprint('one')")
        assert (await call("look", what="history")).endswith("\nlook() shows what there is")
        assert 'look("out:7 100-150")' in await call("look", what="x, x")
        assert await call("look", what="out 1 1-1") == await call("look", what="out:1 1-1")
        assert await call("look", what="in 1") == await call("look", what="in:1")


async def test_a_line_without_end(tmp_path: Path) -> None:
    """It is cut like all else, in pages and in what a search finds."""
    async with agent(tmp_path) as call:
        await call("run", code="print('a' * 1_000_000, 'needle')")
        for what in ("out:1 1-1", "/needle/", "out:1"):
            assert len(await call("look", what=what, max_chars=1000)) <= 1100


async def test_the_code_of_a_cell(tmp_path: Path) -> None:
    """As it was given."""
    async with agent(tmp_path) as call:
        await call("run", code="x = 1  # why")
        assert await call("look", what="in:1") == "x = 1  # why"
        assert "there is no cell 9" in await call.refused("look", what="in:9")


async def test_while_a_cell_runs(tmp_path: Path) -> None:
    """It does not wait for the cell."""
    async with agent(tmp_path) as call:
        await call("run", code="import time\nrows = [1, 2]\ntime.sleep(600)", wait_s=0.1)
        assert "[1, 2]" in await call("look", what="rows")
        assert "still running" in await call("look")
