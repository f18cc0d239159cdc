"""Where an exception passed through the user's code: the source around the line, the failing part of it, the locals."""

from __future__ import annotations

import ast
import itertools
import linecache
import re
import time
import types
from typing import TYPE_CHECKING, Any

from ..looking.short_repr import DEADLINE_S, short
from ..provenance import library_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, TracebackType

_BEFORE, _AFTER = 2, 1
_STATEMENT_MAX = 8
_LINE_MAX = 200
_LOCALS_MAX = 12
_NAME = re.compile(r"[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)?")
_UNTOLD = (
    types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType, types.MethodType,
)  # fmt: skip


class Step:
    """One frame that an exception passed through: where it was then, and whose code it is ('' for the user's)."""

    __slots__ = ("frame", "instruction", "library", "line")

    def __init__(self, tb: TracebackType) -> None:
        self.frame: Any = tb.tb_frame
        self.line: int = tb.tb_lineno or 0
        self.instruction = tb.tb_lasti
        self.library = library_of(tb.tb_frame)


class Span:
    """What failed within a frame: lines from 1, columns in characters from 0; `end` columns are exclusive."""

    def __init__(self, first: int, last: int, columns: tuple[int, int] | None) -> None:
        self.first, self.last, self.columns = first, last, columns


def span(step: Step) -> Span:
    """What was evaluated there, as precisely as the interpreter knows (3.11 and later)."""
    line = step.line
    position = _position(step.frame.f_code, step.instruction)
    if position is None or None in position or position[0] != line:
        return Span(line, line, None)
    first, last, start, end = position
    if last - first >= _STATEMENT_MAX:
        return Span(line, line, None)
    if first != last:
        return Span(first, last, None)
    text = source_line(step.frame, first)
    columns = _characters(text, start), _characters(text, end)
    whole = text[slice(*columns)].strip() == text.strip()
    return Span(first, last, None if whole else columns)


def context(frame: Any, around: Span) -> dict[str, Any]:
    """The lines around `around` as they stand, as far as they belong to the same block, and the number of the first."""
    lines = [source_line(frame, number) for number in range(around.first, around.last + 1)]
    if not any(lines):
        return {}
    margin = _indentation(lines[0])
    before: list[str] = []
    top = 1 if frame.f_code.co_name == "<module>" else frame.f_code.co_firstlineno
    for number in range(around.first - 1, max(around.first - 1 - _BEFORE, top - 1), -1):
        line = source_line(frame, number)
        if _indentation(line) > margin:  # of a block that has ended
            break
        before.insert(0, line)
    while before and not before[0]:
        before.pop(0)
    after = [source_line(frame, number) for number in range(around.last + 1, around.last + 1 + _AFTER)]
    lines = [*before, *lines, *(line for line in after if _indentation(line) >= margin)]
    told: dict[str, Any] = {
        "context": [text[:_LINE_MAX] for text in lines],
        "context_start": around.first - len(before),
    }
    if around.columns is not None and around.columns[1] <= _LINE_MAX:
        told["columns"] = list(around.columns)
    return told


def local_values(frame: Any, around: Span, until: float) -> list[list[str]]:
    """Names and short texts of the variables that matter: first those named in the failing lines, then the others.

    At the top level of a module, whose variables are all there are, only the named ones.
    """
    told: dict[str, str] = {}
    for name, value in itertools.chain(_named(frame, around), _others(frame)):
        if len(told) == _LOCALS_MAX or time.monotonic() > until:
            break
        if name not in told and not issubclass(type(value), _UNTOLD):
            told[name] = short(value, deadline_s=min(DEADLINE_S, until - time.monotonic()))
    return [list(pair) for pair in told.items()]


def source_line(frame: Any, number: int) -> str:
    """Line `number` of the file that `frame` runs, without its end."""
    return linecache.getline(frame.f_code.co_filename, number, frame.f_globals).rstrip()


def statement(frame: Any, around: Span) -> ast.AST | None:
    """The failing lines as a tree, None where they are no whole statement."""
    source = _text(frame, around)
    for text in (source, f"{source}\n pass", f"try:\n pass\n{source}\n pass", f"if 0: pass\n{source}\n pass"):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _text(frame: Any, around: Span) -> str:
    return "\n".join(source_line(frame, number) for number in range(around.first, around.last + 1)).strip()


def _named(frame: Any, around: Span) -> Iterator[tuple[str, Any]]:
    """The variables named in the failing lines, and attributes of theirs that stand in their `__dict__`."""
    for root, attribute in _names(frame, around):
        if not _tellable(root):
            continue
        for namespace in (frame.f_locals, frame.f_globals):
            if root in namespace:
                if attribute and _tellable(attribute):
                    yield from _attribute(namespace[root], root, attribute)
                yield root, namespace[root]
                break


def _names(frame: Any, around: Span) -> list[tuple[str, str]]:
    """The names in the failing lines, as they follow each other, each with the attribute that is asked for, or ''."""
    tree = statement(frame, around)
    if tree is None:
        found = (match.group().replace(" ", "").partition(".") for match in _NAME.finditer(_text(frame, around)))
        return list(dict.fromkeys((root, attribute) for root, _, attribute in found))
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute))]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset, isinstance(node, ast.Name)))
    names: dict[tuple[str, str], None] = {}
    for node in nodes:
        if isinstance(node, ast.Name):
            names[node.id, ""] = None
        elif isinstance(node.value, ast.Name):
            names[node.value.id, node.attr] = None
    return list(names)


def _attribute(value: object, root: str, name: str) -> Iterator[tuple[str, Any]]:
    if issubclass(type(value), _UNTOLD):
        return
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return
    if type(attributes) is dict and name in attributes:
        yield f"{root}.{name}", attributes[name]


def _others(frame: Any) -> Iterator[tuple[str, Any]]:
    if frame.f_locals is frame.f_globals or frame.f_code.co_name == "<module>":
        return
    for name, value in list(frame.f_locals.items()):
        if _tellable(name):
            yield name, value


def _tellable(name: str) -> bool:
    return not name.startswith(("_", ".")) and name.isidentifier()


def _indentation(line: str) -> int:
    """The width of the blanks that `line` begins with; that of a blank line is below any."""
    return len(line) - len(line.lstrip()) if line else -1


def _position(code: CodeType, instruction: int) -> tuple[Any, Any, Any, Any] | None:
    positions = getattr(code, "co_positions", None)
    if positions is None or instruction < 0:
        return None
    return next(itertools.islice(positions(), instruction // 2, None), None)


def _characters(text: str, count: int) -> int:
    """How many characters the first `count` bytes of `text` are."""
    return len(text.encode("utf-8", "replace")[:count].decode("utf-8", "replace"))
