"""For those who write handlers, or code that uses sessions: a handler that follows a script, and checks of real ones.

`HANDLER_CHECKS` holds what every handler must pass. Each check takes a function that makes a fresh handler:

    @pytest.mark.parametrize("check", HANDLER_CHECKS, ids=lambda check: check.__name__)
    async def test_conformance(check):
        await check(lambda: MyHandler(...))
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from ramet.errors import BrokenError
from ramet.handlers.base import Ability, Handler
from ramet.model.outcome import Completed, Interrupted, Raised
from ramet.model.output import Display, Text
from ramet.model.report import Asked, Began, Checkpointed, Done, Gone, ReadTo, Report
from ramet.model.session import CheckpointPolicy, ProcessInfo

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ramet.model.memory import MemoryUse
    from ramet.model.question import Answer, Question

    Check = Callable[[Callable[[], Handler]], Awaitable[None]]

R = TypeVar("R")

#: How long a check waits for a report before it fails.
PATIENCE_S = 30.0


class ScriptedHandler:
    """A handler without a process: it answers each cell with the reports that a script gives for its code.

    Reports of the script are sent one by one as soon as the cell is submitted; `Began` and `Done` (completed) are added
    where the script has none. Code that the script does not know runs until `report` says otherwise. What the session
    asked for is kept in `submitted`, `answers`, `interrupts` and `closed`.
    """

    abilities = frozenset({Ability.STACK})

    def __init__(self, script: dict[str, Sequence[Report]] | None = None, first_cell: int = 1) -> None:
        self._script = dict(script or {})
        self._cell = first_cell
        self._on_report: Callable[[Report], None] | None = None
        self.submitted: list[tuple[int, str]] = []
        self.answers: list[tuple[int, str | None]] = []
        self.interrupts = 0
        self.closed = False

    async def start(self, on_report: Callable[[Report], None]) -> ProcessInfo:
        """Be ready at once."""
        self._on_report = on_report
        return ProcessInfo(pid=1, shell="python", python="scripted", version="3.11.0", cwd="/")  # noqa: S604 - a name

    def submit(self, request: int, code: str, *, given: bytes | None = None, value: bool = False) -> None:  # noqa: ARG002
        """Play the script for `code`."""
        self.submitted.append((request, code))
        reports = list(self._script.get(code, ()))
        if not any(isinstance(report, Began) for report in reports):
            reports.insert(0, Began(request=request, cell=self._cell))
        self._cell += 1
        if code in self._script and not any(isinstance(report, (Done, Gone, Asked)) for report in reports):
            reports.append(Done(request=request, outcome=Completed(), seconds=0.0))
        for report in reports:
            asyncio.get_running_loop().call_soon(self.report, report)

    def report(self, report: Report) -> None:
        """Tell the session something."""
        if self._on_report is not None and not self.closed:
            self._on_report(report)

    def answer(self, ask: int, text: str | None) -> None:
        """Remember the answer."""
        self.answers.append((ask, text))

    def interrupt(self) -> None:
        """Count the interrupt; the script decides what it does."""
        self.interrupts += 1

    def kill(self, reason: str) -> None:
        """Be gone."""
        self.report(Gone(signal=9, reason=reason))

    async def stack(self, wait_s: float = 1.0) -> str:  # noqa: ARG002 - as the protocol has it
        """A stack of one line."""
        return 'File "cell 1", line 1 in <module>'

    async def ask(self, question: Question, wait_s: float) -> Answer:  # noqa: ARG002
        """Fail: there is no process."""
        raise BrokenError("there is no process")

    def checkpoint(self) -> None:
        """Make none: there is no process."""

    async def promote(self, checkpoint: int) -> ProcessInfo:
        """Fail: there are no checkpoints."""
        raise BrokenError(f"there is no checkpoint {checkpoint}")

    def drop(self, checkpoint: int) -> None:
        """Forget nothing."""

    def branch(self, checkpoint: int, policy: CheckpointPolicy) -> ScriptedHandler:  # noqa: ARG002
        """Fail: there are no checkpoints."""
        raise BrokenError(f"there is no checkpoint {checkpoint}")

    async def memory(self) -> MemoryUse:
        """Fail: there is no process."""
        raise BrokenError("there is no process")

    async def checkpoints_too_large(self) -> bool:
        """There are none."""
        return False

    def has(self, checkpoint: int) -> bool:  # noqa: ARG002
        """There are none."""
        return False

    def read_to(self, *, settled: bool) -> ReadTo | None:  # noqa: ARG002
        """There is no stream."""
        return None

    def kept(self, read: ReadTo) -> None:
        """Nothing was."""

    async def caught_up(self) -> None:
        """It always is."""

    def detach(self) -> None:
        """Report nothing any more."""
        self.closed = True

    async def close(self, grace_s: float = 1.0) -> None:  # noqa: ARG002
        """Report nothing any more."""
        self.closed = True


class _Probe:
    """A started handler whose reports can be waited for."""

    def __init__(self, make: Callable[[], Handler]) -> None:
        self.handler = make()
        self.reports: asyncio.Queue[Report] = asyncio.Queue()
        self._request = 0

    async def __aenter__(self) -> _Probe:
        async with asyncio.timeout(PATIENCE_S):
            self.info = await self.handler.start(self.reports.put_nowait)
        return self

    async def __aexit__(self, *_: object) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.handler.close()

    def submit(self, code: str) -> int:
        self._request += 1
        self.handler.submit(self._request, code)
        return self._request

    async def until(self, kind: type[R]) -> tuple[R, list[Report]]:
        before: list[Report] = []
        async with asyncio.timeout(PATIENCE_S):
            while True:
                report = await self.reports.get()
                if isinstance(report, kind):
                    return report, before
                before.append(report)

    async def run(self, code: str) -> tuple[Done, list[Report]]:
        request = self.submit(code)
        done, before = await self.until(Done)
        assert done.request == request
        return done, before


async def check_begins_and_completes(make: Callable[[], Handler]) -> None:
    """A cell begins with its number, completes, and tells the variables it made."""
    async with _Probe(make) as probe:
        done, before = await probe.run("x = 6 * 7")
        assert [report.cell for report in before if isinstance(report, Began)] == [1]
        assert isinstance(done.outcome, Completed)
        assert done.came == ("x",)


async def check_keeps_state(make: Callable[[], Handler]) -> None:
    """What one cell makes the next one finds, and deleting it is told."""
    async with _Probe(make) as probe:
        await probe.run("word = 'kept'")
        _, before = await probe.run("word")
        shown = [report.value.text for report in before if isinstance(report, Display)]
        done, _ = await probe.run("del word")
        assert shown == ["'kept'"]
        assert done.went == ("word",)


async def check_keeps_text_in_order(make: Callable[[], Handler]) -> None:
    """Printed text arrives once and in order, however much it is, before the end of its cell."""
    async with _Probe(make) as probe:
        _, before = await probe.run("for i in range(30_000): print(i)")
        text = "".join(report.text for report in before if isinstance(report, Text))
        assert text == "".join(f"{i}\n" for i in range(30_000))


async def check_reports_errors(make: Callable[[], Handler]) -> None:
    """An exception is an outcome with type, message, frames and the printed traceback."""
    async with _Probe(make) as probe:
        done, _ = await probe.run("def half(n):\n    return n / 0\n\nhalf(1)")
        assert isinstance(done.outcome, Raised)
        error = done.outcome.error
        assert (error.type, error.message) == ("ZeroDivisionError", "division by zero")
        assert [(frame.function, frame.line) for frame in error.frames] == [("<module>", 4), ("half", 2)]
        assert "ZeroDivisionError" in error.traceback


async def check_asks_for_input(make: Callable[[], Handler]) -> None:
    """`input()` becomes a request, and its answer goes on in the cell."""
    async with _Probe(make) as probe:
        probe.submit("name = input('who? ')\nname")
        asked, _ = await probe.until(Asked)
        probe.handler.answer(asked.ask, "Ada")
        _, before = await probe.until(Done)
        assert asked.request.prompt == "who? "
        assert [report.value.text for report in before if isinstance(report, Display)] == ["'Ada'"]


async def check_interrupts(make: Callable[[], Handler]) -> None:
    """An interrupt ends a sleeping cell and leaves the process ready for the next."""
    async with _Probe(make) as probe:
        probe.submit("print('going', flush=True)\nimport time\ntime.sleep(600)")
        await probe.until(Text)
        probe.handler.interrupt()
        done, _ = await probe.until(Done)
        after, _ = await probe.run("1")
        assert isinstance(done.outcome, Interrupted)
        assert isinstance(after.outcome, Completed)


async def check_ignores_interrupt_when_idle(make: Callable[[], Handler]) -> None:
    """An interrupt between cells does nothing."""
    async with _Probe(make) as probe:
        await probe.run("1")
        probe.handler.interrupt()
        done, _ = await probe.run("2")
        assert isinstance(done.outcome, Completed)


async def check_reports_death_last(make: Callable[[], Handler]) -> None:
    """A process that exits is reported gone, after its last words."""
    async with _Probe(make) as probe:
        probe.submit("print('last words')\nimport os\nos._exit(3)")
        gone, before = await probe.until(Gone)
        text = "".join(report.text for report in before if isinstance(report, Text))
        assert "last words" in text
        if Ability.EXIT_STATUS in probe.handler.abilities:
            assert gone.exit_status == 3


async def check_tells_where_it_is(make: Callable[[], Handler]) -> None:
    """A handler that can tell stacks names the line that runs, and the cell goes on."""
    async with _Probe(make) as probe:
        if Ability.STACK not in probe.handler.abilities:
            return
        probe.submit("import time\nprint('going', flush=True)\ntime.sleep(600)")
        await probe.until(Text)
        async with asyncio.timeout(PATIENCE_S):
            while "line 3" not in await probe.handler.stack():  # it may still be on its way there
                pass
        probe.handler.interrupt()
        await probe.until(Done)


async def check_closes_while_busy(make: Callable[[], Handler]) -> None:
    """Closing ends a cell that does not end by itself, and closing again does nothing."""
    async with _Probe(make) as probe:
        probe.submit("while True: pass")
        await probe.until(Began)
        async with asyncio.timeout(PATIENCE_S):
            await probe.handler.close()
            await probe.handler.close()


async def check_goes_back_and_branches(make: Callable[[], Handler]) -> None:
    """A handler with checkpoints can wake one, and can make another session of one."""
    async with _Probe(make) as probe:
        if Ability.CHECKPOINT not in probe.handler.abilities:
            return
        await probe.run("word = 'old'")
        probe.handler.checkpoint()
        checkpoint, _ = await probe.until(Checkpointed)
        await probe.run("word = 'new'")
        async with _Probe(lambda: probe.handler.branch(checkpoint.pid, "off")) as branch:
            _, before = await branch.run("word")
            assert [report.value.text for report in before if isinstance(report, Display)] == ["'old'"]
        await probe.handler.promote(checkpoint.pid)
        _, before = await probe.run("word")
        assert [report.value.text for report in before if isinstance(report, Display)] == ["'old'"]


HANDLER_CHECKS: tuple[Check, ...] = (
    check_begins_and_completes,
    check_keeps_state,
    check_keeps_text_in_order,
    check_reports_errors,
    check_asks_for_input,
    check_interrupts,
    check_ignores_interrupt_when_idle,
    check_reports_death_last,
    check_tells_where_it_is,
    check_closes_while_busy,
    check_goes_back_and_branches,
)
