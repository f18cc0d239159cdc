"""Variables and objects as text within a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ramet.model.inspection import NotFound
from ramet.model.memory import readable
from ramet.render.bounds import beginning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ramet.model.inspection import ColumnProfile, DataProfile, Inspection, Variable, Variables

_NAME_WIDTH_MAX = 24
_TYPE_WIDTH_MAX = 16


def variables_text(variables: Variables, limit: int = 3000) -> str:
    """One line for each variable: name, type, size, value; and how many were left out."""
    if not variables.rows:
        return "no variables" if not variables.omitted else f"{variables.omitted:,} variables"
    names = _width((row.name for row in variables.rows), _NAME_WIDTH_MAX)
    types = _width((_told_type(row) for row in variables.rows), _TYPE_WIDTH_MAX)
    lines = [_line(row, names, types) for row in variables.rows]
    return _fitting(lines, limit, "variables", variables.omitted)


def inspection_text(found: Inspection | NotFound, limit: int = 4000) -> str:
    """What it is first; then how to call it, what it holds, its documentation and source as far as there is room."""
    match found:
        case NotFound():
            near = f"; did you mean {' or '.join(found.near)}?" if found.near else ""
            return beginning(f"{found.expression}: {found.reason}{near}", limit)
    parts = [beginning("\n".join(_headlines(found)), limit)]
    members = f"members: {', '.join(found.members)}" if found.members else ""
    for part in (
        "\n".join(_profile(found.data)) if found.data else "",
        members if found.kind == "module" else "",
        found.doc,
        members if found.kind != "module" else "",
        f"source:\n{found.source.rstrip()}" if found.source else "",
    ):
        room = limit - sum(len(told) + 2 for told in parts)
        if part and room > 60:
            parts.append(beginning(part, room))
    return "\n\n".join(parts)


def _told_type(row: Variable) -> str:
    """The type of a variable whose value does not begin with it."""
    return "" if row.value.lstrip("<").startswith(row.type) or row.value.startswith("<class ") else row.type


def _line(row: Variable, names: int, types: int) -> str:
    facts = [f"{row.length:,} items"] if row.length is not None and row.length > 3 else []
    if row.size_bytes is not None:
        facts.append(readable(row.size_bytes))
    told = f"  ({', '.join(facts)})" if facts else ""
    return f"{row.name:{names}}  {_told_type(row):{types}}  {row.value}{told}".rstrip()


def _headlines(found: Inspection) -> Iterator[str]:
    known = found.kind == "module" or found.module in ("", "builtins", "__main__")
    where = "" if known else f" of {found.module}"
    kind = found.type if found.kind == "object" else found.kind
    yield f"{found.expression}: {kind}{where}"
    if found.signature:
        yield f"{'class ' if found.kind == 'class' else ''}{found.signature}"
    if found.kind == "object" or found.value.startswith("not imported"):
        yield found.value
    if found.kind == "property":
        yield "a property, which was not asked for its value"
    if found.file:
        yield f"{found.file}, line {found.line}" if found.line else found.file


def _profile(data: DataProfile) -> Iterator[str]:
    if data.sampled < data.rows:
        yield f"of {data.rows:,} values down, {data.sampled:,} were looked at:"
    width = _width((column.name for column in data.columns), _NAME_WIDTH_MAX)
    for column in data.columns:
        yield f"{column.name:{width}}  {_column(column)}".strip()
    if data.columns_omitted:
        yield f"... {data.columns_omitted:,} more columns"


def _column(column: ColumnProfile) -> str:
    facts = [column.dtype]
    if column.low is not None:
        facts.append(f"{column.low} to {column.high}")
    if column.distinct is not None:
        top = ", ".join(f"{label} {count:,}x" for label, count in column.top)
        facts.append(f"{column.distinct:,} distinct: {top}" if column.top else f"{column.distinct:,} distinct")
    if column.missing:
        facts.append(f"{column.missing:,} missing")
    return ", ".join(facts)


def _width(texts: Iterable[str], most: int) -> int:
    return min(max((len(text) for text in texts), default=0), most)


def _fitting(lines: list[str], limit: int, what: str, omitted: int) -> str:
    """As many of `lines` as fit, with a remark on the others."""
    used, kept = 0, 0
    room = limit - len(f"\n... {len(lines) + omitted:,} more {what}")
    for line in lines:
        if used + len(line) + 1 > room:
            break
        used, kept = used + len(line) + 1, kept + 1
    left = len(lines) - kept + omitted
    return "\n".join([*lines[:kept], *([f"... {left:,} more {what}"] if left else [])])
