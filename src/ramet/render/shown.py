"""One shown value: the form of it that a reader of text gets, and its picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ramet.model.chart import Chart
from ramet.model.table import Table
from ramet.render import chart, table
from ramet.render.html import to_markdown
from ramet.render.image import Image, fit
from ramet.render.media import media
from ramet.render.terminal import resolve

if TYPE_CHECKING:
    from ramet.model.output import RichValue

#: Pictures that a reader may be able to look at, the best one first.
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

#: What tells nothing but the class and the address of an object.
_EMPTY = re.compile(r"<[\w.]+(?: object)?(?: at 0x[0-9a-f]+)?>|<Figure size [^>]*>|<Plotly figure>")

#: Richer than such a text, in the order of their worth for who reads text.
_TEXTUAL = (
    "text/markdown", "text/latex", "application/geo+json", "application/json", "text/vnd.graphviz", "image/svg+xml",
    "application/javascript", "application/pdf", "audio/wav", "audio/mpeg", "video/mp4",
)  # fmt: skip


def picture(value: RichValue) -> Image | None:
    """The picture of `value`, None if it has none. Its data are empty if it could not be used; the note says why."""
    for mime in _PICTURES:
        content = value.data.get(mime)
        if isinstance(content, bytes):
            return fit(content, mime)
    return None


def words(value: RichValue, limit: int) -> str:
    """`value` as text of at most about `limit` characters, its picture left out; empty if it says nothing."""
    if isinstance(value.about, Table):
        told = table.as_text(value.about, limit)
        return f"{told}\n{resolve(value.text)}" if value.about.own_text and value.text else told
    if isinstance(value.about, Chart):
        return chart.as_text(value.about, min(limit, 1000))
    if value.text and not _EMPTY.fullmatch(value.text.strip()):
        return resolve(value.text)
    html = value.data.get("text/html")
    if isinstance(html, str):
        return to_markdown(html) or value.text
    for mime in _TEXTUAL:
        if mime in value.data:
            return media(mime, value.data[mime], limit)
    others = [mime for mime in value.data if mime != "text/plain" and mime not in _PICTURES]
    return value.text or "\n".join(media(mime, value.data[mime], limit) for mime in others)
