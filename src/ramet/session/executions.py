"""The cells of a session that somebody may still ask for, by the number or by the key of their submission."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.errors import InvalidError
from ramet.session.recollection import Recollection
from ramet.session.record import recalled

if TYPE_CHECKING:
    from ramet.session.cells import Cells
    from ramet.session.record import CellRecord
    from ramet.session.scribe import Scribe

#: Records hold all that a cell showed; of those that have ended so many are kept. Of others the journal has it.
_ENDED = 8
#: A key is small, and a retry comes soon.
_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class _Keyed:
    """What was submitted under a key: the hash of its code, and its number."""

    code: int
    request: int


class Executions:
    """Those of one session: all that run or wait, the last ones that have ended, and others out of the journal."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._kept: OrderedDict[int, CellRecord] = OrderedDict()
        self._keys: OrderedDict[str, _Keyed] = OrderedDict()

    def knows(self, key: str) -> bool:
        """Whether something was submitted under `key`."""
        return key in self._keys

    def under(self, key: str, code: str) -> CellRecord | None:
        """The cell that was submitted under `key`, None if there is none or no key.

        Raises:
            InvalidError: the key was used for other code.
        """
        keyed = self._keys.get(key)
        if keyed is None:
            return None
        if keyed.code != hash(code):
            raise InvalidError("the key was used for other code", hint="use a new key for each submission")
        return self.find(keyed.request)

    def find(self, number: int) -> CellRecord:
        """The cell that was submitted as that number.

        Raises:
            InvalidError: there was none, or nothing of it is left.
        """
        if number not in self._kept:
            last = Recollection(self._scribe.journal.past.submitted(number)).last
            if last is None:
                raise InvalidError(f"nothing is left of execution {number}", hint="`history` has what is")
            self._keep(recalled(last))
        return self._kept[number]

    def add(self, record: CellRecord) -> None:
        """A cell was submitted."""
        self._keep(record)
        if record.key:
            self._know(record.key, record.code, record.request)

    def resume(self, past: Recollection, cells: Cells) -> None:
        """Know the cells that another owner has left in `cells`, and the keys of all that there were.

        A cell that cannot run any more, for want of its variables, can be handed in again.
        """
        for key, entry in past.keys.items():
            if not (entry.given and entry.request in past.waiting):
                self._know(key, entry.code, entry.request)
        for record in cells.left:
            self._keep(record)

    def _keep(self, record: CellRecord) -> None:
        self._kept[record.request] = record
        ended = [number for number, one in self._kept.items() if one.done]
        for number in ended[:-_ENDED]:
            del self._kept[number]

    def _know(self, key: str, code: str, request: int) -> None:
        self._keys[key] = _Keyed(hash(code), request)
        if len(self._keys) > _KEYS:
            self._keys.popitem(last=False)
