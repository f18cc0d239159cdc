"""What a shown value is: the facts of a picture or of a table, and the forms that it does not offer itself."""

from __future__ import annotations

from typing import Any, NamedTuple

from . import charts, tables

#: Under this name the facts travel in a value's metadata until they are sent.
ABOUT = "ramet/about"


class Portrait(NamedTuple):
    """`about` is None, or has the facts under "chart" or "table"; `forms` are to be added to the value's own."""

    about: dict[str, Any] | None
    forms: dict[str, bytes | str]


def portray(value: object) -> Portrait:
    """The facts and further forms of `value`. Costs nearly nothing for what is neither picture nor table."""
    return of_picture(charts.portray(value)) or Portrait(_table(value), {})


def of_picture(picture: charts.Portrait) -> Portrait | None:
    """The portrait of what is known to be a picture; None if it is none."""
    if picture.about is None and not picture.forms:
        return None
    return Portrait({"chart": picture.about} if picture.about is not None else None, picture.forms)


def describe_picture(value: object) -> dict[str, Any] | None:
    """The facts alone, for a picture whose forms are made already."""
    facts = charts.describe(value)
    return {"chart": facts} if facts is not None else None


def _table(value: object) -> dict[str, Any] | None:
    facts = tables.describe(value)
    return {"table": facts} if facts is not None else None
