"""How Plotly shows in a session: `fig.show()`, and a figure that is a result, once each and with all forms.

By itself Plotly would print 5 MB of scripts, twice, and a traceback where a package for notebooks is missing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from . import charts, portraits

if TYPE_CHECKING:
    from collections.abc import Callable

#: The module after whose import `choose_renderer` is to be called.
MODULE = "plotly.io._renderers"


def choose_renderer(module: Any, show: Callable[[portraits.Portrait], None]) -> None:
    """Make `show` get every figure that Plotly would show, unless the environment names a renderer."""
    if os.environ.get("PLOTLY_RENDERER"):
        return

    class Renderer(module.ExternalRenderer):  # type: ignore[misc]  # found in the user's interpreter
        def render(self, fig_dict: dict[str, Any]) -> None:
            about, forms = charts.portray_as("plotly", fig_dict)
            show(portraits.Portrait({"chart": about} if about else None, {"text/plain": "<Plotly figure>", **forms}))

    module.renderers["ramet"] = Renderer()
    module.renderers.default = "ramet"
