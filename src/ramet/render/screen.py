"""A screen of endless height, and the cursor that writes on it. `terminal.py` holds the theory."""

from __future__ import annotations

from ramet.render.line import UNEVEN, WIDTH, Line, overwritten

#: The lines of the screen that absolute addresses count in: what programs assume when they can't ask.
HEIGHT = 24

#: Moves to the right end here, or at the end of a longer line.
_MARGIN = 240
#: So many blanks can be made by moves alone in one text; later ones end at the end of the line.
_BLANKS = 1_000_000


class Screen:
    """Lines and a cursor; `row` may lie below the last line until something is written there."""

    def __init__(self) -> None:
        self.rows: list[str | Line] = [""]
        self.row = 0
        self.column = 0
        self._saved = (0, 0)
        self._main: tuple[list[str | Line], int, int] | None = None
        self._blanks = _BLANKS

    def text(self) -> str:
        """All lines as they stand now."""
        above = [_shown(row) for row in self._main[0]] if self._main else []
        lines = [_shown(row) for row in self.rows]
        while len(lines) - 1 > self.row and not lines[-1].strip():
            lines.pop()
        return "\n".join(above + lines)

    def write(self, text: str) -> None:
        """Show text; newlines and carriage returns are carried out."""
        lines = text.split("\n")
        last = lines.pop()
        for index, line in enumerate(lines):
            if self.row == len(self.rows) - 1 and not self.column and not self.rows[-1]:
                # On a fresh line at the bottom nothing can be in the way of what follows.
                self.rows[-1:] = [
                    overwritten(line.split("\r")).rstrip(" ") if "\r" in line else line for line in lines[index:]
                ]
                self.rows.append("")
                self.row = len(self.rows) - 1
                break
            self._put_line(line)
            self._newline()
        self._put_line(last)

    def down(self) -> None:
        """Go one line down; below the last line there is always another."""
        if self.row == len(self.rows) - 1:
            line = self.rows[self.row]
            if isinstance(line, Line) and not line.reopened:
                self.rows[self.row] = _shown(line)
            self.rows.append("")
        self.row += 1

    def escape(self, final: str) -> None:
        """Carry out `ESC final`."""
        match final:
            case "7":
                self._saved = (self.row, self.column)
            case "8":
                self._restore()
            case "D":
                self.down()
            case "E":
                self._newline()
            case "M":
                self.row = max(0, self.row - 1)
            case "c":
                self._clear()
                self.row = self.column = 0

    def control(self, final: str, parameters: str) -> None:
        """Carry out `CSI parameters final`."""
        if parameters.startswith("?"):
            self._alternate(on=final == "h")
            return
        numbers = [int(number[:9] or 0) for number in parameters.split(";", 2)[:2]]
        first, count = numbers[0], numbers[0] or 1
        match final:
            case "A" | "F":
                self.row = max(0, self.row - count)
            case "B" | "E" | "e":
                self.row = min(self.row + count, self._lowest)
            case "C" | "a":
                self._go(self.column + count)
            case "D":
                self.column = max(0, self.column - count)
            case "G" | "`":
                self._go(count - 1)
            case "d":
                self.row = min(self._top + count - 1, self._lowest)
            case "H" | "f":
                self.row = min(self._top + count - 1, self._lowest)
                self._go(max(1, *numbers[1:]) - 1 if numbers[1:] else 0)
            case "J":
                self._erase_screen(first)
            case "K":
                self._erase_line(first)
            case "X":
                self._line().erase(self.column, self.column + count)
            case "@":
                self._line().insert(self.column, self._blank(min(count, _MARGIN)))
            case "P":
                self._line().delete(self.column, count)
            case "L" | "M":
                self._shift_lines(count if final == "L" else -count)
            case "s":
                self._saved = (self.row, self.column)
            case "u":
                self._restore()
        if final in "EF":
            self.column = 0

    @property
    def _top(self) -> int:
        """The first line that absolute addresses reach."""
        return max(0, len(self.rows) - HEIGHT)

    @property
    def _lowest(self) -> int:
        """The last line that moves reach; only a newline goes on."""
        return max(self._top + HEIGHT, len(self.rows)) - 1

    def _go(self, column: int) -> None:
        self.column = min(column, max(_MARGIN, self._length()))

    def _length(self) -> int:
        return len(self.rows[self.row]) if self.row < len(self.rows) else 0

    def _blank(self, count: int) -> int:
        """How many of `count` blanks may still be made; they are taken from the budget."""
        count = min(count, self._blanks)
        self._blanks -= count
        return count

    def _restore(self) -> None:
        self.row, self.column = min(self._saved[0], self._lowest), self._saved[1]

    def _newline(self) -> None:
        self.down()
        self.column = 0

    def _put_line(self, line: str) -> None:
        pieces = line.split("\r")
        if len(pieces) > 3:
            pieces[1:-1] = [overwritten(pieces[1:-1])]
        for index, piece in enumerate(pieces):
            if index:
                self.column = 0
            if piece:
                self._put(piece)

    def _put(self, piece: str) -> None:
        while self.row >= len(self.rows):
            self.rows.append("")
        if not self.column and not self.rows[self.row] and len(piece) < WIDTH and not UNEVEN.search(piece):
            self.rows[self.row] = piece
            self.column = len(piece)
            return
        line = self._line()
        if self.column > len(line):
            self.column = len(line) + self._blank(self.column - len(line))
        self.column = line.put(self.column, piece)

    def _line(self) -> Line:
        """The cursor's line, made ready to be written over."""
        if self.row >= len(self.rows):
            return Line()
        line = self.rows[self.row]
        if isinstance(line, str):
            line = self.rows[self.row] = Line(line)
        return line

    def _erase_line(self, mode: int) -> None:
        first = self.column if mode == 0 else 0
        end = self.column + 1 if mode == 1 else self._length()
        if first == 0 and end >= self._length() and self.row < len(self.rows):
            self.rows[self.row] = ""
        else:
            self._line().erase(first, end)

    def _erase_screen(self, mode: int) -> None:
        if mode in (2, 3):
            self._clear()
            return
        self._erase_line(mode)
        if mode == 0:
            del self.rows[self.row + 1 :]
        else:
            for row in range(self._top, min(self.row, len(self.rows))):
                self.rows[row] = ""

    def _clear(self) -> None:
        self.row = max(0, self.row - self._top)
        self.rows = [""]

    def _shift_lines(self, count: int) -> None:
        """Insert `count` lines at the cursor, or delete them if negative; the end of the screen makes up for it."""
        if not self._top <= self.row < len(self.rows):
            return
        end = self._top + HEIGHT
        if count > 0:
            self.rows[self.row : self.row] = [""] * min(count, HEIGHT)
            del self.rows[end:]
        else:
            gone = self.rows[self.row : self.row - count]
            self.rows[self.row : self.row - count] = []
            self.rows += [""] * len(gone)

    def _alternate(self, *, on: bool) -> None:
        if on and self._main is None:
            self._main = (self.rows, self.row, self.column)
            self.rows, self.row, self.column = [""], 0, 0
        elif not on and self._main is not None:
            self.rows, self.row, self.column = self._main
            self._main = None


def _shown(row: str | Line) -> str:
    """A line as it is seen: blanks at the end of one that was written over are not."""
    return row if isinstance(row, str) else str(row).rstrip(" ")
