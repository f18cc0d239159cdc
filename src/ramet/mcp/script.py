"""What a session stands on, in a file: the code of its cells as a script, or with all they showed as a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ramet.errors import BrokenError, InvalidError
from ramet.model.outcome import Completed
from ramet.render.notebook import notebook

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ramet.manager.session import AsyncSession
    from ramet.model.past import PastCell


async def write_cells(session: AsyncSession, target: Path) -> str:
    """Write the cells to the file `target` and say so. A file that is there is not replaced.

    Raises:
        InvalidError: its name ends neither in `.py` nor in `.ipynb`, or there is such a file.
        BrokenError: it cannot be written.
    """
    if target.suffix not in (".py", ".ipynb"):
        raise InvalidError(f"{target} does not end in .py or .ipynb", hint='give a name such as "analysis.py"')
    cells = [cell for cell in await session.history() if not cell.undone and cell.ended_at is not None]
    count = f"{len(cells)} cell{'s' * (len(cells) != 1)}"
    if target.suffix == ".ipynb":
        _write(target, notebook(cells))
        return f"wrote {count} with all they showed to {target}"
    _write(target, script(cells))
    return f"wrote the code of {count} to {target}"


def script(cells: Iterable[PastCell]) -> str:
    """The cells with `# %%` between them, as notebooks and editors know it; those that failed are commented out."""
    return "\n\n".join(_cell(cell) for cell in cells) + "\n"


def _cell(cell: PastCell) -> str:
    code = cell.result.code.rstrip("\n")
    if isinstance(cell.result.outcome, Completed):
        return f"# %% cell {cell.result.cell}\n{code}"
    commented = "\n".join(f"# {line}".rstrip() for line in code.splitlines())
    return f"# %% cell {cell.result.cell} ({str(cell.result.outcome).splitlines()[0]})\n{commented}"


def _write(target: Path, text: str) -> None:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InvalidError(f"{target} is there already", hint="give another path") from None
    except OSError as error:
        raise BrokenError(f"{target} cannot be written: {error.strerror}") from error
