"""How a reader reads on: in the words of whoever passes the reply to them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader does to see lines that a reply leaves out: a command, a call.

    In `form`, `{handle}` stands for the handle, such as `out:7`, `{cell}` for `7`, and `{first}` and `{last}` for the
    numbers of the lines. Without any form the handle and the lines are named, for readers who know what to do.

    >>> Reading("page({cell}, {first}, {last})").told("out:7", 12, 40)
    ': page(7, 12, 40)'
    """

    form: str = ""

    def told(self, handle: str, first: int, last: int) -> str:
        """The words behind `to see them`."""
        if not self.form:
            return f", read {handle} {f'line {first}' if first == last else f'lines {first}-{last}'}"
        words = self.form.replace("{first}", str(first)).replace("{last}", str(last))
        return f": {words.replace('{cell}', handle.removeprefix('out:')).replace('{handle}', handle)}"

    @property
    def firsts(self) -> int:
        """How often the words have the number of the first line."""
        return self.form.count("{first}") if self.form else 1


#: For readers of whom nothing is known.
PLAIN = Reading()
