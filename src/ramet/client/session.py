"""A session that a host keeps, with the face of `AsyncSession`."""

from __future__ import annotations

import contextlib
import pickle
import uuid
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Self, TypeVar, cast
from urllib.parse import quote

from ramet.client.exchange import Request, verb_request
from ramet.client.execution import AsyncRemoteExecution
from ramet.errors import ClosedError, InvalidError, UnknownSessionError
from ramet.model.branch import Case
from ramet.model.cell import Result
from ramet.model.outcome import Running
from ramet.model.session import SessionState
from ramet.wire import calls
from ramet.wire.arguments import arguments
from ramet.wire.values import as_base64, decoded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping
    from types import TracebackType

    from ramet.client.channel import Channel
    from ramet.model.branch import Origin
    from ramet.model.checkpoint import Checkpoint, Moved
    from ramet.model.event import Happening
    from ramet.model.inspection import Completions, Inspection, NotFound, Variables
    from ramet.model.memory import MemoryUse
    from ramet.model.options import SessionOptions
    from ramet.model.outcome import Interruption
    from ramet.model.past import Found, Page, PastCell
    from ramet.model.session import ProcessInfo
    from ramet.model.status import SessionStatus, Started

    T = TypeVar("T")

#: What can be read by the oldest interpreter of a session.
_PROTOCOL = 4


class AsyncRemoteSession:
    """A session of a host. Managers of a host hand these out; methods mean the same as those of `AsyncSession`.

    Its properties are as of the last answer of the host, whatever was asked; `refresh` asks anew. At the end of
    `async with` the session is closed; to leave it to the host, just let go of it.
    """

    def __init__(self, channel: Channel, status: SessionStatus) -> None:
        self.channel = channel
        self._status = status

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}: {self.state.value}>"

    @property
    def path(self) -> str:
        """Where the host has it."""
        return f"/v1/sessions/{quote(self.name, safe='')}"

    @property
    def name(self) -> str:
        """What the session is called."""
        return self._status.name

    @property
    def state(self) -> SessionState:
        """Where the session stands."""
        return self._status.state

    @property
    def info(self) -> ProcessInfo:
        """The process behind the session, or the last one there was.

        Raises:
            ClosedError: the session was never started.
        """
        if self._status.info is None:
            raise ClosedError("the session is not started", hint="wait for it")
        return self._status.info

    @property
    def origin(self) -> Origin | None:
        """What the session is a branch of, None if it is none."""
        return self._status.origin

    @property
    def next_cell(self) -> int:
        """The number that the next cell will have."""
        return self._status.next_cell

    @property
    def names(self) -> tuple[str, ...]:
        """The user's variables after the last cell, sorted."""
        return self._status.names

    @property
    def running(self) -> AsyncRemoteExecution | None:
        """The cell that runs now."""
        return self._execution(self._status.running)

    @property
    def last(self) -> AsyncRemoteExecution | None:
        """The cell that was begun last, running or ended: where the rest of a cell is that one stopped waiting for."""
        return self._execution(self._status.last)

    def execution(self, number: int) -> AsyncRemoteExecution:
        """The cell that was handed in as that number of the session's submissions; `wait` tells if there is none."""
        return AsyncRemoteExecution(self, number, _not_begun(""))

    @property
    def late(self) -> str:
        """What background work printed since the last cell ended; the next cell's result begins with it."""
        return self._status.late

    @property
    def idle_s(self) -> float:
        """For how many seconds no cell has run; 0 while one runs."""
        return self._status.idle_s

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The states that the session can go back to, oldest first. Those after the present one are for `redo`."""
        return self._status.checkpoints

    @property
    def options(self) -> SessionOptions:
        """What the session is made with, but for its environment."""
        return self._status.options

    async def refresh(self) -> None:
        """Ask how the session stands now."""
        if self.state is SessionState.CLOSED:
            return
        try:
            await self.ask(calls.Status())
        except UnknownSessionError:
            self._closed()

    def follow(self) -> AsyncIterator[Happening]:
        """Everything that happens in the session from now on, whoever runs its cells; ends when it is closed.

        As `AsyncSession.follow`. A connection that is lost is made again, and goes on where it was.

        Raises:
            UnknownSessionError: there is no such session any more.
            BrokenError: the host went away, and there is none again.
        """
        return self._followed()

    async def _followed(self) -> AsyncIterator[Happening]:
        request = Request(method="GET", path=f"{self.path}/events", repeatable=True)
        async with aclosing(self.channel.events(request)) as stream:
            async for _, data in stream:
                yield cast("Happening", decoded(data))

    async def start(self) -> ProcessInfo:
        """What its process is: the host has started it."""
        return self.info

    async def run(
        self,
        code: str,
        *,
        given: Mapping[str, object] | None = None,
        wait_s: float | None = None,
        deadline_s: float | None = None,
        when_busy: Literal["wait", "refuse"] = "wait",
        pickled: bool = False,
        key: str = "",
    ) -> Result:
        """Run `code` as the next cell and wait for its result, as `AsyncSession.run` does.

        If the host goes away meanwhile, the next one has the cell: it is waited for there, and not run twice.
        """
        call = calls.Run(
            code=_code(code),
            given=None if given is None else _pickled(given),
            wait_s=wait_s,
            deadline_s=deadline_s,
            when_busy=when_busy,
            pickled=pickled,
            key=key or uuid.uuid4().hex,
        )
        return cast("Result", await self.ask(call))

    async def submit(
        self,
        code: str,
        *,
        given: Mapping[str, object] | None = None,
        deadline_s: float | None = None,
        when_busy: Literal["wait", "refuse"] = "wait",
        pickled: bool = False,
        key: str = "",
    ) -> AsyncRemoteExecution:
        """Hand in `code` as the next cell and return at once. Arguments and errors as for `run`.

        `key` is any word: a second submission with the same one, by whomever, is the same cell.
        """
        call = calls.Submit(
            code=_code(code),
            given=None if given is None else _pickled(given),
            deadline_s=deadline_s,
            when_busy=when_busy,
            pickled=pickled,
            key=key or uuid.uuid4().hex,
        )
        started = cast("Started", await self.ask(call))
        return AsyncRemoteExecution(self, started.execution, _not_begun(code))

    async def answer(self, text: str | None) -> None:
        """Answer the input request of the running cell with a line, or with end of file (None)."""
        await self.ask(calls.Answer(text=text))

    async def interrupt(self, *, force: bool = False, wait_s: float = 2.0) -> Interruption:
        """Do to the running cell what Ctrl+C does, and wait up to `wait_s` seconds for it to stop."""
        return cast("Interruption", await self.ask(calls.Interrupt(force=force, wait_s=wait_s)))

    async def undo(self, cells: int = 1, *, to: int | None = None) -> Moved:
        """Go back to the state before the last cell, before the last `cells` cells, or before cell number `to`."""
        return cast("Moved", await self.ask(calls.Undo(cells=cells, to=to)))

    async def redo(self) -> Moved:
        """Take back the last `undo`, as long as no cell has been run since."""
        return cast("Moved", await self.ask(calls.Redo()))

    async def restart(self) -> ProcessInfo:
        """End the process, by force if need be, and go on with a new, empty one. Cell numbers go on."""
        return cast("ProcessInfo", await self.ask(calls.Restart()))

    async def branch(self, name: str | None = None, *, at: int | None = None) -> AsyncRemoteSession:
        """Another session that begins as this one stands, or as it stood before cell number `at`. Both live on.

        The host keeps it by its name: if none is given, by the next free one of `s1`, `s2`, ...
        """
        return AsyncRemoteSession(self.channel, cast("SessionStatus", await self.ask(calls.Branch(name=name, at=at))))

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

        As `AsyncSession.map`, but that `on_done` is called when all cases have ended.
        """
        todo = [dict(case) for case in cases]
        call = calls.Map(
            code=_code(code),
            cases=tuple(_pickled(case) for case in todo),
            workers=workers,
            deadline_s=deadline_s,
        )
        ended = cast("tuple[Case, ...]", await self.ask(call))
        whole = tuple(Case(variables=case, result=one.result) for case, one in zip(todo, ended, strict=True))
        for one in whole if on_done is not None else ():
            assert on_done is not None
            on_done(one)
        return whole

    async def stack(self) -> str:
        """Where the session's code is at this moment: the Python stacks of its threads, undisturbed."""
        return cast("str", await self.ask(calls.Stack()))

    async def memory(self) -> MemoryUse:
        """How much memory the session uses at this moment, whether or not a cell runs."""
        return cast("MemoryUse", await self.ask(calls.Memory()))

    async def variables(
        self, pattern: str = "", *, types: Iterable[str] = (), limit: int = 200, wait_s: float = 5.0
    ) -> Variables:
        """The variables with a name that `pattern` fits (as in a shell) and of one of the `types`, by name."""
        names = (types,) if isinstance(types, str) else tuple(types)
        call = calls.Variables(pattern=pattern, types=names, limit=limit, wait_s=wait_s)
        return cast("Variables", await self.ask(call))

    async def inspect(self, expression: str, *, wait_s: float = 5.0) -> Inspection | NotFound:
        """What is known of a name, with attributes and written-out keys: `df`, `df.merge`, `config["a"]`."""
        return cast("Inspection | NotFound", await self.ask(calls.Inspect(expression=expression, wait_s=wait_s)))

    async def complete(self, code: str, cursor: int | None = None, *, wait_s: float = 5.0) -> Completions:
        """What could stand at the `cursor`, which is the end of `code` if not given."""
        return cast("Completions", await self.ask(calls.Complete(code=_code(code), cursor=cursor, wait_s=wait_s)))

    async def cell(self, handle: int | str) -> PastCell:
        """A cell as the journal has it: 7 or "out:7" for the one that counts, "out:7.1" for the first of that name."""
        return cast("PastCell", await self.ask(calls.Cell(handle=handle)))

    async def history(self, first: int = 1, last: int | None = None, *, outputs: bool = True) -> tuple[PastCell, ...]:
        """All cells in the order of time, those that were undone too, from serial number `first` to `last`.

        Without `outputs` the results have none, which is quick when it is the code that is asked for.
        """
        call = calls.History(first=first, last=last, outputs=outputs)
        return cast("tuple[PastCell, ...]", await self.ask(call))

    async def lines(self, handle: int | str, first: int = 1, last: int = 200) -> Page:
        """Lines `first` to `last` of what a cell showed, counted from 1; a negative `first` counts from the end."""
        return cast("Page", await self.ask(calls.Lines(handle=handle, first=first, last=last)))

    async def search(self, pattern: str, handle: int | str | None = None, *, limit: int = 100) -> Found:
        """The lines in which `pattern` (RE2 syntax) matches, of one cell or of all that the session stands on."""
        return cast("Found", await self.ask(calls.Search(pattern=pattern, handle=handle, limit=limit)))

    async def brief(self, limit: int = 2000) -> str:
        """What a reader needs to go on who has lost the context, in at most `limit` characters."""
        return cast("str", await self.ask(calls.Brief(limit=limit)))

    async def close(self) -> None:
        """End the session, its process and what that started. May be called twice."""
        if self.state is not SessionState.CLOSED:
            with contextlib.suppress(UnknownSessionError):  # somebody else has closed it
                await self.ask(calls.Close())
            self._closed()

    async def ask(self, call: calls.Call) -> object:
        """The host's answer to `call`.

        Raises:
            RametError: what the host told, as the method of `AsyncSession` would raise it.
            BrokenError: the host went away.
            ClosedError: the session is closed.
        """
        if self.state is SessionState.CLOSED:
            raise ClosedError(f"session {self.name!r} is closed", hint="start another one")
        request = verb_request(self.path, type(call).__name__.lower(), arguments(call))
        answer = await self.channel.ask(request)
        if "session" in answer:
            self._status = cast("SessionStatus", decoded(answer["session"]))
        return decoded(answer["answer"])

    def _execution(self, number: int | None) -> AsyncRemoteExecution | None:
        return None if number is None else self.execution(number)

    def _closed(self) -> None:
        self._status = replace(self._status, state=SessionState.CLOSED, running=None)


def _not_begun(code: str) -> Result:
    """What is known of a cell before the host was asked."""
    return Result(code=code, outcome=Running(begun=False))


def _code(code: object) -> str:
    if not isinstance(code, str):
        raise InvalidError(f"code must be a string, not {type(code).__name__}", hint="decode bytes first")
    return code


def _pickled(variables: Mapping[str, object]) -> dict[str, object]:
    """Variables as a request has them.

    Raises:
        InvalidError: a name is no variable's, or a value cannot be pickled.
    """
    pickles: dict[str, object] = {}
    for name, value in variables.items():
        try:
            pickles[name] = {"pickle": as_base64(pickle.dumps(value, _PROTOCOL))["base64"]}
        except Exception as error:  # whatever the value's own code raises
            raise InvalidError(
                f"the variable {name} cannot be pickled: {error}", hint="make it in the session"
            ) from error
    return pickles
