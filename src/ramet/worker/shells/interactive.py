"""IPython with the terminal taken out: its own classes, with what they show led into the stream."""

from __future__ import annotations

import builtins
import codeop
import contextlib
import sys
import traceback
import warnings
from typing import TYPE_CHECKING, Any

from IPython.core.autocall import ExitAutocall
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type

from ..facts import figures, portraits
from ..failures.failure import after_own, cell_traceback, hide_own_tail
from ..provenance import is_cell
from .shell import remember_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from .display import Displays

_PLAIN_TYPES = frozenset({int, float, bool, complex, str, bytes})
_REPR_KEPT = 10_000
_GROUPS: tuple[type[BaseException], ...] = tuple(filter(None, [getattr(builtins, "BaseExceptionGroup", None)]))

#: Of a traceback that IPython does not write, at most so many lines at either end.
_TRACEBACK_HALF = 60


class _Compiler(CachingCompiler):  # type: ignore[misc]  # IPython's classes are untyped for us
    """Names cells `cell 3`, in tracebacks too."""

    number = 0

    def __init__(self) -> None:
        super().__init__()
        # With it, all that ends too early is "incomplete input", and not "'(' was never closed".
        self.flags &= ~getattr(codeop, "PyCF_ALLOW_INCOMPLETE_INPUT", 0)

    def cache(self, transformed_code: str, number: int = 0, raw_code: str | None = None) -> str:  # noqa: ARG002
        return remember_source(self.number, transformed_code)

    def format_code_name(self, name: str) -> tuple[str, str] | None:
        if is_cell(name):
            return ("Cell", name[5:])
        return None


class _DisplayHook(DisplayHook):  # type: ignore[misc]
    """Shows a cell's result as a bundle instead of printing it after `Out[n]:`."""

    def start_displayhook(self) -> None:
        """Print nothing ahead of a result."""

    def write_output_prompt(self) -> None:
        """Print no prompt."""

    def finish_displayhook(self) -> None:
        """Print nothing after a result."""

    def compute_format_data(self, result: Any) -> Any:
        """As IPython, but for plain values ask only for their text: nothing else has a form for them."""
        if type(result) in _PLAIN_TYPES:
            formatters = self.shell.display_formatter.formatters
            if not any(type(result) in formatters[mime].type_printers for mime in formatters if mime != "text/plain"):
                return {"text/plain": formatters["text/plain"](result)}, {}
        return super().compute_format_data(result)

    def log_output(self, format_dict: dict[str, Any]) -> None:
        """Keep what `%history -o` shows, in short; IPython would keep every bundle for the life of the session."""
        text = format_dict.get("text/plain")
        self.shell.history_manager.output_hist_reprs[self.prompt_count] = (
            text[:_REPR_KEPT] if isinstance(text, str) else ""
        )

    def cull_cache(self) -> None:
        """Forget the oldest results without a warning: that `Out` is capped is documented."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            super().cull_cache()

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.shell.displays.show(format_dict, md_dict, kind="result")


class _DisplayFormatter(DisplayFormatter):  # type: ignore[misc]
    """Adds what a value is about, and the forms that it lacks."""

    def format(self, obj: Any, *args: Any, **options: Any) -> Any:
        data, metadata = super().format(obj, *args, **options)
        if not data:  # it has displayed itself
            return data, metadata
        portrait = portraits.portray(obj)
        if portrait.about is not None:
            metadata = {**metadata, portraits.ABOUT: portrait.about}
        return {**data, **portrait.forms}, metadata


class _DisplayPublisher(DisplayPublisher):  # type: ignore[misc]
    """Sends what `display()` publishes."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: object = None,  # noqa: ARG002 - kept by IPython for old callers
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_options: object,
    ) -> None:
        display_id = (transient or {}).get("display_id")
        self.shell.displays.show(data, metadata, kind="update" if update else "display", display_id=display_id)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.displays.clear(wait)


class Interactive(InteractiveShell):  # type: ignore[misc]
    """IPython with the terminal taken out."""

    displayhook_class = Type(_DisplayHook)
    display_pub_class = Type(_DisplayPublisher)
    compiler_class = Type(_Compiler)
    displays: Displays
    on_traceback: Callable[[BaseException, str], None]
    on_code: Callable[[], None]

    async def run_code(self, code_obj: Any, *args: Any, **options: Any) -> Any:
        self.on_code()
        return await super().run_code(code_obj, *args, **options)

    def init_display_formatter(self) -> None:
        self.display_formatter = _DisplayFormatter(parent=self)
        self.configurables.append(self.display_formatter)
        # By itself a graph prints a traceback where Graphviz's programs are missing; its forms come from `charts`.
        self.display_formatter.mimebundle_formatter.for_type_by_name("graphviz.graphs", "BaseGraph", _no_bundle)

    def init_hooks(self) -> None:
        super().init_hooks()
        self.set_hook("show_in_pager", _print_page, 99)

    def enable_gui(self, gui: str | None = None) -> None:
        """Accept `%gui` and `%matplotlib` without a screen: there is no window system to join."""

    def enable_matplotlib(self, gui: str | None = None) -> Any:
        """`%matplotlib inline` is what a session does by itself; other names go to matplotlib."""
        if gui not in (None, "auto", "inline"):
            return super().enable_matplotlib(gui)
        import matplotlib

        matplotlib.use(figures.BACKEND)
        return gui, figures.BACKEND

    def show_usage_error(self, exc: BaseException) -> None:
        self.on_traceback(exc, f"UsageError: {exc}\n")

    def system_raw(self, cmd: str) -> None:
        self.displays.streams.flush()  # type: ignore[union-attr]  # set before any cell runs
        super().system_raw(cmd)

    system = system_raw

    def showtraceback(self, *args: Any, **options: Any) -> None:
        self.before_traceback()
        error = sys.exc_info()[1]
        if error is not None:
            hide_own_tail(error)
            # A group IPython would print by itself, past what the outcome is recognised by. Over endless recursion it
            # takes seconds, and the plain traceback says as well how often a line was repeated.
            if _has_group(error) or isinstance(error, RecursionError):
                self._get_exc_info()  # for %debug
                self.on_traceback(error, _without_middle(formatted(error)))
                return
        super().showtraceback(*args, **options)

    def _tee(self, channel: str) -> Any:  # noqa: ARG002 - IPython's signature
        """Keep no second copy of all that is printed, as IPython 9 would."""
        return contextlib.nullcontext()

    def _format_exception_for_storage(self, *_args: object, **_options: object) -> dict[str, Any]:
        """Store no second copy of every traceback; IPython's own fails on an exception that cannot be printed."""
        return {}

    def _showtraceback(self, etype: type, evalue: BaseException, stb: Any) -> None:  # noqa: ARG002
        self.on_traceback(evalue, self.InteractiveTB.stb2text(stb))


class Exit(ExitAutocall):  # type: ignore[misc]
    """`exit` and `quit`, with or without parentheses and a code: end the cell."""

    def __call__(self, code: object = None) -> None:
        raise SystemExit(code)


def formatted(error: BaseException) -> str:
    """The traceback, without our own frames."""
    return "".join(traceback.format_exception(type(error), error, cell_traceback(error) or after_own(error)))


def _without_middle(text: str) -> str:
    """For functions that call each other without end."""
    lines = text.splitlines(keepends=True)
    left_out = len(lines) - 2 * _TRACEBACK_HALF
    if left_out <= 1:
        return text
    return "".join((*lines[:_TRACEBACK_HALF], f"  ... {left_out} lines left out ...\n", *lines[-_TRACEBACK_HALF:]))


def _has_group(error: BaseException | None) -> bool:
    """Whether `error` is a group, or was raised while one was handled."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, _GROUPS):
            return True
        seen.add(id(error))
        error = error.__context__
    return False


def _no_bundle(_graph: object, **_options: object) -> dict[str, Any]:
    return {}


def _print_page(_shell: object, data: Any, **_options: object) -> None:
    """Print what would be paged; also called with `start`, `screen_lines` and `pager_cmd`."""
    text = data.get("text/plain", "") if isinstance(data, dict) else str(data)
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
