"""The cells of a session that somebody may still ask for by number or by key."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ramet.session.execution import AsyncExecution

#: Executions hold all that a cell showed; of those that have ended so many are kept.
_ENDED = 8
#: A key is small, and a retry comes soon.
_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class _Keyed:
    """What was submitted under a key."""

    code: str
    execution: int


class Executions:
    """Those of one session: all that run or wait, and the last ones that have ended."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, AsyncExecution] = OrderedDict()
        self._keys: OrderedDict[str, _Keyed] = OrderedDict()

    def knows(self, key: str) -> bool:
        """Whether something was submitted under `key`."""
        return key in self._keys

    async def submitted(self, key: str, code: str, submit: Callable[[], Awaitable[AsyncExecution]]) -> AsyncExecution:
        """The execution that was submitted under `key`; of what `submit` returns, if there was none or no key.

        Raises:
            InvalidError: the key was used for other code, or its cell ended long ago.
        """
        if key and key in self._keys:
            keyed = self._keys[key]
            if keyed.code != code:
                raise InvalidError("the key was used for other code", hint="use a new key for each submission")
            return self.find(keyed.execution)
        execution = await submit()  # does not give way before the cell is in the queue: no second one gets in between
        self._keep(execution)
        if key:
            self._keys[key] = _Keyed(code, execution.number)
            if len(self._keys) > _KEYS:
                self._keys.popitem(last=False)
        return execution

    def find(self, number: int) -> AsyncExecution:
        """The execution with that number.

        Raises:
            InvalidError: there was none, or it ended long ago.
        """
        if number not in self._kept:
            raise InvalidError(f"execution {number} is not kept", hint="`cell` has what past cells showed")
        return self._kept[number]

    def _keep(self, execution: AsyncExecution) -> None:
        self._kept[execution.number] = execution
        ended = [number for number, one in self._kept.items() if one.done]
        for number in ended[:-_ENDED]:
            del self._kept[number]
