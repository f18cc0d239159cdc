"""What callers hold of a cell means the same to the next owner: its number, its key, a position in what it shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from owners import BARE, home_in, killed

import ramet
from ramet.model.event import Ended, Event
from ramet.session.events import positions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home of which nothing is left."""
    with home_in(tmp_path) as folder:
        yield folder


@pytest.fixture
async def next_owner(home: Path) -> AsyncIterator[ramet.AsyncManager]:
    """The next owner of the home, which adopts when it is asked to, and ends the sessions."""
    manager = ramet.AsyncManager(home=home)
    yield manager
    await manager.close(end_sessions=True)


def waiting_for(file: Path) -> str:
    """Code that waits until there is that file."""
    return f"import os, time\nwhile not os.path.exists({str(file)!r}): time.sleep(0.01)\n"


async def test_numbers_stay(home: Path, next_owner: ramet.AsyncManager, tmp_path: Path) -> None:
    """Of cells that have ended, run and wait; and new ones get new numbers."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\nfor i in range(10): await session.run(f"{i}")\n'
        f"cell = await session.submit({waiting_for(tmp_path / 'on') + '10'!r})\nawait session.submit('11')\n"
        "while cell.cell is None: await asyncio.sleep(0.01)",
    )
    (session,) = await next_owner.adopt()
    later = await session.submit("12")
    assert later.number == 13
    (tmp_path / "on").touch()
    texts = [(await session.execution(number).wait()).text for number in range(1, 14)]
    assert texts == [str(number) for number in range(13)]
    with pytest.raises(ramet.InvalidError, match="nothing is left of execution 14"):
        session.execution(14)


async def test_keys_stay(home: Path, next_owner: ramet.AsyncManager, tmp_path: Path) -> None:
    """What is handed in once more does not run once more, whatever had become of it."""
    running = waiting_for(tmp_path / "on") + "n += 1; n"
    killed(
        home,
        'session = await manager.start("data", **BARE)\nawait session.run("n = 0")\n'
        "await session.run('n += 1; n', key='ended')\n"
        f"cell = await session.submit({running!r}, key='running')\n"
        "await session.submit('n += 1; n', key='waiting')\n"
        "await session.submit('n += more; n', key='given', given={'more': 10})\n"
        "while cell.cell is None: await asyncio.sleep(0.01)",
    )
    (session,) = await next_owner.adopt()
    (tmp_path / "on").touch()
    assert (await session.run("n += 1; n", key="ended")).text == "1"
    assert (await session.run(running, key="running")).text == "2"
    assert (await session.run("n += 1; n", key="waiting")).text == "3"
    assert (await session.run("n += more; n", key="given", given={"more": 100})).text == "103"
    with pytest.raises(ramet.InvalidError, match="used for other code"):
        await session.submit("n", key="ended")


async def test_a_branch_has_no_part_in_what_waits(home: Path, next_owner: ramet.AsyncManager, tmp_path: Path) -> None:
    """Neither cells nor keys of its parent are its own."""
    killed(
        home,
        'session = await manager.start("data", **BARE)\nawait session.run("x = 1", key="k")\n'
        f"cell = await session.submit({waiting_for(tmp_path / 'on')!r})\nawait session.submit('x = 2')\n"
        "while cell.cell is None: await asyncio.sleep(0.01)\n"
        'await manager.branch("data", "what-if")',
    )
    await next_owner.adopt()
    branch = next_owner.get("what-if")
    assert (await branch.run("x", key="k")).text == "1"
    (tmp_path / "on").touch()


SHOWING = """import sys, time, os
for i in range(300): print(i); sys.stderr.write('-'); sys.stderr.flush()
name = input('who? ')
print('é' * 100, name, flush=True)
while not os.path.exists({on!r}): time.sleep(0.01)
print('late', flush=True)
name
"""


async def test_positions_stay(home: Path, next_owner: ramet.AsyncManager, tmp_path: Path) -> None:
    """Who goes on from any of them gets what is missing, however the pieces are cut now."""
    seen = tmp_path / "seen"
    killed(
        home,
        'session = await manager.start("data", **BARE)\n'
        f"cell = await session.submit({SHOWING.format(on=str(tmp_path / 'on'))!r})\n"
        "await cell.wait()\nawait session.answer('Ada')\n"
        "while 'é Ada' not in cell.result.stdout: await asyncio.sleep(0.01)\n"
        "from ramet.session.events import positions\nimport json\nevents, end = await cell.after(0)\n"
        "told = [[str(type(event)), number] for event, number in zip(events, positions(events, end))]\n"
        f"open({str(seen)!r}, 'w').write(json.dumps([told, cell.result.text, await cell.since(0) and end]))",
    )
    (session,) = await next_owner.adopt()
    before, text, end = json.loads(seen.read_text(encoding="utf-8"))
    execution = session.execution(1)
    events, position = await execution.after(0)
    assert position == end
    assert sum(is_text(of) for of, _ in before) >= sum(is_text(str(type(event))) for event in events)
    marks = [(str(type(event)), at) for event, at in zip(events, positions(events, position), strict=True)]
    assert [mark for mark in marks if not is_text(mark[0])] == [(of, at) for of, at in before if not is_text(of)]
    (tmp_path / "on").touch()
    assert (await execution.wait()).text == f"{text}\nlate\n'Ada'"
    rest: list[Event] = []
    while not rest or not isinstance(rest[-1], Ended):
        more, position = await execution.after(position)
        rest += more
    assert "".join(event.text for event in rest if isinstance(event, ramet.Text)) == "late\n"


def is_text(of: str) -> bool:
    """Whether that is the class of a text."""
    return of.endswith("Text'>")


LATE = "import threading\nthreading.Timer(1, print, ['late']).start()"

BETWEEN = {
    "nothing": "",
    "late": f"await session.run({LATE!r})\nwhile not session.late: await asyncio.sleep(0.01)",
    "undo": "await session.run('1')\nawait session.undo()\nawait session.redo()",
    "restart": "await session.restart()",
    "death": "pid = session.info.pid\nos.kill(pid, signal.SIGKILL)\n"
    "while session.info.pid == pid or session.state.name != 'IDLE': await asyncio.sleep(0.01)",
    "restart in a cell": "await session.run('input()')\nawait session.restart()",
}


@pytest.mark.parametrize("doing", BETWEEN.values(), ids=BETWEEN)
async def test_places_between_cells_stay(
    home: Path, next_owner: ramet.AsyncManager, tmp_path: Path, doing: str
) -> None:
    """Who follows a session goes on where it was: what happens next has not happened yet, and is told."""
    seen = tmp_path / "seen"
    killed(
        home,
        f'session = await manager.start("data", **BARE)\nawait session.run("1")\n{doing}\n'
        "import json\nfound, place = await session.chronicle.after((0, 1))\n"
        "while place != session.chronicle.present:\n"
        "    more, place = await session.chronicle.after(place)\n"
        "    found = [*found, *more]\n"
        "told = [[repr(happening), after] for happening, after in found]\n"
        f"open({str(seen)!r}, 'w').write(json.dumps(told))",
    )
    (session,) = await next_owner.adopt()
    before = json.loads(seen.read_text(encoding="utf-8"))
    number, index = before[-1][1]
    assert session.chronicle.present == (number, index)
    after, _ = await session.chronicle.after((number, 0))
    while after[-1][1] != (number, index):
        more, _ = await session.chronicle.after(after[-1][1])
        after = [*after, *more]
    of_chapter = [(told, place[1]) for told, place in before if place[0] == number]
    assert [place[1] for _, place in after if place] == [place for _, place in of_chapter]
    assert sorted(repr(told) for told, _ in after) == sorted(told for told, _ in of_chapter)


async def test_a_cell_of_the_journal_has_its_events(next_owner: ramet.AsyncManager) -> None:
    """Also one that ended so long ago that nothing of it is in memory."""
    session = await next_owner.start("data", **BARE)
    first = await session.submit("print('a')\n1/0")
    await first.wait()
    followed = [event async for event in first]
    for number in range(10):
        await session.run(str(number))
    again = session.execution(1)
    assert again != first
    assert [event async for event in again] == followed
