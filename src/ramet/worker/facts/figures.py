"""Matplotlib figures: rendered to PNG at `plt.show()` or at the end of the cell, then closed.

This module is also the matplotlib backend (`module://_ramet_worker.facts.figures`): Agg, whose `show` shows
in the session. Matplotlib itself is imported by user code or by the preload list, never from here on our own account.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..shells.display import Displays

BACKEND = f"module://{__name__}"

#: More pixels than that no reader looks at; a figure of 30,000 would take gigabytes to draw.
_SIDE_MAX = 2000
_PIXELS_MAX = 40_000_000
#: With less, letters would be smaller than a pixel, which matplotlib refuses.
_DPI_MIN = 12

_displays: Displays | None = None


def install(displays: Displays) -> None:
    """Send figures to `displays` from now on."""
    global _displays
    _displays = displays


def choose_backend(matplotlib: Any) -> None:
    """Make this the backend, unless the environment names one."""
    if not os.environ.get("MPLBACKEND"):
        matplotlib.use(BACKEND)


def png(figure: Any) -> bytes:
    """`figure` as PNG, cropped to its content as in notebooks, of about `_SIDE_MAX` pixels a side at most."""
    usual = figure.dpi
    try:
        figure.dpi = dpi = _resolution(usual, *figure.get_size_inches())
        area = _content(figure)
    finally:
        figure.dpi = usual
    if area != "tight":
        dpi = _resolution(dpi, area.width, area.height)
    buffer = io.BytesIO()
    figure.canvas.print_figure(buffer, format="png", bbox_inches=area, dpi=dpi)
    return buffer.getvalue()


def _content(figure: Any) -> Any:
    """What a tight crop would leave, in inches, but not further out of the figure than its own size.

    Something drawn far outside would otherwise make a picture of gigabytes.
    """
    matplotlib = sys.modules["matplotlib"]
    if getattr(matplotlib, "__version_info__", (0,)) < (3, 6):
        return "tight"  # it cannot be asked without a renderer
    figure.draw_without_rendering()
    tight = figure.get_tightbbox().padded(matplotlib.rcParams["savefig.pad_inches"])
    width, height = figure.get_size_inches()
    bounds = type(tight)
    return bounds.intersection(tight, bounds.from_bounds(-width, -height, 3 * width, 3 * height)) or tight


def _resolution(dpi: float, width: float, height: float) -> float:
    """`dpi`, or less for what would be too large: the sides are in inches. ValueError if nothing helps."""
    bounded = min(dpi, max(_DPI_MIN, _SIDE_MAX / max(width, height, 0.01)))
    if width * height * bounded**2 > _PIXELS_MAX:
        raise ValueError(f"a figure of {width:.0f} by {height:.0f} inches is too large to be drawn")
    return bounded


def form(value: object) -> bytes | None:
    """The PNG form of `value` if it is a figure, for a result; it is not shown again at the end of the cell."""
    module = sys.modules.get("matplotlib.figure")
    if module is None or _displays is None or not isinstance(value, module.Figure):
        return None
    _displays.figures_shown.add(value)
    return png(value)


def flush(*, shown_too: bool = False) -> None:
    """Show every open pyplot figure, but those that the cell has shown itself unless `shown_too`; close them all."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    if pyplot is None or helpers is None or _displays is None:
        return
    managers = helpers.Gcf.get_all_fig_managers()
    if not managers:
        return
    from . import portraits  # which shows animations by way of this module

    try:
        for manager in managers:
            figure = manager.canvas.figure
            if not shown_too and figure in _displays.figures_shown:
                continue
            if figure.axes or figure.get_children()[1:]:  # the first child is the background
                picture = {"text/plain": repr(figure), "image/png": png(figure)}
                _displays.show(picture, about=portraits.describe_picture(figure))
    finally:
        pyplot.close("all")


def show(*_args: object, **_options: object) -> None:
    """`plt.show()`: the figures appear here instead of at the end of the cell."""
    flush(shown_too=True)


def __getattr__(name: str) -> Any:
    """The classes that matplotlib asks a backend for, made when it asks."""
    if name not in ("FigureCanvas", "FigureManager"):
        raise AttributeError(name)
    from matplotlib.backend_bases import FigureManagerBase
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    class FigureManager(FigureManagerBase):  # type: ignore[misc, unused-ignore]  # untyped, if installed at all
        @classmethod
        def pyplot_show(cls, *, block: bool | None = None) -> None:  # noqa: ARG003 - matplotlib's signature
            flush(shown_too=True)

    class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc, unused-ignore]
        manager_class = FigureManager

    globals().update(FigureCanvas=FigureCanvas, FigureManager=FigureManager)
    return globals()[name]
