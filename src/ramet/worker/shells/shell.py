"""What both shells are: a namespace that is `__main__`, a count of cells, and a way to run one."""

from __future__ import annotations

import io
import linecache
import sys
import types
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from .display import Displays

Runner = Any  # Callable[[Coroutine[Any, Any, T]], T]: generic over T, which 3.9 cannot spell


class Shell:
    """Runs cells in one namespace. The subclasses differ in the language they speak, not in what they promise."""

    name = ""
    version: str | None = None

    def __init__(self, displays: Displays) -> None:
        self.displays = displays
        self.main = types.ModuleType("__main__")
        self.main.__dict__["__builtins__"] = sys.modules["builtins"]
        self.namespace: dict[str, Any] = self.main.__dict__
        self._runner: Callable[[Coroutine[Any, Any, Any]], Any] | None = None
        #: The value of the last cell's last expression, until its end has been told.
        self.value: Any = None
        self._known: set[str] = set()
        self._hidden: set[str] = set()
        #: Called when the code of a cell is about to run.
        self.on_code: Callable[[], None] = _nothing
        #: IPython's completer, where that is the shell.
        self.completer: Any = None
        #: Called when a cell has failed, before the shell formats its traceback.
        self.before_traceback: Callable[[], None] = _nothing

    def install(self, first_cell: int, runner: Runner) -> None:  # noqa: ARG002 - the shells count
        """Called once in the session's own process: become `__main__`, count from `first_cell`, await with `runner`."""
        sys.modules["__main__"] = self.main
        self._runner = runner
        self._hidden = set(self.namespace)

    def warm(self) -> None:
        """Called in the zygote: do now what would make the first cell of a session slow."""

    def adopt(self) -> None:
        """Called in a checkpoint before it sleeps: let go of threads of the shell's own, which are not there."""

    @property
    def cell(self) -> int:
        """The number of the next cell."""
        raise NotImplementedError

    def run(self, code: str) -> BaseException | None:
        """Run `code` as the next cell; return what it raised. Afterwards `cell` is one more, whatever happened."""
        raise NotImplementedError

    def traceback_text(self, error: BaseException) -> str:
        """The text that the shell prints for `error`, which `run` returned."""
        raise NotImplementedError

    def variables(self) -> dict[str, Any]:
        """The user's variables by name."""
        return {
            name: value
            for name, value in self.namespace.copy().items()
            if not name.startswith("_") and name not in self._hidden
        }

    def names_changed(self) -> tuple[list[str], list[str]]:
        """The user's variables that came and those that went since the last call."""
        names = {name for name in self.namespace if not name.startswith("_")} - self._hidden
        came, went = names - self._known, self._known - names
        self._known = names
        return sorted(came), sorted(went)


def _nothing() -> None:
    """By default."""


def cell_name(number: int) -> str:
    """The file name under which tracebacks, `inspect` and debuggers know a cell."""
    return f"cell {number}"


def remember_source(number: int, code: str) -> str:
    """Make the lines of a cell available to `linecache`, cut where Python's tokenizer cuts them."""
    name = cell_name(number)
    whole = code if code.endswith("\n") else f"{code}\n"  # without it, Python 3.11 points one column too far
    linecache.cache[name] = (len(code), None, list(io.StringIO(whole, newline=None)), name)
    return name


def encoding_problem(code: str, file: str) -> SyntaxError | None:
    """The error for code that Python's compiler cannot take at all: NUL characters and lone surrogates."""
    if "\0" in code:
        return _at(code, code.index("\0"), "the code holds a NUL character", file)
    try:
        code.encode("utf-8")
    except UnicodeEncodeError as error:
        what = f"the code holds the lone surrogate \\u{ord(code[error.start]):04x}, which no text can hold"
        return _at(code, error.start, what, file)
    return None


def _at(code: str, index: int, message: str, file: str) -> SyntaxError:
    line = code.count("\n", 0, index) + 1
    start = code.rfind("\n", 0, index) + 1
    source = code[start:].split("\n", 1)[0].encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")
    return SyntaxError(message, (file, line, index - start + 1, source))
