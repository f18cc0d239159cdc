"""What can be seen of a session without running a cell."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, BusyError, InvalidError
from ramet.handlers.base import Ability
from ramet.model.branch import Origin
from ramet.model.brief import Brief
from ramet.model.event import Happening, StateChanged
from ramet.model.inspection import Completions, Inspection, NotFound, Variables
from ramet.model.question import AboutCursor, AboutObject, AboutVariables
from ramet.model.session import SessionState
from ramet.session.arguments import check_code, check_seconds
from ramet.session.cells import Cells
from ramet.session.execution import AsyncExecution
from ramet.session.executions import Executions
from ramet.session.gate import not_started
from ramet.session.processes import Processes
from ramet.session.scribe import Scribe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from ramet.handlers.base import Handler
    from ramet.model.checkpoint import Checkpoint
    from ramet.model.memory import MemoryUse
    from ramet.model.past import PastCell
    from ramet.model.question import Answer, Question
    from ramet.model.session import ProcessInfo
    from ramet.session.chronicle import Chronicle, Place
    from ramet.session.timeline import Moment


_BRIEF_CELLS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a branch begins with: the moment of `session` that it continues, and the handler that makes its process."""

    session: str
    moment: Moment
    handler: Handler


class SessionView:
    """The part of a session that changes nothing.

    It is over handlers that `make_handler(first_cell)` makes: one for each process the session needs in its life. The
    first process of a branch is that of its `beginning`.
    """

    def __init__(self, name: str, make_handler: Callable[[int], Handler], beginning: Beginning | None) -> None:
        self._name = name
        self._beginning = beginning
        self._origin: Origin | None = None
        self._scribe = Scribe()
        self._cells = Cells(self._cell_ended, self._scribe)
        self._executions = Executions(self._scribe)
        self._processes = Processes(name, self._cells, self._scribe, make_handler, self._run_next)
        self._gate = self._processes.gate
        if beginning is not None:
            self._cells.stand(beginning.moment)
            self._processes.first = beginning.handler
        self._last_used = time.monotonic()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name!r}: {self.state.value}>"

    @property
    def name(self) -> str:
        """What the session is called."""
        return self._name

    @property
    def state(self) -> SessionState:
        """Where the session stands now."""
        return self._cells.state

    @property
    def info(self) -> ProcessInfo:
        """The process behind the session, or the last one there was.

        Raises:
            ClosedError: the session was never started.
        """
        if self._processes.info is None:
            raise not_started()
        return self._processes.info

    @property
    def origin(self) -> Origin | None:
        """What the session is a branch of, None if it is none."""
        if self._origin is not None:
            return replace(self._origin, shared=self._processes.shared)
        if self._beginning is None:
            return None
        checkpoint = self._beginning.moment.checkpoint
        return Origin(
            session=self._beginning.session,
            cell=checkpoint.cell,
            shared=self._processes.shared,
            missing=checkpoint.missing,
        )

    @property
    def next_cell(self) -> int:
        """The number that the next cell will have."""
        return self._cells.next_cell

    @property
    def names(self) -> tuple[str, ...]:
        """The user's variables after the last cell, sorted."""
        return tuple(sorted(self._cells.names))

    @property
    def running(self) -> AsyncExecution | None:
        """The cell that runs now."""
        record = self._cells.running
        return AsyncExecution(record) if record is not None else None

    @property
    def last(self) -> AsyncExecution | None:
        """The cell that was begun last, running or ended: where the rest of a cell is that one stopped waiting for."""
        record = self._cells.last
        return AsyncExecution(record) if record is not None else None

    def execution(self, number: int) -> AsyncExecution:
        """The cell that was handed in as that number of the session's submissions: `AsyncExecution.number` tells it.

        Raises:
            InvalidError: there was none.
            ClosedError: the session is not open, and it is not one of the last.
        """
        return AsyncExecution(self._executions.find(number))

    @property
    def chronicle(self) -> Chronicle:
        """What happens in the session, for who must be able to go on where another one has stopped."""
        return self._cells.chronicle

    @property
    def late(self) -> str:
        """What background work printed since the last cell ended; the next cell's result begins with it."""
        return "".join(text.text for text in self._cells.late)

    @property
    def idle_s(self) -> float:
        """For how many seconds no cell has run; 0 while one runs."""
        starting = self.state is SessionState.STARTING
        return 0.0 if self._cells.busy or starting else time.monotonic() - self._last_used

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The states that the session can go back to, oldest first. Those after the present one are for `redo`."""
        return self._processes.checkpoints.timeline.checkpoints

    def follow(self) -> AsyncIterator[Happening]:
        """Everything that happens in the session from now on, whoever runs its cells; ends when it is closed.

        It begins with the state that the session is in. A running cell is told from its beginning, as every other:
        from its `CellBegan` to its `Ended`. As with an execution, who falls behind too far gets an `Omitted`, or a
        `Note` if cells were missed altogether.

        Raises:
            ClosedError: the session is closed, or was never started.
        """
        self._gate.check_started()
        return self._followed(self._cells.chronicle.present)

    async def _followed(self, place: Place) -> AsyncIterator[Happening]:
        yield Happening(execution=None, event=StateChanged(state=self.state))
        while True:
            found, place = await self._cells.chronicle.after(place)
            for happening, _ in found:
                yield happening
            if not found:
                return

    async def stack(self) -> str:
        """Where the session's code is at this moment: the Python stacks of its threads, undisturbed.

        Empty if the process does not tell. It does tell while C code holds everything else up.
        """
        self._gate.check_here()
        handler = self._processes.handler
        return await handler.stack() if handler is not None else ""

    async def memory(self) -> MemoryUse:
        """How much memory the session uses at this moment, whether or not a cell runs.

        It takes up to 20 ms for each GB, once for the process, each of its children and each checkpoint.

        Raises:
            InvalidError: this system does not tell.
            BrokenError: the session has no process at this moment.
            ClosedError: the session is closed, or was never started.
        """
        self._gate.check_started()
        handler = self._processes.handler
        if handler is None:
            raise BrokenError(f"session {self._name!r} has no process at this moment")
        if Ability.MEMORY not in handler.abilities:
            raise InvalidError("this system does not tell how much memory a session uses", hint="Linux does")
        return await handler.memory()

    async def variables(
        self, pattern: str = "", *, types: Iterable[str] = (), limit: int = 200, wait_s: float = 5.0
    ) -> Variables:
        """The variables with a name that `pattern` fits (as in a shell) and of one of the `types`, by name.

        No cell is run and `Out` does not change: a copy of the process looks, also while a cell runs. So for `inspect`
        and `complete`.

        Raises:
            InvalidError: an argument of the wrong kind, such as a `limit` below 0.
            BusyError: the code is inside a call that it could not be looked at in, for `wait_s` seconds.
            BrokenError: there is no process, or it could not be copied.
            ClosedError: the session is closed, or was never started.
        """
        names = (types,) if isinstance(types, str) else tuple(types)
        found = await self._asked(AboutVariables(pattern=pattern, types=names, limit=limit), wait_s)
        assert isinstance(found, Variables)
        return replace(found, rows=tuple(replace(row, cell=self._cells.names.get(row.name)) for row in found.rows))

    async def inspect(self, expression: str, *, wait_s: float = 5.0) -> Inspection | NotFound:
        """What is known of a name, with attributes and written-out keys: `df`, `df.merge`, `config["a"]`, `json.loads`.

        Type, value, signature, documentation and source; of data also types, ranges, missing and frequent values.
        Nothing is called. Errors as for `variables`.
        """
        found = await self._asked(AboutObject(expression=expression), wait_s)
        assert isinstance(found, (Inspection, NotFound))
        return found

    async def complete(self, code: str, cursor: int | None = None, *, wait_s: float = 5.0) -> Completions:
        """What could stand at the `cursor`, which is the end of `code` if not given. Errors as for `variables`."""
        check_code(code)
        place = AboutCursor(code=code, cursor=len(code) if cursor is None else cursor)
        found = await self._asked(place, wait_s)
        assert isinstance(found, Completions)
        return found

    async def cell(self, handle: int | str) -> PastCell:
        """A cell as the journal has it: 7 or "out:7" for the one that counts, "out:7.1" for the first with that number.

        Raises:
            InvalidError: there is no such cell.
            ClosedError: the session is closed, or was never started.
        """
        self._gate.check_started()
        return self._scribe.journal.past.cell(handle)

    async def history(self, first: int = 1, last: int | None = None, *, outputs: bool = True) -> tuple[PastCell, ...]:
        """All cells in the order of time, those that were undone too, from serial number `first` to `last`.

        Without `outputs` the results have none, which is quick when it is the code that is asked for.

        Raises:
            ClosedError: the session is closed, or was never started.
        """
        self._gate.check_started()
        return tuple(self._scribe.journal.past.history(first, last, outputs=outputs))

    async def _brief(self) -> Brief:
        self._gate.check_started()
        past = self._scribe.journal.past
        first = max(1, self.next_cell - _BRIEF_CELLS)
        running = self.running
        try:
            variables = await self.variables(wait_s=1.0)
        except (BusyError, BrokenError):
            variables = None
        return Brief(
            name=self.name,
            state=self.state,
            info=self.info,
            next_cell=self.next_cell,
            origin=self.origin,
            variables=variables,
            cells=tuple(cell for cell in past.cells(first) if cell.ended_at is not None),
            cells_before=first - 1,
            checkpoints=tuple(one for one in self.checkpoints if one.cell <= self.next_cell),
            running=running.result if running is not None else None,
        )

    async def _asked(self, question: Question, wait_s: float) -> Answer:
        if wait_s is None:
            raise InvalidError("wait_s=None would wait without end", hint="give a number of seconds")
        check_seconds("wait_s", wait_s)
        self._gate.check_started()
        handler = self._processes.handler
        if handler is None or Ability.PEEK not in handler.abilities:
            raise BrokenError("the session has no process that can be asked")
        try:
            return await handler.ask(question, wait_s)
        except BrokenError:
            self._gate.check_open()  # closed in the meantime
            raise

    def _cell_ended(self) -> None:
        """The running cell is over."""
        raise NotImplementedError

    def _run_next(self) -> None:
        """A process is ready for a cell."""
        raise NotImplementedError
