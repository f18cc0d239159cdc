"""The tools as an agent meets them."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from agents import agent, text_of
from mcp_types import ImageContent
from support import PATIENCE_S

import ramet

if TYPE_CHECKING:
    from pathlib import Path

    from agents import Agent

LOOP = "import time\nfor step in range(3):\n    print('step', step)\n    time.sleep(0.2)"


async def test_run(tmp_path: Path) -> None:
    """The first reply tells of the session, and variables stay."""
    async with agent(tmp_path) as call:
        told = await call("run", code="x = 6")
        assert re.match(r"\[session main started: IPython .* on Python .*\) in .*\]\n\[cell 1: ok in ", told)
        assert re.fullmatch(r"42\n\[cell 2: ok in \S+ m?s\]", await call("run", code="x * 7"))


async def test_code_that_fails_is_a_result(tmp_path: Path) -> None:
    """Not an error of the call."""
    async with agent(tmp_path) as call:
        assert "ZeroDivisionError" in await call("run", code="1 / 0")


async def test_pictures_are_pictures(tmp_path: Path) -> None:
    """Beside the words about them, and again when asked for."""
    async with agent(tmp_path) as call:
        for tool, arguments in (
            ("run", {"code": "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"}),
            ("look", {"what": "out:1"}),
        ):
            result = await call.result(tool, **arguments)
            assert "[image 1] figure" in text_of(result)
            assert [item.mime_type for item in result.content if isinstance(item, ImageContent)] == ["image/png"]


async def test_what_was_told_is_not_repeated(tmp_path: Path) -> None:
    """`wait` goes on where the last reply ended, whichever tool that came from."""
    async with agent(tmp_path) as call:
        told = await call("run", code=LOOP, wait_s=0.1)
        assert "step 0\n[cell 1: still running after" in told
        assert 'wait(session="main")' in told
        rest = await call("wait")
        assert re.fullmatch(r"\[out:1 from line 2 on\]\nstep 1\nstep 2\n\[cell 1: ok in .*\]", rest)
        assert (await call("wait")).startswith("nothing is running and all was shown: [cell 1: ok")


async def test_where_silent_code_is(tmp_path: Path) -> None:
    """The line that it is at, also if an earlier cell has it."""
    async with agent(tmp_path) as call:
        await call("run", code="import time\n\ndef fit(x):\n    time.sleep(600)  # slow")
        assert "\nnow at cell 1, line 4: time.sleep(600)  # slow\n" in await call("run", code="fit(1)", wait_s=0.6)


async def test_a_cell_that_is_not_waited_for_has_a_number(tmp_path: Path) -> None:
    """By which its output can be asked for."""
    async with agent(tmp_path) as call:
        assert "[cell 1: still running after" in await call("run", code="while True: pass", wait_s=0)


async def test_an_update_of_what_was_told_is_told(tmp_path: Path) -> None:
    """Though the display that it updates is not repeated."""
    code = "handle = display('one', display_id=True)\ninput()\nhandle.update('two')"
    async with agent(tmp_path) as call:
        assert "'one'" in await call("run", code=code)
        assert "'two'" in (rest := await call("answer", text=""))
        assert "one" not in rest


async def test_a_busy_session_runs_nothing_else(tmp_path: Path) -> None:
    """The agent is told what it is busy with; when it is free in time, the code runs."""
    async with agent(tmp_path) as call:
        await call("run", code=LOOP, wait_s=0)
        assert "nothing was run, because session main is not free" in await call.refused("run", code="7", wait_s=0.1)
        assert (await call("run", code="7")).startswith("7\n[cell 2: ok")


async def test_calls_side_by_side_come_one_after_the_other(tmp_path: Path) -> None:
    """Also the first ones, which start the session."""
    async with agent(tmp_path) as call:
        told = await asyncio.gather(*(call("run", code=f"print({number})") for number in range(4)))
        assert [re.search(r"^(\d)\n\[cell (\d)", text, re.MULTILINE).groups() for text in told] == [
            (str(number), str(number + 1)) for number in range(4)
        ]


async def test_a_cancelled_call_leaves_the_cell(tmp_path: Path) -> None:
    """The waiting ends, the code goes on, and what it showed is told by the next call."""
    async with agent(tmp_path) as call:
        await call("run", code="pass")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await call("run", code=LOOP)
        assert "step 0\nstep 1\nstep 2\n[cell 2: ok" in await call("wait")


async def test_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for it is told how long it has been, and where the code is."""
    monkeypatch.setattr("ramet.mcp.waiting._TOLD_EVERY_S", 0.1)
    told: list[str] = []

    async def progress(_seconds: float, _total: float | None, message: str | None) -> None:
        told.append(message or "")

    async with agent(tmp_path, mode="legacy") as call:
        await call.client.call_tool("run", {"code": LOOP}, progress_callback=progress)
        assert "cell 1, line 4: time.sleep(0.2)" in told


async def test_input(tmp_path: Path) -> None:
    """The reply says what is asked and how to answer; the answer brings the rest."""
    async with agent(tmp_path) as call:
        told = await call("run", code="name = input('name? ')\nname.upper()")
        assert "waiting for input after" in told
        assert "'name? '" in told
        assert 'answer(text="...", session="main")' in told
        assert "nothing was run" in await call.refused("run", code="1")
        assert "'ADA'" in await call("answer", text="Ada\n")
        assert "no cell waits for input" in await call.refused("answer", text="Ada")


async def test_the_end_of_input(tmp_path: Path) -> None:
    """As Ctrl+D."""
    async with agent(tmp_path) as call:
        await call("run", code="input()")
        assert "EOFError" in await call("answer", text="\x04")


async def test_a_debugger(tmp_path: Path) -> None:
    """Its prompt is answered like any other, and the reply says how to leave."""
    async with agent(tmp_path) as call:
        assert '"q" leaves the debugger' in await call("run", code="def f(x):\n    breakpoint()\n    return x\nf(5)")
        assert "(Pdb) p x + 1\n6" in await call("answer", text="p x + 1")
        assert "5\n[cell 1: ok" in await call("answer", text="c")


async def test_interrupt(tmp_path: Path) -> None:
    """It stops code that can be stopped, and says so if there is none."""
    async with agent(tmp_path) as call:
        await call("run", code="x = 1\nwhile True: pass", wait_s=0.1)
        assert "interrupted after" in await call("interrupt")
        assert "1\n[cell 2: ok" in await call("run", code="x")
        assert await call("interrupt") == "nothing was running in main"


async def test_an_interrupt_that_is_not_heeded(tmp_path: Path) -> None:
    """The way on is told, and works."""
    stubborn = "import time\nwhile True:\n    try: time.sleep(60)\n    except KeyboardInterrupt: print('no')"
    async with agent(tmp_path) as call:
        await call("run", code=stubborn, wait_s=0.2)
        told = await call("interrupt")
        assert "now at cell 1, line 3" in told
        assert 'interrupt(session="main", force=true)' in told
        assert "the process died (SIGKILL)" in await call("interrupt", force=True)


async def test_deadline(tmp_path: Path) -> None:
    """It interrupts the code, a wait does not."""
    async with agent(tmp_path) as call:
        assert "its deadline of 0.2 s passed" in await call("run", code="while True: pass", deadline_s=0.2)


async def test_undo_and_redo(tmp_path: Path) -> None:
    """The reply says where the session stands, what is not undone, and how to take it back."""
    async with agent(tmp_path) as call:
        await call("run", code="rows = [1, 2, 3]")
        await checkpoint(call, 2)
        await call("run", code="rows.clear()")
        told = await call("undo")
        assert "undone: cell 2; next cell 2" in told
        assert "files" in told
        assert "[1, 2, 3]" in await call("look", what="rows")
        assert await call("undo", redo=True) == "done again: cell 2; next cell 3"
        assert "cell 40 was not run" in await call.refused("undo", to=40)


async def test_branch(tmp_path: Path) -> None:
    """Both sessions live on."""
    async with agent(tmp_path) as call:
        await call("run", code="rows = [1, 2, 3]")
        assert 'run(code=..., session="trial")' in await call("branch", name="trial")
        await call("run", code="rows.clear()", session="trial")
        assert "[1, 2, 3]" in await call("run", code="rows")
        assert "already" in await call.refused("branch", name="trial")


async def test_a_crash(tmp_path: Path) -> None:
    """It costs one cell, and the reply says so."""
    async with agent(tmp_path) as call:
        await call("run", code="x = 1")
        await checkpoint(call, 2)
        told = await call("run", code="import ctypes; ctypes.string_at(0)")
        assert "the process died (SIGSEGV); the session is back at the state before cell 2" in told
        assert "1\n" in await call("run", code="x")


async def test_a_long_wait_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call lasts longer than clients allow, and the reply says why it is back so soon."""
    monkeypatch.setattr("ramet.mcp.waiting.MOST_S", 0.1)
    async with agent(tmp_path) as call:
        told = await call("run", code="import time; time.sleep(60)", wait_s=600)
        assert 'a call waits 0.1 s at most; to go on waiting: wait(session="main")' in told


async def checkpoint(call: Agent, cell: int) -> None:
    """Wait for the state before `cell` to be kept."""
    session = call.manager.get("main")
    async with asyncio.timeout(PATIENCE_S):
        while all(one.cell != cell for one in session.checkpoints):
            await asyncio.sleep(0.01)
    assert session.state is ramet.SessionState.IDLE
