"""A person at a session, from coming to leaving.

Two tasks share the terminal. One talks: it reads code or an answer, sends it, and waits for its own cell without a
prompt, as a REPL does, so that output is exactly what the cell writes. The other follows the session and shows all that
happens there: its own cell's output as it is, everything else line by line above the prompt.
"""

from __future__ import annotations

import asyncio
import re
import signal
from typing import TYPE_CHECKING

from ramet.cli.attach.prompt import AbortedError, Prompt
from ramet.cli.attach.screen import Screen
from ramet.cli.attach.transcript import Margin, Transcript, faint, plain, red
from ramet.cli.exits import FAILED
from ramet.client.exchange import Request
from ramet.client.manager import AsyncRemoteManager
from ramet.errors import RametError, UnknownSessionError
from ramet.model.checkpoint import Moved
from ramet.model.event import CellBegan, Ended, InputRequested, StateChanged
from ramet.model.outcome import Died
from ramet.model.output import Display
from ramet.model.session import SessionState

if TYPE_CHECKING:
    from ramet.client.session import AsyncRemoteSession
    from ramet.model.event import Event, Happening

_HISTORY = 500
_HELP_LIMIT = 6000
#: `df?`, `?df.merge`, `config["a"]??`: what `inspect` understands.
_HELP = re.compile(r"\s*(?:\?{1,2}\s*(?P<after>[^\s?%!]+)|(?P<before>[^\s?%!]+)\s*\?{1,2})\s*")
_INTERRUPT_S = 2.0
_ASKED = "a cell of another client asks; answer it, or leave that to others with Ctrl+C"


def visit(name: str) -> int:
    """Let a person work in the session called `name`; return the exit code."""
    return asyncio.run(_visit(name))


async def _visit(name: str) -> int:
    async with AsyncRemoteManager() as host:
        try:
            session = await host.get(name)
            past = await session.history(max(1, session.next_cell - _HISTORY), outputs=False)
        except UnknownSessionError as error:
            raise UnknownSessionError(error.message, hint=f"{error.hint}; `ramet start {name}` starts it") from error
        return await Visit(session, [cell.result.code.rstrip("\n") for cell in past]).run()


class Visit:
    """One person at `session`, whose cells of the `past` are the history of the prompt."""

    def __init__(self, session: AsyncRemoteSession, past: list[str]) -> None:
        self._session = session
        self._screen = Screen()
        self._transcript = Transcript(session.name, session.info)
        self._prompt = Prompt(session, past, self._interrupt_theirs)
        self._tasks: asyncio.TaskGroup
        #: Held while a submission is on its way: whose a cell is, is known when its number is.
        self._numbers = asyncio.Lock()
        self._mine: set[int] = set()
        self._running: CellBegan | None = None
        self._running_is_mine = False
        #: What is waited for without a prompt, and how often that was to be interrupted.
        self._awaited: int | None = None
        self._interrupts = 0
        self._asked: InputRequested | None = None
        self._declined: InputRequested | None = None
        self._echo = ""
        self._margin = Margin("")
        self._over = ""
        self._changed = asyncio.Event()

    async def run(self) -> int:
        """Return the exit code when the person leaves, or the session is no more."""
        self._greet()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._on_ctrl_c)
        try:
            async with asyncio.TaskGroup() as self._tasks:
                others = [self._tasks.create_task(work) for work in (self._follow(), self._screen.keep())]
                await self._talk()
                for task in others:
                    task.cancel()
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        self._screen.begin_line()
        name = self._session.name
        if self._over:
            self._screen.write(f"{red(self._over)}\n")
            return FAILED
        runs_on = f"cell {self._running.cell} runs on" if self._running is not None else "it goes on"
        self._screen.write(faint(f"left session {name}; {runs_on}. `ramet attach {name}` comes back") + "\n")
        return 0

    @property
    def _gone(self) -> str:
        return f"session {self._session.name} is gone; `ramet ls` tells which there are"

    def _greet(self) -> None:
        info = self._session.info
        shell = f"IPython {info.ipython} on Python {info.version}" if info.ipython else f"Python {info.version}"
        told = f"session {self._session.name}: {shell}, in {info.cwd}\nNAME? is help, Ctrl+D leaves and ends nothing"
        self._screen.write(f"{faint(told)}\n")

    # What the person does.

    async def _talk(self) -> None:
        while not self._over:
            try:
                if self._asked is not None and self._asked is not self._declined:
                    await self._give_answer(self._asked)
                elif self._awaited is not None:
                    await self._wait()
                else:
                    await self._read()
            except AbortedError:
                continue
            except EOFError:
                return
            except UnknownSessionError:
                self._over = self._gone
            except RametError as error:
                self._screen.write(f"{red(str(error))}\n")

    async def _read(self) -> None:
        self._screen.begin_line()
        code = await self._prompt.code()
        if help_on := _HELP.fullmatch(code):
            await self._help(help_on["after"] or help_on["before"])
        elif code.strip():
            await self._submit(code)

    async def _submit(self, code: str) -> None:
        busy = self._running
        async with self._numbers:
            execution = await self._session.submit(code)
            self._mine.add(execution.number)
            self._awaited, self._interrupts = execution.number, 0
        if busy is not None and self._running is busy:
            self._screen.write(f"{faint(f'waits for the end of cell {busy.cell}')}\n")

    async def _wait(self) -> None:
        """Wait for the end of one's own cell, or for anything that has to be done before."""
        self._changed.clear()
        await self._changed.wait()

    async def _give_answer(self, asked: InputRequested) -> None:
        theirs = not self._running_is_mine
        self._screen.begin_line()
        if theirs:
            self._screen.write(f"{faint(_ASKED)}\n")
        try:
            text: str | None = await self._prompt.answer(asked)
        except EOFError:
            text = None
        except KeyboardInterrupt:
            self._declined = asked
            if not theirs:
                self._interrupt()
            return
        if self._asked is asked:
            self._asked = None
            shown = "" if text is None or asked.password else text
            self._echo = f"{asked.prompt}{shown}\n"
            try:
                await self._session.answer(text)
            except RametError:
                self._echo = ""
                raise

    async def _help(self, expression: str) -> None:
        """Print what the session knows of it, as `ramet look` does."""
        path = f"{self._session.path}/inspect?view=told&limit={_HELP_LIMIT}"
        request = Request(method="POST", path=path, body={"expression": expression}, repeatable=True)
        answer = await self._session.channel.ask(request)
        self._screen.write(f"{plain(answer['told']['text'])}\n")

    def _on_ctrl_c(self) -> None:
        """Ctrl+C while there is no prompt."""
        if self._awaited is None:
            return
        self._interrupts += 1
        self._screen.write("\n")  # the terminal has shown ^C
        if self._interrupts == 1:
            self._interrupt()
            return
        self._awaited = None
        told = "not waiting any more; what the cell shows comes above the prompt, and Ctrl+C there interrupts it"
        self._screen.write(f"{faint(told)}\n")
        self._changed.set()

    def _interrupt_theirs(self) -> None:
        """Ctrl+C on an empty line."""
        if self._running is not None:
            self._interrupt()

    def _interrupt(self) -> None:
        self._tasks.create_task(self._interrupted())

    async def _interrupted(self) -> None:
        running = self._running
        told = "" if running is None or self._running_is_mine else f" cell {running.cell}, which another client runs"
        if self._awaited is not None:
            self._tell(f"interrupting{told}; press Ctrl+C again to stop waiting")
        elif told:
            self._tell(f"interrupting{told}")
        try:
            achieved = await self._session.interrupt(wait_s=_INTERRUPT_S)
        except RametError as error:
            self._tell(str(error))
            return
        if not achieved.stopped:
            self._tell(f"it goes on; `ramet interrupt --force {self._session.name}` ends it")

    def _tell(self, text: str) -> None:
        self._screen.show(f"{faint(text)}\n")

    # What happens in the session.

    async def _follow(self) -> None:
        name = self._session.name
        try:
            async for happening in self._session.follow():
                async with self._numbers:
                    await self._take(happening)
            self._over = f"session {name} was closed"
        except UnknownSessionError:
            self._over = self._gone
        except RametError as error:
            self._over = str(error)
        self._changed.set()
        self._prompt.abort()

    async def _take(self, happening: Happening) -> None:
        event, mine = happening.event, happening.execution in self._mine
        match event:
            case CellBegan():
                self._begin(event, mine=mine)
            case InputRequested():
                await self._ask(event)
            case StateChanged(state=state):
                self._move(state)
            case Moved(cell=cell, cells=cells):
                self._prompt.cell = cell
                what = f"cell {cells[0]}" if len(cells) == 1 else f"cells {cells[0]} to {cells[-1]}"
                done = "undone" if cell == cells[0] else "redone"
                self._tell(f"another client has {done} {what}: {event}")
            case _:
                self._show(event, mine=mine and happening.execution == self._awaited)
        if isinstance(event, Ended):
            self._end(event, happening.execution)

    def _begin(self, began: CellBegan, *, mine: bool) -> None:
        self._running, self._running_is_mine = began, mine
        self._margin = Margin(f"{began.cell}")
        if mine and began.cell != self._prompt.cell:
            self._tell(f"this is cell {began.cell}")
        self._prompt.cell = began.cell + 1
        self._screen.show(self._transcript.began(began, theirs=not mine))
        if not mine:
            self._prompt.remember(began.code.rstrip("\n"))
            self._prompt.tell(f"cell {began.cell} runs, of another client; Ctrl+C interrupts it")

    def _show(self, event: Event, *, mine: bool) -> None:
        if self._echo and getattr(event, "text", None) == self._echo:
            self._echo = ""  # it stands there already, where it was typed
            return
        text = self._transcript.of(event)
        pictures = self._transcript.pictures(event) if isinstance(event, Display) else ""
        if mine:
            if isinstance(event, (Display, Ended)) and text + pictures:
                self._screen.begin_line()
            self._screen.write(text + pictures)
        elif isinstance(event, Ended):
            self._screen.show(self._margin.rest() + text)
        else:
            broken = self._margin.break_line() if isinstance(event, Display) else ""
            self._screen.show(broken + self._margin.lines(text) + pictures)

    def _end(self, ended: Ended, execution: int | None) -> None:
        self._running = None
        self._asked = None
        self._prompt.tell(None)
        outcome = ended.result.outcome
        if isinstance(outcome, Died) and outcome.back_to is not None:
            self._prompt.cell = outcome.back_to
        if execution == self._awaited:
            self._awaited = None
            self._changed.set()

    async def _ask(self, asked: InputRequested) -> None:
        await self._session.refresh()
        if self._session.state is not SessionState.WAITING_INPUT:
            return  # it has been answered since
        self._screen.show(self._margin.break_line())
        self._asked = asked
        self._changed.set()
        self._prompt.abort()

    def _move(self, state: SessionState) -> None:
        if state is SessionState.LOST:
            self._awaited = None
            self._screen.show(f"{red('the session has no process; `ramet restart` tries to make one')}\n")
            self._changed.set()
        if self._asked is not None and state is not SessionState.WAITING_INPUT:
            self._asked = None  # somebody else has answered
            self._prompt.abort()
