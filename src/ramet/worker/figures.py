"""Matplotlib figures: rendered to PNG at `plt.show()` or at the end of the cell, then closed.

This module is also the matplotlib backend (`module://_ramet_worker.figures`): Agg, whose `show` shows in the session.
Matplotlib itself is imported by user code or by the preload list, never from here on our own account.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .display import Displays

BACKEND = f"module://{__name__}"

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
    """`figure` as PNG, cropped to its content as in notebooks."""
    buffer = io.BytesIO()
    canvas = figure.canvas
    canvas.print_figure(buffer, format="png", bbox_inches="tight", dpi=figure.dpi)
    return buffer.getvalue()


def flush() -> None:
    """Show every open pyplot figure that the cell has not shown itself, and close them all."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    if pyplot is None or helpers is None or _displays is None:
        return
    managers = helpers.Gcf.get_all_fig_managers()
    if not managers:
        return
    try:
        for manager in managers:
            figure = manager.canvas.figure
            if id(figure) not in _displays.figures_shown and (figure.axes or figure.get_children()[1:]):
                _displays.show({"text/plain": str_of(figure), "image/png": png(figure)})
    finally:
        pyplot.close("all")


def str_of(figure: Any) -> str:
    """The line that stands for a figure where there are no pictures."""
    return str(repr(figure))


def show(*_args: object, **_options: object) -> None:
    """`plt.show()`: the figures appear here instead of at the end of the cell."""
    flush()


def __getattr__(name: str) -> Any:
    """The classes that matplotlib asks a backend for, made when it asks."""
    if name not in ("FigureCanvas", "FigureManager"):
        raise AttributeError(name)
    from matplotlib.backend_bases import FigureManagerBase
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    class FigureManager(FigureManagerBase):  # type: ignore[misc, unused-ignore]  # untyped, if installed at all
        @classmethod
        def pyplot_show(cls, *, block: bool | None = None) -> None:  # noqa: ARG003 - matplotlib's signature
            flush()

    class FigureCanvas(FigureCanvasAgg):  # type: ignore[misc, unused-ignore]
        manager_class = FigureManager

    globals().update(FigureCanvas=FigureCanvas, FigureManager=FigureManager)
    return globals()[name]
