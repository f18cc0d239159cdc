"""What the zygote does ahead of its sessions besides importing: the slow first time of things that most of them do."""

from __future__ import annotations

import io
import sys
from typing import Any, Callable

_TIMES = 12


def repeat(action: Callable[[], object]) -> None:
    """Do `action` as often as it takes the interpreter to specialise its bytecode, which happens in place.

    Done here, it is shared with all sessions; done in a session, it costs that session the pages it changes.
    """
    for _ in range(_TIMES):
        action()


def after_import(name: str) -> None:
    """Do the slow first time of module `name`, which has just been imported."""
    action = _ACTIONS.get(name)
    if action is not None:
        action(sys.modules[name])


def _draw_a_figure(_pyplot: Any) -> None:
    """Load fonts and the renderer, without pyplot's own state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([0, 1], label="warm")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


def _show_a_frame(pandas: Any) -> None:
    """Load what formats tables."""
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    repeat(lambda: (repr(frame), frame.to_html()))


_ACTIONS: dict[str, Callable[[Any], None]] = {"matplotlib.pyplot": _draw_a_figure, "pandas": _show_a_frame}
