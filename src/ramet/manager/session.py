"""The session that a library user makes: options in, the local handler chosen."""

# ruff: noqa: SLF001 - a session looks behind its branches

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ramet.errors import InterpreterError, InvalidError
from ramet.handlers.forked import ForkedHandler
from ramet.handlers.zygotes import shared_zygotes
from ramet.manager.record import SessionRecord
from ramet.model.branch import Origin
from ramet.model.options import DEFAULT_PRELOAD, SessionOptions
from ramet.model.session import SessionState
from ramet.render.brief import as_text as brief_text
from ramet.render.pattern import matcher
from ramet.render.terminal import resolve
from ramet.session.arguments import check_name, check_seconds
from ramet.session.mapping import run_cases
from ramet.session.scribe import JournalPlan
from ramet.session.session import LiveSession
from ramet.session.variables import pickled_variables
from ramet.session.view import Beginning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from os import PathLike

    from ramet.handlers.base import Handler
    from ramet.manager.home import Room
    from ramet.model.branch import Case
    from ramet.model.past import Found, Page
    from ramet.model.session import CheckpointPolicy, ShellChoice
    from ramet.session.timeline import Pin

_numbers = itertools.count(1)
_journals = itertools.count(1)


class AsyncSession(LiveSession):
    """A Python or IPython session on this machine, forked from a warm interpreter when started.

    Args:
        shell: "ipython", "python", or "auto" for IPython where the interpreter can import it.
        python: path of the interpreter (Python 3.9 or newer), or the folder of an environment; this one if not given.
            Nothing is installed in it.
        cwd: the session's working folder; this process's if not given.
        env: variables added to this process's environment; None as a value removes one.
        preload: modules to import ahead of time where installed; numpy, pandas and matplotlib.pyplot if not given.
        journal: a folder to keep all that the session says in, there already or not; if not given, it is kept until the
            session is closed.
        checkpoints: keep the state before "every" cell, before most ("auto"), or never ("off"); see `undo`.
        limit_bytes: how much memory variables and child processes may use together. An allocation beyond it is a
            MemoryError; a cell that passes it otherwise is interrupted, and its process ended if that does not help.
        checkpoints_limit_bytes: how much memory checkpoints may hold that the session itself does not have any more;
            the oldest are dropped beyond it. A quarter of the machine's if not given.
        max_processes: how many processes of a session may run at once besides its own; beyond it those that the cell
            has started are ended, and the cell is interrupted. None for any number.
        name: what to call the session in messages: letters, digits, `_`, `.` and `-`.

    Raises:
        InvalidError: an option that cannot work. What can only be seen by trying is raised by `start`.
    """

    #: Where it lives if it may outlive its owner.
    _room: Room | None = None

    def __init__(
        self,
        *,
        shell: ShellChoice = "auto",
        python: str | PathLike[str] | None = None,
        cwd: str | PathLike[str] | None = None,
        env: Mapping[str, str | None] | None = None,
        preload: Sequence[str] | None = None,
        checkpoints: CheckpointPolicy = "auto",
        limit_bytes: int | None = None,
        checkpoints_limit_bytes: int | None = None,
        max_processes: int | None = 1000,
        journal: str | PathLike[str] | None = None,
        name: str | None = None,
    ) -> None:
        options = SessionOptions(
            shell=shell,
            python=_interpreter(python),
            cwd=os.path.abspath(_path("cwd", cwd)) if cwd is not None else os.getcwd(),  # noqa: PTH100, PTH109 - no resolving
            env={} if env is None else env,
            preload=DEFAULT_PRELOAD if preload is None else _modules(preload),
            checkpoints=checkpoints,
            limit_bytes=limit_bytes,
            checkpoints_limit_bytes=checkpoints_limit_bytes,
            max_processes=max_processes,
        )
        if name is None:
            name = f"session-{next(_numbers)}"
        check_name(name)
        plan = JournalPlan(folder=partial(Path, journal), keep=True) if journal is not None else _TEMPORARY
        self._begin(options, name, journal=plan)

    @classmethod
    def _made(
        cls,
        options: SessionOptions,
        name: str,
        beginning: Beginning | None = None,
        journal: JournalPlan | None = None,
    ) -> AsyncSession:
        """A session whose options were settled before: they are its parent's, or those of its record."""
        session = cls.__new__(cls)
        session._begin(options, name, beginning, journal)
        return session

    def _begin(
        self,
        options: SessionOptions,
        name: str,
        beginning: Beginning | None = None,
        journal: JournalPlan | None = None,
    ) -> None:
        self.options = options
        super().__init__(name, _handlers(options), beginning, journal)

    async def close(self) -> None:
        """End the session, its process and what that started. Never hangs; may be called twice."""
        was_open = self.state is not SessionState.CLOSED
        if self._room is not None and was_open:
            self._room.give_up()
        await super().close()
        if self._room is not None and was_open:
            self._room.clear()

    async def branch(self, name: str | None = None, *, at: int | None = None) -> AsyncSession:
        """Another session that begins as this one stands, or as it stood before cell number `at`. Both live on.

        The two share their memory as long as neither changes it, so that a branch takes milliseconds however much is
        loaded. While a cell runs, a branch begins at the state before it. What the two also share, such as open
        connections, `origin.shared` tells and so does the first reply. Threads stay behind. The branch is yours to
        close; exit handlers do not run in it, because what they would tidy up is this session's.

        Raises:
            InvalidError: there is no checkpoint of that state, and the message says why; or `name` cannot be a name.
            BusyError: a cell is running, and there is no checkpoint of the state before it.
            BrokenError: the operating system refused a process.
        """
        if name is not None:
            check_name(name)
        async with self._travel.held(at) as pin:
            return await self._branch_of(pin, name, self.options.checkpoints, self._branched_journal(pin))

    async def map(
        self,
        code: str,
        cases: Iterable[Mapping[str, object]],
        *,
        workers: int | None = None,
        deadline_s: float | None = None,
        on_done: Callable[[Case], None] | None = None,
    ) -> tuple[Case, ...]:
        """Run `code` once for each case, in a branch of the present state with the case's variables set.

        `workers` run at a time; as many as there are processors if not given. `deadline_s` is for each case.
        `on_done` is called on the session's event loop as cases end. What comes back is in the order of `cases`; a
        case that fails does not stop the others. Who asks for input gets none. This session stays as it is.

        Raises:
            InvalidError: `workers` is not positive, a variable cannot be given, or the present state has no checkpoint.
            BusyError: a cell is running.
        """
        if workers is not None and workers < 1:
            raise InvalidError(f"workers={workers} would do nothing", hint="give 1 or more")
        check_seconds("deadline_s", deadline_s)
        todo = [dict(case) for case in cases]
        for case in todo:
            pickled_variables(case)
        self._travel.check_idle("map over")
        async with self._travel.held() as pin:
            return await run_cases(
                code,
                todo,
                lambda number: self._branch_of(pin, f"{self.name}[{number}]", "off", None),
                workers=workers or len(os.sched_getaffinity(0)),
                deadline_s=deadline_s,
                on_done=on_done,
            )

    def _live_in(self, room: Room, origin: Origin | None = None) -> None:
        """Be a session that outlives its owner. Before `start`; raises BrokenError if that cannot be written down."""
        room.take(SessionRecord(name=self.name, options=self.options, origin=origin))
        self._settle_in(room)

    def _settle_in(self, room: Room) -> None:
        self._room, self._journal_plan = room, room.plan
        self._processes.make_handler = partial(room.handler, self.options)

    async def _branch_into(self, room: Room, *, at: int | None) -> AsyncSession:
        """A branch that outlives its owner; otherwise as `branch`."""
        async with self._travel.held(at) as pin:
            checkpoint = pin.moment.checkpoint
            origin = Origin(session=self.name, cell=checkpoint.cell, missing=checkpoint.missing)
            self._scribe.journal.branch(room.journal, checkpoint.cell, self.name)
            return await self._branch_of(pin, room.name, self.options.checkpoints, None, room, origin)

    @classmethod
    async def _adopted(cls, room: Room) -> AsyncSession:
        """The session that lives in `room`, which another owner has left.

        Raises:
            InvalidError: a version that we do not know.
            BrokenError: its journal cannot be read.
            NeverMadeError: it was being made, and has not come up.
        """
        record = room.read()
        session = cls._made(record.options, record.name)
        session._settle_in(room)
        room.cut_journal()
        try:
            await session._resume(partial(room.resumed, record), record.origin)
        except BaseException:
            await session._detach()
            raise
        return session

    def _branched_journal(self, pin: Pin) -> JournalPlan:
        """The journal of a branch begins with that of its parent."""
        folder = _TEMPORARY.folder()
        self._scribe.journal.branch(folder, pin.moment.checkpoint.cell, self.name)
        return JournalPlan(folder=lambda: folder, keep=False)

    async def lines(self, handle: int | str, first: int = 1, last: int = 200) -> Page:
        """Lines `first` to `last` of what a cell showed, counted from 1; a negative `first` counts from the end.

        `handle` is a cell's number or a handle such as "out:7".

        Raises:
            InvalidError: there is no such cell.
            ClosedError: the session is not open.
        """
        return self._scribe.journal.past.lines(handle, first, last, resolve=resolve)

    async def search(self, pattern: str, handle: int | str | None = None, *, limit: int = 100) -> Found:
        """The lines in which `pattern` (RE2 syntax) matches, of one cell or of all that the session stands on.

        Of a line the first million characters are looked at. A search that takes too long ends with what it has found.

        Raises:
            InvalidError: there is no such cell, or `pattern` cannot be read.
            ClosedError: the session is not open.
        """
        return self._scribe.journal.past.search(matcher(pattern), handle, resolve=resolve, limit=limit)

    async def brief(self, limit: int = 2000) -> str:
        """What a reader needs to go on who has lost the context, in at most `limit` characters.

        What the session holds, the last cells and how they ended, what runs, and how far back one can go.

        Raises:
            ClosedError: the session is not open.
        """
        return brief_text(await self._brief(), limit)

    async def _branch_of(
        self,
        pin: Pin,
        name: str | None,
        policy: CheckpointPolicy,
        journal: JournalPlan | None,
        room: Room | None = None,
        origin: Origin | None = None,
    ) -> AsyncSession:
        self._branches_made += 1
        name = name or f"{self.name}.{self._branches_made}"
        handler = self._travel.branch(pin, policy)
        if room is not None:
            assert isinstance(handler, ForkedHandler)
            handler.live_in(room.lodging)
        beginning = Beginning(session=self.name, moment=pin.moment, handler=handler)
        branch = AsyncSession._made(replace(self.options, checkpoints=policy), name, beginning, journal)
        try:
            if room is not None:
                branch._live_in(room, origin)
            await branch.start()
        except BaseException:
            await branch.close()
            raise
        return branch


def _new_journal_folder() -> Path:
    return shared_zygotes().root / f"journal-{next(_journals)}"


#: What a session says is kept as long as it is open.
_TEMPORARY = JournalPlan(folder=_new_journal_folder, keep=False)


def _handlers(options: SessionOptions) -> Callable[[int], Handler]:
    """What makes each process of a session."""
    return lambda first_cell: ForkedHandler(options, shared_zygotes(), first_cell)


def _interpreter(python: str | PathLike[str] | None) -> str:
    """The path to start, symbolic links kept: they are what makes a virtual environment."""
    if python is None:
        return sys.executable
    path = os.path.expanduser(_path("python", python))  # noqa: PTH111 - Path would normalise what the user wrote
    if os.path.isdir(path):  # noqa: PTH112
        inside = os.path.join(path, "bin", "python")  # noqa: PTH118
        if not os.path.exists(inside):  # noqa: PTH110
            raise InterpreterError(f"{path} is a folder without a bin/python", hint="give the path of an interpreter")
        path = inside
    return os.path.abspath(path) if os.sep in path else path  # noqa: PTH100


def _path(option: str, value: str | PathLike[str]) -> str:
    if not isinstance(value, (str, os.PathLike)) or not isinstance(os.fspath(value), str) or not os.fspath(value):
        raise InvalidError(f"{option}={value!r} is no path", hint="give a string or a pathlib.Path")
    if "\0" in os.fspath(value):
        raise InvalidError(f"{option}={value!r} is no path", hint="it holds a NUL character")
    return os.fspath(value)


def _modules(preload: Sequence[str]) -> tuple[str, ...]:
    if isinstance(preload, str):
        raise InvalidError(f"preload={preload!r} is one string", hint=f"give a list: [{preload!r}]")
    return tuple(preload)
