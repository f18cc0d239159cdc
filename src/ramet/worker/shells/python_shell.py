"""The plain Python shell: `ast`, `compile` and `exec`, nothing of IPython."""

from __future__ import annotations
import __future__

import ast
import builtins
import inspect
import io
import sys
import tokenize
import traceback
from typing import TYPE_CHECKING, Any

from ..facts import figures, portraits
from ..failures.failure import cell_traceback, hide_own_tail
from .display import bundle
from .shell import Shell, encoding_problem, remember_source

if TYPE_CHECKING:
    from types import CodeType

    from .display import Displays

_FUTURE_FLAGS = 0
for _feature in __future__.all_feature_names:
    _FUTURE_FLAGS |= getattr(__future__, _feature).compiler_flag


class PythonShell(Shell):
    """Runs cells as the interpreter's own prompt would, one whole block at a time."""

    name = "python"

    def __init__(self, displays: Displays) -> None:
        super().__init__(displays)
        self._cell = 1
        self._flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def install(self, first_cell: int, runner: Any) -> None:
        super().install(first_cell, runner)
        self._cell = first_cell
        sys.displayhook = sys.__displayhook__ = self._displayhook

    @property
    def cell(self) -> int:
        return self._cell

    def run(self, code: str) -> BaseException | None:
        number = self._cell
        try:
            self._run(code, number)
        except BaseException as error:  # noqa: BLE001 - the border to user code: whatever it raises is its outcome
            hide_own_tail(error)
            return error
        else:
            return None
        finally:
            self._cell = number + 1

    def traceback_text(self, error: BaseException) -> str:
        return "".join(traceback.TracebackException(type(error), error, cell_traceback(error)).format())

    def _run(self, code: str, number: int) -> None:
        code = _without_margin(code)
        file = remember_source(number, code)
        problem = encoding_problem(code, file)
        if problem is not None:
            raise problem
        tree = compile(code, file, "exec", self._flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        last = tree.body[-1] if tree.body else None
        shown = []
        if isinstance(last, ast.Expr) and not ends_silenced(code):
            tree.body.pop()
            shown = [ast.Interactive([last])]
        self._execute([self._compiled(tree, file, "exec"), *(self._compiled(part, file, "single") for part in shown)])

    def _compiled(self, tree: ast.AST, file: str, mode: str) -> CodeType:
        compiled: CodeType = compile(tree, file, mode, self._flags, dont_inherit=True)  # type: ignore[call-overload]
        # A `from __future__ import` holds for what follows, as at the interpreter's prompt.
        self._flags |= compiled.co_flags & _FUTURE_FLAGS
        return compiled

    def _execute(self, parts: list[CodeType]) -> None:
        """Run the parts of a cell; if one awaits, then all of them on the event loop."""
        self.on_code()
        if any(part.co_flags & inspect.CO_COROUTINE for part in parts) and self._runner is not None:
            self._runner(self._await_all(parts))
            return
        for part in parts:
            eval(part, self.namespace)  # noqa: S307 - running the user's code is what a session is for

    async def _await_all(self, parts: list[CodeType]) -> None:
        for part in parts:
            value = eval(part, self.namespace)  # noqa: S307
            if part.co_flags & inspect.CO_COROUTINE:
                await value

    def _displayhook(self, value: object) -> None:
        """As `sys.displayhook`: set `_`, but show the value with all its forms."""
        self.value = value
        if value is None:
            return
        builtins.__dict__["_"] = None
        data, metadata = bundle(value)
        picture = figures.form(value)
        if picture is not None:
            data["image/png"] = picture
        portrait = portraits.portray(value)
        self.displays.show({**data, **portrait.forms}, metadata, kind="result", about=portrait.about)
        builtins.__dict__["_"] = value


def ends_silenced(code: str) -> bool:
    """Whether the last token of `code`, comments aside, is a semicolon."""
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type not in _NOT_CODE:
                last = token.string
    except (tokenize.TokenError, SyntaxError):
        return False
    return last == ";"


_NOT_CODE = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.INDENT, tokenize.DEDENT}
)


def _without_margin(code: str) -> str:
    """`code` without the indentation of its first line of code, on every line that has it; IPython does the same."""
    lines = code.split("\n")
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    margin = first[: len(first) - len(first.lstrip(" \t"))]
    if not margin:
        return code
    return "\n".join(line.removeprefix(margin) for line in lines)
