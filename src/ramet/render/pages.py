r"""Parts of a long text: some of its lines, some characters of one line, the lines that match a pattern.

Patterns come from the reader, so none may run for ever. RE2 finds in time linear in the text and in bounded memory,
whatever the pattern is; for that it has no lookaround and no back references. Its `\w`, `\d` and `\b` know ASCII only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, AnyStr

from ramet.errors import InvalidError
from ramet.render.bounds import count_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Lines are counted off in pieces of so many characters, so that none is looked at by itself.
_STRIDE = 65_536
#: Of a longer line this many bytes are shown, around the match.
_LONGEST = 500
#: Of a line that is matched by itself; the slowest patterns take half a second for that.
_LOOKED_AT = 1_000_000
#: Matching lines are counted up to here, which takes some tenths of a second.
_MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The lines `first` to `last` of `lines` in all; `last` is before `first` if there are none such."""

    text: str
    first: int
    last: int
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found: `text` shows the first `shown` of `matches` matching lines, with their numbers.

    `next_line` is where to search on for those that are not shown, None if all are. `counted` is False if there were
    so many that counting stopped: there are `matches` or more.
    """

    text: str
    matches: int
    shown: int
    next_line: int | None = None
    counted: bool = True


def lines(text: str, first: int, last: int) -> Page:
    """The lines `first` to `last`, counted from 1, as far as there are such, without the newline of the last one."""
    total = count_lines(text)
    first, last = max(1, first), min(last, total)
    if first > last:
        return Page(text="", first=first, last=first - 1, lines=total)
    start = _after(text, "\n", 0, first - 1)
    end = _after(text, "\n", start, last - first + 1)
    return Page(text=text[start:end].removesuffix("\n"), first=first, last=last, lines=total)


def characters(text: str, line: int, first: int, last: int) -> str:
    """The characters `first` to `last` of a line, all counted from 1, as far as there are such."""
    start = _after(text, "\n", 0, max(1, line) - 1)
    end = text.find("\n", start)
    return text[start + max(1, first) - 1 : min(start + last, len(text) if end < 0 else end)]


def search(text: str, pattern: str, *, context: int = 2, limit: int = 8000, first_line: int = 1) -> Found:
    """The lines from `first_line` on in which `pattern` matches, with `context` lines around each.

    Shown as by `grep -n`: `12:` before a line that matches, `11-` before one that does not, `--` where lines are left
    out. A match never goes over the end of a line. Matches are shown while they fit into `limit` characters, the first
    one always. A pattern that RE2 can't read is an `InvalidError`.
    """
    # In UTF-8 from the start, because the binding would encode the whole text anew for each match.
    excerpt = _Excerpt(text.encode("utf-8", "replace"), max(0, context), limit)
    matches = shown = 0
    next_line = None
    for line, start, end in _matches(excerpt.data, pattern, max(1, first_line)):
        matches += 1
        if next_line is None:
            if excerpt.add(line, start, end):
                shown += 1
            else:
                next_line = line
        if matches == _MOST:
            break
    return Found(text=excerpt.text(), matches=matches, shown=shown, next_line=next_line, counted=matches < _MOST)


def _after(text: AnyStr, newline: AnyStr, start: int, count: int) -> int:
    """Where the text goes on after `count` newlines from `start` on; its end if it has not so many."""
    while count:
        here = text.count(newline, start, start + _STRIDE)
        if here >= count:
            break
        if start + _STRIDE >= len(text):
            return len(text)
        count -= here
        start += _STRIDE
    for _ in range(count):
        start = text.find(newline, start) + 1
    return start


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether `pattern` matches somewhere in the first million characters of a line. Raises as `search` does."""
    regexp = _compiled(pattern)
    return lambda line: regexp.search(line[:_LOOKED_AT].encode("utf-8", "replace")) is not None


def _matches(data: bytes, pattern: str, first_line: int) -> Iterator[tuple[int, int, int]]:
    """The first match in each line that has one: number of the line, start and end in `data`."""
    regexp = _compiled(pattern)
    line, position = first_line, _after(data, b"\n", 0, first_line - 1)
    while position < len(data) and (found := regexp.search(data, position)):
        start, end = found.span()
        line += data.count(b"\n", position, start)
        if start == len(data) and data.endswith(b"\n"):
            return  # behind the last line there is none
        yield line, start, end
        position = data.find(b"\n", start) + 1
        if not position:
            return
        line += 1


def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.never_nl = True
    options.log_errors = False
    try:
        return re2.compile(f"(?m){pattern}".encode("utf-8", "replace"), options)
    except re2.error as error:
        message = error.args[0].decode("utf-8", "replace") if error.args else "it does not say why"
        raise InvalidError(
            f"not a pattern that can be searched for: {message}",
            hint="this is RE2 syntax: no lookaround, no back references; escape what is meant literally",
        ) from error


class _Excerpt:
    """Matching lines and what stands around them, within a limit."""

    def __init__(self, data: bytes, context: int, limit: int) -> None:
        self.data = data
        self._context = context
        self._room = limit
        self._shown: list[str] = []
        self._line = 0  # the last one that matched, and where it ends
        self._end = -1

    def add(self, line: int, start: int, end: int) -> bool:
        """Show the match at `start` to `end` unless there is no room for it; say which."""
        begin = self.data.rfind(b"\n", 0, start) + 1
        close = self._line_end(end)
        block = [*self._between(line, begin), f"{line}:{self._cut(begin, close, start)}"]
        size = sum(map(len, block)) + len(block)
        if size > self._room and self._shown:
            return False
        self._room -= size
        self._shown += block
        self._line, self._end = line, close
        return True

    def text(self) -> str:
        """All that was added, with the lines behind the last match if they fit."""
        after = self._behind(self._context)
        if sum(map(len, after)) + len(after) > self._room:
            after = []
        return "\n".join(self._shown + after)

    def _between(self, line: int, begin: int) -> list[str]:
        """What to show between the last match and the one in `line`, which starts at `begin`."""
        gap = line - self._line - 1
        if not self._shown:
            return self._before(line, begin, min(gap, self._context))
        if gap <= 2 * self._context:
            return self._behind(gap)
        apart = ["--"] if self._context else []
        return [*self._behind(self._context), *apart, *self._before(line, begin, self._context)]

    def _behind(self, count: int) -> list[str]:
        """The `count` lines behind the last match, as far as there are such."""
        shown: list[str] = []
        position = self._end + 1
        while self._shown and len(shown) < count and position < len(self.data):
            end = self._line_end(position)
            shown.append(f"{self._line + len(shown) + 1}-{self._cut(position, end, position)}")
            position = end + 1
        return shown

    def _before(self, line: int, begin: int, count: int) -> list[str]:
        """The `count` lines before `line`, which starts at `begin`."""
        shown: list[str] = []
        for number in range(line - 1, line - 1 - count, -1):
            end = begin - 1
            begin = self.data.rfind(b"\n", 0, end) + 1
            shown.append(f"{number}-{self._cut(begin, end, begin)}")
        return shown[::-1]

    def _line_end(self, position: int) -> int:
        end = self.data.find(b"\n", position)
        return len(self.data) if end < 0 else end

    def _cut(self, begin: int, end: int, match: int) -> str:
        """The line from `begin` to `end`, or what of it stands around `match` if it is long."""
        if end - begin <= _LONGEST:
            return self._decoded(begin, end)
        first = self._boundary(max(begin, min(match - _LONGEST // 3, end - _LONGEST)))
        last = self._boundary(min(end, first + _LONGEST))
        before, behind = len(self._decoded(begin, first)), len(self._decoded(last, end))
        left = f"... {before:,} characters ... " if before else ""
        right = f" ... {behind:,} characters ..." if behind else ""
        return f"{left}{self._decoded(first, last)}{right}"

    def _boundary(self, position: int) -> int:
        """The start of the character that the byte at `position` belongs to."""
        while position < len(self.data) and self.data[position] & 0xC0 == 0x80:
            position -= 1
        return position

    def _decoded(self, start: int, end: int) -> str:
        return self.data[start:end].decode("utf-8", "replace")
