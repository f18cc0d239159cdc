"""The tools: what each does with the sessions on a desk, told as text.

The parameters behind the first one are what a client sees, with these names, types and defaults; `arguments` reads them
at run time, so annotations are not postponed here. What the tools are for is said in `descriptions/`.
"""

import json
from dataclasses import dataclass, replace
from typing import Literal

from ramet.errors import BusyError, InvalidError
from ramet.manager.session import AsyncSession
from ramet.mcp import listing
from ramet.mcp.desk import Desk
from ramet.mcp.looking import looked
from ramet.mcp.script import write_cells
from ramet.mcp.waiting import Patience, Progress, next_step, still, whereabouts
from ramet.mcp.waiting import wait as wait_until
from ramet.projects import MAIN
from ramet.render.reply import LIMIT, Reply, status
from ramet.session.execution import AsyncExecution

_GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a tool: the desk of its client, and what to tell of progress, if the client shows it."""

    desk: Desk
    progress: Progress | None = None


async def run(
    call: Call,
    code: str,
    session: str = MAIN,
    wait_s: float = 30,
    deadline_s: float | None = None,
    max_chars: int | None = None,
) -> Reply:
    """Run code as the next cell; another one that runs is waited for first, and if that lasts, nothing is run."""
    patience = Patience.of(wait_s)
    opened = await call.desk.opened(session)
    await _free(call, opened, patience)
    execution = await opened.submit(code, deadline_s=deadline_s)
    return await _followed(call, opened, execution, patience, max_chars or LIMIT)


async def wait(call: Call, session: str = MAIN, wait_s: float = 30, max_chars: int | None = None) -> Reply:
    """Wait for the cell that runs, or tell the rest of the last one."""
    patience = Patience.of(wait_s)
    there = call.desk.session(session)
    execution = there.last
    if execution is None:
        return Reply(text=f"nothing was run in {there.name} yet")
    if execution.done and await call.desk.bookmarks.was_read(there, execution):
        return Reply(text=listing.nothing_new(there, execution, max_chars or LIMIT))
    await wait_until(there, execution, patience, call.progress)
    heading = await call.desk.bookmarks.heading(there, execution)
    return _framed(heading, await _followed(call, there, execution, patience, max_chars or LIMIT))


async def answer(call: Call, text: str, session: str = MAIN, wait_s: float = 30) -> Reply:
    """Answer the running cell, and wait for it."""
    patience = Patience.of(wait_s)
    there = call.desk.session(session)
    await there.answer(None if text == "\x04" else text.removesuffix("\n"))
    execution = there.last
    assert execution is not None
    return await _followed(call, there, execution, patience)


async def interrupt(call: Call, session: str = MAIN, force: bool = False) -> Reply:
    """Stop the running cell, and tell how it ended."""
    there = call.desk.session(session)
    execution = there.running
    if execution is None:
        return Reply(text=f"nothing was running in {there.name}")
    done = await there.interrupt(force=force)
    made = await call.desk.bookmarks.read(there, execution)
    if done.stopped:
        return made
    force_it = f"to end it with its process: interrupt(session={json.dumps(session)}, force=true)"
    where = await whereabouts(there, execution)
    step = await next_step(there, execution) if _asks(execution) else f"now at {where}" if where else ""
    return _framed("", made, step, force_it)


async def look(call: Call, what: str = "", session: str = MAIN, max_chars: int | None = None) -> Reply:
    """Tell of variables, objects and past output."""
    return await looked(await call.desk.ready(session), what.strip(), max_chars)


async def undo(call: Call, session: str = MAIN, cells: int = 1, to: int | None = None, redo: bool = False) -> Reply:
    """Go back, or forth again."""
    there = await call.desk.ready(session)
    if redo:
        return Reply(text=f"done again: {_cells((await there.redo()).cells)}; next cell {there.next_cell}")
    moved = await there.undo(cells, to=to)
    gone = f"; did not come back: {', '.join(moved.missing)}" if moved.missing else ""
    each = "" if len(moved.cells) == 1 else " for each cell"
    back = f"to take that back: undo(session={json.dumps(session)}, redo=true){each}, until another cell runs"
    return Reply(
        text=f"undone: {_cells(moved.cells)}; next cell {moved.cell}{gone}\n"
        f"files, databases and the network are as those cells left them\n{back}"
    )


async def branch(call: Call, name: str, session: str = MAIN, at: int | None = None) -> Reply:
    """Make a branch."""
    parent = await call.desk.ready(session)
    call.desk.check_free(name)
    made = await call.desk.manager.branch(parent.name, name, at=at)
    return Reply(text=f"session {name} begins as {made.origin}; to use it: run(code=..., session={json.dumps(name)})")


async def sessions(
    call: Call,
    action: Literal["list", "start", "restart", "close", "export"] = "list",
    session: str = MAIN,
    python: str | None = None,
    cwd: str | None = None,
    shell: Literal["auto", "ipython", "python"] | None = None,
    limit_gb: float | None = None,
    path: str | None = None,
) -> Reply:
    """See to the sessions themselves."""
    desk = call.desk
    _check_options(action, {"python": python, "cwd": cwd, "shell": shell, "limit_gb": limit_gb}, path)
    match action:
        case "list":
            return Reply(text=await listing.table(desk))
        case "start":
            limit = None if limit_gb is None else int(limit_gb * _GIGABYTE)
            started = await desk.start(session, python=python, cwd=cwd, shell=shell, limit_bytes=limit)
            return Reply(text=desk.news(started.name))
        case "restart":
            there = await desk.ready(session)
            await there.restart()
            return Reply(text=f"session {there.name} has a new, empty process; next cell {there.next_cell}")
        case "close":
            name = desk.session(session).name
            await desk.manager.close_session(name)
            return Reply(text=f"session {name} is closed; {listing.names(desk)}")
        case "export":
            return Reply(text=await write_cells(await desk.ready(session), desk.path(path or f"{session}.py")))


async def _free(call: Call, session: AsyncSession, patience: Patience) -> None:
    """Wait until the session can run a cell.

    Raises:
        BusyError: it cannot by then, or another cell asks for input.
    """
    while (running := session.running) is not None:
        await wait_until(session, running, patience, call.progress)
        if not running.done:
            step = await next_step(session, running)
            state = status(running.result)
            raise BusyError(f"nothing was run, because session {session.name} is not free:\n{state}\n{step}")


async def _followed(
    call: Call, session: AsyncSession, execution: AsyncExecution, patience: Patience, limit: int = LIMIT
) -> Reply:
    """What there is to tell of a cell once it has ended, asks, or the time is up."""
    await wait_until(session, execution, patience, call.progress)
    news = call.desk.news(session.name)
    step = await next_step(session, execution, patience)
    made = await call.desk.bookmarks.read(session, execution, max(limit, 200) - len(news) - len(step))
    return _framed(news, made, "" if execution.done else step)


def _framed(before: str, made: Reply, *after: str) -> Reply:
    return replace(made, text="\n".join(part for part in (before, made.text, *after) if part))


def _asks(execution: AsyncExecution) -> bool:
    return still(execution) and not execution.done


def _check_options(action: str, options: dict[str, object], path: str | None) -> None:
    for name, value in options.items():
        if value is not None and action != "start":
            raise InvalidError(f'{name} is for action="start", not for {json.dumps(action)}')
    if path is not None and action != "export":
        raise InvalidError(f'path is for action="export", not for {json.dumps(action)}')


def _cells(numbers: tuple[int, ...]) -> str:
    return f"cell{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
