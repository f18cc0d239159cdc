"""The prompt: editing, completion and history, and the line that a cell asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.terminal.ptutils import IPythonPTLexer
from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_completions, has_focus
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style
from pygments.lexers.python import Python3Lexer

from ramet.cli.attach.blocks import Blocks
from ramet.cli.attach.transcript import plain
from ramet.errors import RametError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyPressEvent

    from ramet.client.session import AsyncRemoteSession
    from ramet.model.event import InputRequested

_INDENT = 4
_COMPLETION_S = 2.0
_STYLE = Style.from_dict({"number": "ansigreen bold", "prompt": "ansigreen", "bottom-toolbar": "noreverse ansiyellow"})


class AbortedError(Exception):
    """Something else has to be typed now, or nothing any more."""


class Prompt:
    """Where a person types code for `session`; `interrupt` is called for Ctrl+C on an empty line."""

    def __init__(self, session: AsyncRemoteSession, past: Iterable[str], interrupt: Callable[[], None]) -> None:
        self.cell = session.next_cell
        #: What is told below the line, None for nothing.
        self.status: str | None = None
        self._blocks = Blocks(session.info.shell)
        self._interrupt = interrupt
        self._history = InMemoryHistory(list(past))
        self._draft = ""
        self._code: PromptSession[str] = PromptSession(
            self._message,
            lexer=IPythonPTLexer() if session.info.shell == "ipython" else PygmentsLexer(Python3Lexer),
            completer=_FromSession(session),
            complete_while_typing=False,
            complete_style=CompleteStyle.MULTI_COLUMN,
            history=self._history,
            multiline=True,
            prompt_continuation=self._continuation,
            key_bindings=self._keys(),
            style=_STYLE,
        )
        self._line: PromptSession[str] = PromptSession(history=InMemoryHistory(), style=_STYLE)

    async def code(self) -> str:
        """What is typed next; what stood there when it was aborted stands there again.

        Raises:
            AbortedError: somebody has called `abort`.
            EOFError: Ctrl+D.
        """
        self._show_status()
        self._code.app.erase_when_done = False
        try:
            code = await self._code.prompt_async(default=self._draft, handle_sigint=False)
        except AbortedError:
            self._draft = self._code.default_buffer.text
            raise
        self._draft = ""
        return code

    async def answer(self, asked: InputRequested) -> str:
        """The line that a cell asks for.

        Raises:
            AbortedError: somebody has called `abort`.
            EOFError: Ctrl+D.
            KeyboardInterrupt: Ctrl+C.
        """
        self._line.app.erase_when_done = False
        return await self._line.prompt_async(ANSI(plain(asked.prompt)), is_password=asked.password, handle_sigint=False)

    def abort(self) -> None:
        """Whatever is being typed is not to be finished now."""
        for app in (self._code.app, self._line.app):
            if app.is_running and app.future is not None and not app.future.done():
                app.erase_when_done = True
                app.exit(exception=AbortedError())

    def tell(self, status: str | None) -> None:
        """Have `status` below the line from now on."""
        self.status = status
        self._show_status()

    def remember(self, code: str) -> None:
        """Somebody else has run `code`: it is part of the session's history, too."""
        self._history.append_string(code)

    def _show_status(self) -> None:
        self._code.bottom_toolbar = (lambda: self.status) if self.status else None
        self._code.app.invalidate()

    def _message(self) -> StyleAndTextTuples:
        return [("class:prompt", "In ["), ("class:number", str(self.cell)), ("class:prompt", "]: ")]

    def _continuation(self, width: int, _line: int, _wrapped: int) -> StyleAndTextTuples:
        return [("class:prompt", "...: ".rjust(width))]

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        typing = has_focus(DEFAULT_BUFFER)
        keys.add("enter", filter=typing & ~has_completions)(self._enter)
        keys.add("tab", filter=typing & _at_indentation())(
            lambda event: event.current_buffer.insert_text(" " * _INDENT)
        )
        keys.add("c-c", filter=typing)(self._ctrl_c)
        return keys

    def _enter(self, event: KeyPressEvent) -> None:
        """Send what is complete, else begin the next line."""
        buffer = event.current_buffer
        document = buffer.document
        indent = self._blocks.indent_after(document.text)
        if not document.text_after_cursor.strip() and indent is None:
            buffer.text = document.text.rstrip()
            buffer.validate_and_handle()
            return
        before = self._blocks.indent_after(document.text_before_cursor)
        buffer.insert_text("\n" + " " * (before or 0))

    def _ctrl_c(self, event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset(append_to_history=False)
        else:
            self._interrupt()


class _FromSession(Completer):
    """What the live session says could stand at the cursor."""

    def __init__(self, session: AsyncRemoteSession) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """None: there is no waiting here."""
        del document, complete_event
        return []

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Those of the session, none while it cannot be asked."""
        del complete_event
        cursor = document.cursor_position
        try:
            found = await self._session.complete(document.text, cursor, wait_s=_COMPLETION_S)
        except RametError:
            return
        for match in found.matches:
            yield Completion(match, start_position=min(0, found.start - cursor), display=_last_part(match))


def _last_part(match: str) -> str:
    """`groupby` for `df.groupby`, which is what differs."""
    head, dot, last = match.rpartition(".")
    return last if dot and last and head.replace(".", "").isidentifier() else match


def _at_indentation() -> Condition:
    """Whether there is nothing but blanks before the cursor in its line."""
    return Condition(lambda: not get_app().current_buffer.document.current_line_before_cursor.strip())
