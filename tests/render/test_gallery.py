"""The page that shows what replies look like."""

from __future__ import annotations

import sys
from difflib import unified_diff

import pytest
from support import ROOT


def test_the_page_shows_what_replies_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """`tools/render_gallery.py` was run after the last change of what a reply says."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed here")
    pandas = pytest.importorskip("pandas", reason="pandas is not installed here")
    if int(pandas.__version__.partition(".")[0]) < 3:
        pytest.skip("older versions of pandas have another type for text")
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import render_gallery  # type: ignore[import-not-found]

    written = render_gallery.TARGET.read_text(encoding="utf-8").partition(render_gallery.COMPARISON)[0].rstrip()
    made = render_gallery.gallery().rstrip()
    for name in ("render_gallery", "gallery_examples"):
        sys.modules.pop(name)
    assert not "\n".join(unified_diff(written.split("\n"), made.split("\n"), lineterm=""))
