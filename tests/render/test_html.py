"""HTML for readers: tables that align, nothing that runs or loads."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from ramet.render.html import sanitised, to_markdown


def test_a_frame_becomes_an_aligned_table() -> None:
    """A pipe in a cell stays in its cell."""
    frame = pd.DataFrame({"hp": [130, 5], "na|me": ["Chevrolet", "a <b>"]})
    assert to_markdown(frame.to_html()).split("\n") == [
        "|   | hp  | na\\|me    |",
        "| --- | --- | --------- |",
        "| 0 | 130 | Chevrolet |",
        "| 1 | 5   | a <b>     |",
    ]


def test_what_is_not_text_is_dropped() -> None:
    """Scripts, styles, hidden parts, the head of the page and the data of pictures."""
    html = (
        "<head><title>t</title><style>p{}</style></head><h1>Title</h1><script>bad()</script>"
        "<p>some <b>bold</b> <a href='u'>link</a> a_b</p><p style='display:none'>hidden</p>"
        "<img alt='a plot' src='data:image/png;base64,AAAA'><ul><li>one<li>two</ul><pre>x  = 1</pre>"
    )
    shown = "# Title\n\nsome **bold** [link](u) a_b\n\na plot\n\n- one\n- two\n\n```\nx  = 1\n```"
    assert to_markdown(html) == shown


def test_only_the_beginning_of_huge_html_is_converted() -> None:
    """The end says so."""
    assert to_markdown("x" * 2_000_010).endswith("x\n\n... 10 more characters of HTML are left out ...")
    assert sanitised("x" * 2_000_010).endswith("x\n\n... 10 more characters of HTML are left out ...")


@pytest.mark.parametrize(
    "html", ["<div>" * 300_000 + "end", "<div></b>" * 50_000 + "end", "<b>" * 300_000 + "end &amp; <"]
)
def test_endless_nesting_becomes_plain_text(html: str) -> None:
    """In a moment, and nothing is lost."""
    before = time.process_time()
    assert to_markdown(html).startswith("end")
    assert sanitised(html).startswith("<pre>end")
    assert time.process_time() - before < 5


def test_harmless_html_is_kept() -> None:
    """Tables with their spans, links, pictures that bring their data."""
    html = '<table><tbody><tr><td colspan="2">c</td></tr></tbody></table><img src="data:image/png;base64,AA">'
    assert sanitised(html) == html
    assert sanitised("<a href='https://example.org'>x</a>").startswith('<a href="https://example.org"')


@pytest.mark.parametrize(
    "html",
    [
        "<script>evil()</script>",
        "<p onclick='evil()' style='background:url(http://evil)'>",
        "<img src='http://evil/x.png' srcset='http://evil 2x' onerror='evil()'>",
        "<img src=' DATA:text/html,evil'>",
        "<a href='javascript:evil()'>",
        "<a href=' data:text/html,evil'>",
        "<a href='java\nscript:evil()'>",
        "<svg onload='evil()'><image href='http://evil'></svg>",
        "<iframe src='//evil'></iframe><object data='evil'></object><embed src='evil'>",
        "<link rel='stylesheet' href='evil'><style>@import 'evil'</style><base href='//evil'>",
        "<form action='evil'><input formaction='evil'></form>",
        "<table background='http://evil'><tr><td></table><video poster='http://evil' src='evil'></video>",
        "<meta http-equiv='refresh' content='0;evil'>",
    ],
)
def test_nothing_runs_and_nothing_loads(html: str) -> None:
    """Whatever would do so is gone."""
    clean = sanitised(html)
    assert "evil" not in clean
    assert not any(word in clean.lower() for word in ("<script", "<style", "src", "href", "data:", " on"))
