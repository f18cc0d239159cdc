"""Answers of the worker about variables and objects, as typed values.

Each function raises KeyError, TypeError, ValueError or AttributeError for a payload of another shape.
"""

from __future__ import annotations

from typing import Any

from ramet.model.inspection import (
    ColumnProfile,
    Completions,
    DataProfile,
    Inspection,
    NotFound,
    Variable,
    Variables,
)

_KINDS = frozenset({"module", "class", "function", "method", "property", "object"})


def variables(data: dict[str, Any]) -> Variables:
    """The answer to a question for variables."""
    return Variables(rows=tuple(_variable(row) for row in data["rows"]), omitted=int(data["omitted"]))


def inspection(data: dict[str, Any]) -> Inspection | NotFound:
    """The answer to a question for one object."""
    if not data["found"]:
        return NotFound(expression=data["expression"], reason=data["reason"], near=tuple(data["near"]))
    if data["kind"] not in _KINDS:
        raise ValueError(f"unknown kind {data['kind']!r}")
    return Inspection(
        expression=data["expression"],
        kind=data["kind"],
        type=data["type"],
        module=data.get("module", ""),
        value=data.get("value", ""),
        signature=data.get("signature", ""),
        doc=data.get("doc", ""),
        source=data.get("source", ""),
        file=data.get("file", ""),
        line=int(data.get("line", 0)),
        shape=_shape(data),
        length=data.get("length"),
        members=tuple(data.get("members", ())),
        data=_profile(data["data"]) if data.get("data") else None,
    )


def completions(data: dict[str, Any]) -> Completions:
    """The answer to a question for completions."""
    return Completions(
        matches=tuple(data["matches"]), start=int(data["start"]), end=int(data["end"]), omitted=int(data["omitted"])
    )


def _variable(row: dict[str, Any]) -> Variable:
    return Variable(
        name=row["name"],
        type=row["type"],
        value=row["value"],
        shape=_shape(row),
        length=row.get("length"),
        size_bytes=row.get("bytes"),
    )


def _shape(data: dict[str, Any]) -> tuple[int, ...] | None:
    return tuple(data["shape"]) if "shape" in data else None


def _profile(data: dict[str, Any]) -> DataProfile:
    return DataProfile(
        rows=int(data["rows"]),
        sampled=int(data["sampled"]),
        columns=tuple(_column(column) for column in data["columns"]),
        columns_omitted=int(data["columns_omitted"]),
    )


def _column(data: dict[str, Any]) -> ColumnProfile:
    return ColumnProfile(
        name=data["name"],
        dtype=data["dtype"],
        missing=int(data["missing"]),
        low=data.get("low"),
        high=data.get("high"),
        distinct=data.get("distinct"),
        top=tuple((label, count) for label, count in data.get("top", ())),
    )
