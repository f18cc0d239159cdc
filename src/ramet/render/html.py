"""HTML for readers: as Markdown for those who read text, made harmless for those who see a page.

Markdown comes from html-to-markdown, sanitised pages from nh3, both written in Rust: a table of 60,000 cells takes some
0.1 s. markdownify takes ten times as long, and fails on deep nesting; html2text is under the GPL.

Neither of the two likes nesting without end: the first returns nothing, the second takes quadratic time. Such HTML was
made to harm, and becomes its plain text.
"""

from __future__ import annotations

import html as entities
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from html_to_markdown import ConversionOptions

#: Of longer HTML only so many characters are looked at.
_MOST = 2_000_000
#: HTML nested deeper than this becomes plain text.
_DEEPEST = 1000

#: No attack on `[^<>]*`: it ends at each `<`.
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*)[^<>]*>")
#: Elements that often have no end tag, and do not nest in themselves.
_UNPAIRED = re.compile("area|br|col|dd|dt|hr|img|input|li|link|meta|option|p|tbody|td|tfoot|th|thead|tr|wbr")


def to_markdown(html: str) -> str:
    """`html` as Markdown: tables aligned; scripts, styles, hidden parts and the data of pictures left out.

    Of more than 2 million characters of HTML the first are converted, and the last line says that there are more.
    """
    from html_to_markdown import convert

    part = html[:_MOST]
    markdown = _plain(part) if _is_too_deep(part) else convert(part, _options()).content or ""
    return markdown.strip("\n") + _more(html)


def sanitised(html: str) -> str:
    """`html` for a page of ours: without scripts, event handlers, styles, forms, and anything loaded from elsewhere.

    Pictures stay if their data are in the HTML; links stay and open nothing by themselves. Of more than 2 million
    characters the first are kept, and the end says that there are more.
    """
    import nh3

    part = html[:_MOST]
    if _is_too_deep(part):
        return f"<pre>{entities.escape(_plain(part))}</pre>{_more(html)}"
    clean = nh3.clean(
        part,
        attributes=nh3.ALLOWED_ATTRIBUTES | {"img": {"alt", "height", "src", "width"}},
        url_schemes={"data", "http", "https", "mailto"},
        attribute_filter=_harmless,
    )
    return clean + _more(html)


def _more(html: str) -> str:
    """What to say of the HTML that was not looked at."""
    return f"\n\n... {len(html) - _MOST:,} more characters of HTML are left out ..." if len(html) > _MOST else ""


def _is_too_deep(html: str) -> bool:
    """Whether elements are nested beyond what pages are; end tags count only for what they can end."""
    if html.count("<") <= _DEEPEST:
        return False
    open_tags: list[str] = []
    for end, name in _TAG.findall(html):
        if not end and not _UNPAIRED.fullmatch(name.lower()):
            open_tags.append(name.lower())
            if len(open_tags) > _DEEPEST:
                return True
        elif end and open_tags and open_tags[-1] == name.lower():
            open_tags.pop()
    return False


def _harmless(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute, or None where it would load something or is no address to click on."""
    inline = value.lstrip().lower().startswith("data:")
    if tag == "img" and name == "src":
        return value if inline and value.lstrip().lower().startswith("data:image/") else None
    return None if inline and name in ("href", "cite") else value


def _plain(html: str) -> str:
    """The text of `html` and nothing else."""
    return entities.unescape(_TAG.sub("", html)).strip()


@cache
def _options() -> ConversionOptions:
    from html_to_markdown import ConversionOptions

    return ConversionOptions(
        br_in_tables=True,
        extract_metadata=False,  # it would be put in front as YAML
        infer_dimensions=False,
        inline_data_media="alt_text_only",
    )
