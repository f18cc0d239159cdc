"""Sessions that came from others: where from, what of one case, and the tree that they form."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ramet.model.cell import Result
    from ramet.model.session import SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The session that a branch comes from, at the state before its `cell`.

    `shared` says what both hold since then: open connections, and files open for writing. `missing` says what the
    branch does not have, such as threads.
    """

    session: str
    cell: int
    shared: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.session}, before cell {self.cell}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case of `map`: the variables that were set in its branch, and what came of the code there."""

    variables: Mapping[str, object]
    result: Result

    def __repr__(self) -> str:
        return f"<Case {self.label}: {_short(self.shown, str)}>"

    @property
    def label(self) -> str:
        """The variables in a line, long values cut: `alpha=0.1, kind='ridge'`."""
        return ", ".join(f"{name}={_short(value)}" for name, value in self.variables.items())

    @property
    def shown(self) -> str:
        """What the code showed, or how it ended if not well."""
        return self.result.text if self.ok else str(self.result.outcome)

    @property
    def ok(self) -> bool:
        """Whether the code ran to its end."""
        return self.result.ok

    @property
    def value(self) -> object:
        """The value of the code's last expression, as a copy in this process.

        It is unpickled at each call: as with every pickle, that runs code that the session may have chosen.

        Raises:
            InvalidError: there is no value, or it cannot be made here; `result.text` has it as text.
        """
        if self.result.pickled is None:
            why = next((note for note in self.result.notes if "pickled" in note), str(self.result.outcome))
            raise InvalidError(f"this case has no value: {why}", hint="result.text says what it showed")
        try:
            return pickle.loads(self.result.pickled)  # noqa: S301 - said in the docstring
        except Exception as error:
            raise InvalidError(
                f"the value cannot be made in this process: {type(error).__name__}: {error}",
                hint="result.text has it as text; here its module or class may be missing",
            ) from error


def _short(value: object, text: Callable[[object], str] = repr) -> str:
    whole = " ".join(text(value).split())
    return whole if len(whole) <= 60 else f"{whole[:57]}..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A session and the branches that come from it; prints as a drawing.

    `origin` is None for a session that comes from no other one, or from one that is closed.
    """

    name: str
    state: SessionState
    next_cell: int
    origin: Origin | None = None
    branches: tuple[Tree, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """The lines of the drawing."""
        origin = f" from cell {self.origin.cell}" if self.origin is not None else ""
        yield f"{self.name}{origin}: {self.state.name.lower()}, next cell {self.next_cell}"
        for branch in self.branches:
            last = branch is self.branches[-1]
            first, *others = branch.lines()
            yield f"{'└─' if last else '├─'} {first}"
            yield from (f"{'  ' if last else '│ '} {line}" for line in others)
