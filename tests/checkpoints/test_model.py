"""Whatever is run, undone, redone, crashed and interrupted, the namespace is what a plain model says it is.

So is that of a branch, and so are the variables that are told without running a cell.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

import ramet
from ramet.session.timeline import KEPT

SHOW = "print({name: globals()[name] for name in ('a', 'b', 'items') if name in globals()})"

_TOLD = 40


def told(session: ramet.Session) -> dict[str, str]:
    """The variables of which a cell can tell, without one; a list that is cut is told by its beginning."""
    return {row.name: row.value[:_TOLD] for row in session.variables().rows if row.name != "os"}


def as_told(namespace: dict[str, Any]) -> dict[str, str]:
    """What `told` says of a namespace."""
    return {name: repr(value)[:_TOLD] for name, value in namespace.items()}


class Session(RuleBasedStateMachine):
    """`past[n]` is the namespace before cell n + 1; `future` is what redo brings back, next first."""

    def __init__(self) -> None:
        super().__init__()
        self.session = ramet.Session(shell="python", preload=[], checkpoints="every")
        self.session.start()
        self.session.run("import os; items = []")
        self.past: list[dict[str, Any]] = [{}]
        self.now: dict[str, Any] = {"items": []}
        self.future: list[dict[str, Any]] = []
        #: The oldest cell that there is a checkpoint of.
        self.oldest = 2
        self.branch: ramet.Session | None = None
        #: The namespace of the branch.
        self.there: dict[str, Any] = {}

    def teardown(self) -> None:
        """End the sessions."""
        self.session.close()
        if self.branch is not None:
            self.branch.close()

    @property
    def next_cell(self) -> int:
        """The number of the next cell."""
        return len(self.past) + 1

    def ran(self, after: dict[str, Any]) -> None:
        """A cell ran and left `after`."""
        self.past.append(copy.deepcopy(self.now))
        self.now = after
        self.future = []
        self.oldest = max(self.oldest, self.next_cell - KEPT + 1)

    @rule(name=st.sampled_from("ab"), value=st.integers(0, 9))
    def assign(self, name: str, value: int) -> None:
        """A new value for a name."""
        assert self.session.run(f"{name} = {value}").ok
        self.ran({**copy.deepcopy(self.now), name: value})

    @rule(value=st.integers(0, 9))
    def mutate(self, value: int) -> None:
        """A change inside an object."""
        assert self.session.run(f"items.append({value})").ok
        self.ran({**self.now, "items": [*self.now["items"], value]})

    @rule()
    def look(self) -> None:
        """The namespace is the model's, and so are the names that the session tells."""
        result = self.session.run(SHOW)
        assert result.cell == self.next_cell
        shown = {name: self.now[name] for name in ("a", "b", "items") if name in self.now}
        assert result.text == str(shown)
        assert set(self.session.names) - {"os"} == set(self.now)
        self.ran(copy.deepcopy(self.now))

    @rule()
    def fail(self) -> None:
        """What ran before the exception stays."""
        assert isinstance(self.session.run("items.append(-1); 1 / 0").outcome, ramet.Raised)
        self.ran({**self.now, "items": [*self.now["items"], -1]})

    @rule()
    def interrupt(self) -> None:
        """What ran before the interrupt stays."""
        execution = self.session.submit("items.append(-2)\nprint('on')\nwhile True: pass")
        next(event for event in execution if isinstance(event, ramet.Text))
        assert self.session.interrupt(wait_s=30).stopped
        assert isinstance(execution.result.outcome, ramet.Interrupted)
        self.ran({**self.now, "items": [*self.now["items"], -2]})

    @rule(how=st.sampled_from(["os._exit(1)", "os.abort()", "os.kill(os.getpid(), 9)"]))
    def crash(self, how: str) -> None:
        """What ran in the cell that died is gone, and nothing else."""
        outcome = self.session.run(f"items.append(-3); {how}").outcome
        assert isinstance(outcome, ramet.Died)
        assert (outcome.back_to, outcome.lost) == (self.next_cell, ())
        self.future = []

    @precondition(lambda self: self.next_cell - 1 >= self.oldest)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """Some cells back."""
        cells = data.draw(st.integers(1, min(3, self.next_cell - self.oldest)))
        assert self.session.undo(cells).cell == self.next_cell - cells
        for _ in range(cells):
            self.future.insert(0, self.now)
            self.now = self.past.pop()

    @precondition(lambda self: self.future)
    @rule()
    def redo(self) -> None:
        """One cell on."""
        assert self.session.redo().cell == self.next_cell + 1
        self.past.append(self.now)
        self.now = self.future.pop(0)

    @rule()
    def tell(self) -> None:
        """What is told without a cell is the model's, and no cell is run."""
        assert told(self.session) == as_told(self.now)
        assert self.session.next_cell == self.next_cell

    @rule()
    def tell_while_a_cell_runs(self) -> None:
        """Also what that cell has changed so far."""
        execution = self.session.submit("items.append(-4)\nprint('on')\nwhile True: pass")
        next(event for event in execution if isinstance(event, ramet.Text))
        self.ran({**self.now, "items": [*self.now["items"], -4]})
        assert told(self.session) == as_told(self.now)
        assert self.session.interrupt(wait_s=30).stopped

    @rule(data=st.data(), of_a_branch=st.booleans())
    def branch_off(self, data: st.DataObject, *, of_a_branch: bool) -> None:
        """A branch of the present state, of an earlier one, or of the branch that there was."""
        former = self.branch
        if former is not None and of_a_branch:
            self.branch = former.branch()
        else:
            cell = data.draw(st.integers(self.oldest, self.next_cell)) if self.next_cell > self.oldest else None
            self.branch = self.session.branch(at=cell)
            now = self.now if cell in (None, self.next_cell) else self.past[cell - 1]
            self.there = copy.deepcopy(now)
        if former is not None:
            former.close()

    @precondition(lambda self: self.branch)
    @rule(name=st.sampled_from("ab"), value=st.integers(10, 19))
    def change_the_branch(self, name: str, value: int) -> None:
        """The session does not see it; nor does the branch see what happens to the session."""
        assert self.branch is not None
        assert self.branch.run(f"{name} = {value}; items.append({name})").ok
        self.there.update({name: value, "items": [*self.there["items"], value]})
        assert told(self.branch) == as_told(self.there)

    @precondition(lambda self: self.branch)
    @rule()
    def crash_the_branch(self) -> None:
        """It comes back by itself."""
        assert self.branch is not None
        assert isinstance(self.branch.run("items.append(-5); os.abort()").outcome, ramet.Died)
        assert told(self.branch) == as_told(self.there)


class TestSession(Session.TestCase):  # type: ignore[name-defined, misc]
    """Thousands of steps."""

    settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
