"""One shown value: the form of it that a reader of text gets, and its picture."""

from __future__ import annotations

import base64
import re
from functools import partial
from typing import TYPE_CHECKING

from ramet.model.chart import Chart
from ramet.model.table import Table
from ramet.render import chart, table
from ramet.render.bounds import bounded
from ramet.render.html import to_markdown
from ramet.render.image import Image, fit
from ramet.render.media import media
from ramet.render.reading import PLAIN
from ramet.render.terminal import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ramet.model.output import RichValue
    from ramet.render.reading import Reading

#: Pictures that a reader may be able to look at, the best one first.
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

#: Sound and moving pictures that are in the HTML for their player, which a reader of text is not told about.
_PLAYED = re.compile(r"""<(?:source|audio|video)\b[^<>]{0,500}?\ssrc=["']data:(\w+/[\w.+-]+);base64,([\w+/]*=*)["']""")

#: What plotting functions return, such as `[<matplotlib.lines.Line2D at 0x7f12>]`: parts of what is drawn.
_DRAWN = re.compile(
    r"(?:(?:array)?[\[(\s]*(?:<matplotlib\.[\w.]+(?: object)? at 0x[0-9a-f]+>|<Axes3?D?:[^<>]*>|Text\(.*\))"
    r"[\]),\s]*(?:dtype=object\))?)+"
)

#: What tells nothing but the class and the address of an object.
_EMPTY = re.compile(r"<[\w.]+(?: object)?(?: at 0x[0-9a-f]+)?>|<Figure size [^>]*>|<Plotly figure>")

_LONGEST_NAMES = 2000

#: Richer than such a text, in the order of their worth for who reads text.
_TEXTUAL = (
    "text/markdown", "text/latex", "application/geo+json", "application/json", "text/vnd.graphviz", "image/svg+xml",
    "application/javascript", "application/pdf", "audio/wav", "audio/mpeg", "video/mp4",
)  # fmt: skip


def picture(value: RichValue) -> Image:
    """The picture of `value`, which has one. Its data are empty if it could not be used; the note says why."""
    mime, content = next(_pictures(value))
    return fit(content, mime)


def has_picture(value: RichValue) -> bool:
    """Whether `value` has a form that could be looked at."""
    return not value.data.keys().isdisjoint(_PICTURES) and any(_pictures(value))


def is_drawn(value: RichValue) -> bool:
    """Whether `value` is nothing but a part of a picture, which says more than its name and address."""
    return value.about is None and len(value.text) < _LONGEST_NAMES and _DRAWN.fullmatch(value.text) is not None


def words(value: RichValue, limit: int, *, handle: str, line: int = 1, reading: Reading = PLAIN) -> str:
    """`value` as text of at most about `limit` characters, its picture left out; empty if it says nothing.

    What is left out of its plain form can be read under `handle`, where it begins in line `line`; `reading` says how.
    """
    plain = partial(_plain, value, handle=handle, line=line, reading=reading)
    if isinstance(value.about, Table):
        told = table.as_text(value.about, limit)
        if value.about.own_text and value.text:
            told += f"\n{plain(max(limit - len(told) - 1, 0))}"
        return told
    if isinstance(value.about, Chart):
        return chart.as_text(value.about, min(limit, 1000))
    if value.text and not _EMPTY.fullmatch(value.text.strip()):
        return plain(limit)
    html = value.data.get("text/html")
    if isinstance(html, str):
        return _played(html) or bounded(to_markdown(html) or value.text, limit).text
    for mime in _TEXTUAL:
        if mime in value.data:
            return media(mime, value.data[mime], limit)
    if has_picture(value):
        return ""
    others = [mime for mime in value.data if mime != "text/plain" and mime not in _PICTURES]
    return value.text[:limit] or "\n".join(media(mime, value.data[mime], limit // len(others)) for mime in others)


def _pictures(value: RichValue) -> Iterator[tuple[str, bytes]]:
    for mime in _PICTURES:
        content = value.data.get(mime)
        if isinstance(content, bytes):
            yield mime, content


def _plain(value: RichValue, limit: int, *, handle: str, line: int, reading: Reading) -> str:
    text = resolve(value.text)
    return bounded(text, limit, handle=handle, first_line=line, reading=reading).text


def _played(html: str) -> str:
    """What is embedded in the HTML of a player, empty if it is none."""
    found = _PLAYED.search(html)
    return media(found.group(1), base64.b64decode(found.group(2) + "==")) if found else ""
