"""Descriptions of values, as a worker sends them with a display, as types."""

from __future__ import annotations

from typing import Any

from ramet.model.table import Column, Table


def table(data: dict[str, Any]) -> Table:
    """The table that `data` describes. Raises KeyError, TypeError or ValueError if it describes none."""
    return Table(
        kind=_text(data["kind"]),
        shape=tuple(_count(size) for size in _items(data["shape"])),
        axes=_texts(data["axes"]),
        dtype=_text(data["dtype"]),
        facts=_texts(data["facts"]),
        own_text=data["own_text"] is True,
        unit=_text(data["unit"]),
        rows=_count(data["rows"]),
        index=tuple(_column(level) for level in _items(data["index"])),
        columns=tuple(_column(column) for column in _items(data["columns"])),
        gap=_count(data["gap"]),
        hidden=tuple(_hidden(pair) for pair in _items(data["named"])),
        unnamed=_count(data["unnamed"]),
        head=tuple(_texts(row) for row in _items(data["head"])),
        tail=tuple(_texts(row) for row in _items(data["tail"])),
    )


def _column(data: dict[str, Any]) -> Column:
    return Column(name=_text(data["name"]), dtype=_text(data["dtype"]), numeric=data["numeric"] is True)


def _hidden(pair: Any) -> Column:
    name, dtype = _texts(pair)
    return Column(name=name, dtype=dtype)


def _texts(data: Any) -> tuple[str, ...]:
    return tuple(_text(item) for item in _items(data))


def _items(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise TypeError(f"not a list: {data!r:.100}")
    return data


def _text(data: Any) -> str:
    if not isinstance(data, str):
        raise TypeError(f"not a text: {data!r:.100}")
    return data


def _count(data: Any) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or data < 0:
        raise ValueError(f"not a number of things: {data!r:.100}")
    return data
