"""When code that is being typed is complete, in the language of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.inputtransformer2 import TransformerManager

if TYPE_CHECKING:
    from typing import Literal


class Blocks:
    """The rule of IPython's prompt, which is Python's too: a block that is indented ends with an empty line.

    It is this interpreter's grammar. What it cannot read is taken to be complete: the session's may be another one.
    """

    def __init__(self, shell: Literal["ipython", "python"]) -> None:
        self._rule = TransformerManager()
        self._magics = shell == "ipython"
        if shell == "python":  # no magics, and no prompts that are taken off
            self._rule.cleanup_transforms = []
            self._rule.line_transforms = []
            self._rule.token_transformers = []

    def indent_after(self, code: str) -> int | None:
        """How far to indent the line after `code`; None if nothing is missing."""
        if code.lstrip().startswith("%%"):  # of a language that is not ours to know
            return 0 if self._magics and code.rpartition("\n")[2].strip() else None
        status, indent = self._rule.check_complete(code)
        return (indent or 0) if status == "incomplete" else None
