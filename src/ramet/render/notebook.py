"""A session's cells as a Jupyter notebook: code, outputs in all their MIME forms, and how each cell ended.

https://nbformat.readthedocs.io/en/latest/format_description.html describes the format, 4.5 here.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from ramet.model.cell import last_words
from ramet.model.outcome import Completed, Raised, Running
from ramet.model.output import Display, Omitted, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ramet.model.cell import Result
    from ramet.model.past import PastCell

_ABOUT = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}


def notebook(cells: Sequence[PastCell], limit: int = 20_000_000) -> str:
    """The notebook as JSON, without cells that were undone or never ran.

    In about `limit` characters: older outputs are left out, and their cells say so. Code is always whole.
    """
    made: list[dict[str, Any]] = []
    room = limit
    for past in reversed(cells):
        if past.undone or past.result.cell is None:
            continue
        cell = _cell(past, _outputs(past.result))
        room -= len(_json(cell))
        if room < 0:
            cell = _cell(past, [_stream("stdout", "[what this cell showed is left out]\n")])
        made.append(cell)
    text = _json({"nbformat": 4, "nbformat_minor": 5, "metadata": _ABOUT, "cells": made[::-1]})
    return text.encode("utf-8", "backslashreplace").decode() + "\n"  # half of a pair is an escape in JSON, too


def _cell(past: PastCell, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": f"cell-{past.serial}",
        "metadata": {},
        "execution_count": past.result.cell,
        "source": past.result.code,
        "outputs": outputs,
    }


def _outputs(result: Result) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for output in result.visible:
        match output:
            case Text(text=text, stream=name):
                _print(made, name, text)
            case Omitted(stream=name):
                _print(made, name, f"{output}\n")
            case Display(kind="result", value=value):
                count = {"execution_count": result.cell}
                made.append({"output_type": "execute_result", **count, **_bundle(value.data, value.metadata)})
            case Display(value=value):
                made.append({"output_type": "display_data", **_bundle(value.data, value.metadata)})
    return [*made, *_ending(result)]


def _ending(result: Result) -> list[dict[str, Any]]:
    """How the cell failed, if it did, as the format tells of exceptions."""
    match result.outcome:
        case Completed() | Running():
            return []
        case Raised(error=error):
            name, message = error.type, error.message
        case outcome:
            name, message = type(outcome).__name__, str(outcome)
    lines = last_words(result.outcome).splitlines()
    return [{"output_type": "error", "ename": name, "evalue": message, "traceback": lines}]


def _print(made: list[dict[str, Any]], name: str, text: str) -> None:
    """Add printed text, to what is there of the same stream if nothing came between."""
    if made and made[-1]["output_type"] == "stream" and made[-1]["name"] == name:
        made[-1]["text"] += text
    else:
        made.append(_stream(name, text))


def _stream(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def _bundle(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "data": {
            mime: base64.b64encode(form).decode("ascii") if isinstance(form, bytes) else form
            for mime, form in data.items()
        },
        "metadata": dict(metadata),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
