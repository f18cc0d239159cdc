"""The IPython shell: `InteractiveShell` itself, as `interactive` has adapted it.

Its history database and that database's thread stay off (a session does not outlive its history), and `Out` is capped,
because it keeps every frame alive that was ever shown.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

import IPython
from traitlets.config import Config

from ..facts import figures
from .interactive import Exit, Interactive, formatted
from .shell import Shell, cell_name, encoding_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from .display import Displays

_OUT_KEPT = 100


class IPythonShell(Shell):
    """Runs cells through `InteractiveShell.run_cell`."""

    name = "ipython"
    version = IPython.__version__

    def __init__(self, displays: Displays, send_traceback: Callable[[str], None]) -> None:
        super().__init__(displays)
        self._send_traceback = send_traceback
        self._shown: tuple[BaseException, str] | None = None
        Interactive.displays = displays
        Interactive.on_traceback = staticmethod(self._on_traceback)
        Interactive.before_traceback = staticmethod(lambda: self.before_traceback())
        previous = sys.modules["__main__"]
        self._ip = Interactive.instance(config=_config(), user_module=self.main, user_ns=self.namespace)
        sys.modules["__main__"] = previous
        self.completer = self._ip.Completer
        self._ip.exiter = self.namespace["exit"] = self.namespace["quit"] = Exit(self._ip)
        self._ip.display_formatter.formatters["image/png"].for_type_by_name(
            "matplotlib.figure", "Figure", self._figure_png
        )
        self._ip.display_formatter.active_types = list(self._ip.display_formatter.format_types)
        # The outcome says it better than this advice for people at a terminal.
        warnings.filterwarnings("ignore", message="To exit: use 'exit'")

    def install(self, first_cell: int, runner: Any) -> None:
        super().install(first_cell, runner)
        self._hidden |= {"In", "Out", "exit", "quit", "open", "get_ipython"}
        self._ip.loop_runner = runner
        Interactive.on_code = staticmethod(self.on_code)
        self._ip.execution_count = first_cell
        self._pad_history(first_cell)

    def warm(self) -> None:
        """Run a cell, show a value and format a traceback, with no trace of it left."""
        self._ip.run_cell("None", store_history=False, silent=True)
        self._ip.display_formatter.format(0)
        try:
            raise ValueError  # noqa: TRY301 - there must be a traceback to format
        except ValueError as error:
            self._ip.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)

    def adopt(self) -> None:
        """The event loop of `%%bash` and its like runs in a thread; without it the next of them makes another."""
        scripts = self._ip.magics_manager.registry.get("ScriptMagics")
        if scripts is not None:
            finalizer = getattr(scripts, "_event_loop_finalizer", None)
            if finalizer is not None:
                finalizer.detach()  # it would wait for the thread
                scripts._event_loop_finalizer = None  # noqa: SLF001 - IPython has no word for this
            scripts.event_loop = None

    @property
    def cell(self) -> int:
        count: int = self._ip.execution_count
        return count

    def run(self, code: str) -> BaseException | None:
        number = self._ip.compile.number = self.cell
        self._shown = None
        try:
            problem = encoding_problem(code, cell_name(number))
            if problem is not None:
                return problem
            result = self._ip.run_cell(code, store_history=True)
        except BaseException as error:  # noqa: BLE001 - an interrupt may land in IPython's own code around the cell
            return error
        else:
            self.value = result.result
            raised: BaseException | None = result.error_before_exec or result.error_in_exec
            return raised
        finally:
            # A blank cell, or one interrupted in IPython's own code, is not counted by IPython; every cell is by us.
            if self._ip.execution_count == number:
                self._ip.execution_count = number + 1
            self._pad_history(number + 1)
            self._forget_input(number - _OUT_KEPT)

    def traceback_text(self, error: BaseException) -> str:
        if self._shown is not None and self._shown[0] is error:
            return self._shown[1]
        return formatted(error)

    def _on_traceback(self, error: BaseException, text: str) -> None:
        """Send every traceback where it appears; the reader drops the one that turns out to be the outcome."""
        if isinstance(error, SystemExit):
            return  # not an error here
        self._shown = (error, text)
        self._send_traceback(text)

    def _forget_input(self, number: int) -> None:
        """Drop the variable `_i<number>`; `In` has the text. IPython would keep one for every cell, for ever."""
        for namespace in (self.namespace, self._ip.user_ns_hidden):
            namespace.pop(f"_i{number}", None)

    def _pad_history(self, length: int) -> None:
        """Keep `In[n]` the source of cell n."""
        history = self._ip.history_manager
        for inputs in (history.input_hist_parsed, history.input_hist_raw):
            inputs.extend([""] * (length - len(inputs)))

    def _figure_png(self, figure: Any) -> bytes:
        return figures.form(figure) or b""


def _config() -> Config:
    config = Config()
    config.HistoryManager.enabled = False
    config.Completer.use_jedi = False  # it knows code that has not run, but takes ten times as long
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = _OUT_KEPT
    config.InteractiveShell.separate_in = ""
    config.InteractiveShell.xmode = "Context"
    return config
