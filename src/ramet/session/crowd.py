"""The checkpoints of all sessions of an event loop: each is a process, and a machine has room for so many."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

#: How many there may be together; then those go that have been of no use for longest.
MOST = 500


class Member(Protocol):
    """One session's checkpoints."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def give_up_oldest(self) -> bool:
        """Drop the oldest that is not the only way back; return whether there was one."""
        ...


class Crowd:
    """The members in the order in which they were last in use."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._members: dict[Member, None] = {}

    def grew(self, member: Member) -> None:
        """`member` has one checkpoint more, and is in use: make room if there are too many."""
        self._members.pop(member, None)
        self._members[member] = None
        excess = sum(one.size for one in self._members) - self._most
        for one in list(self._members):
            while excess > 0 and one.give_up_oldest():
                excess -= 1

    def leave(self, member: Member) -> None:
        """`member` has no checkpoints any more."""
        self._members.pop(member, None)


def crowd() -> Crowd:
    """That of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _crowds:
        _crowds[loop] = Crowd()
    return _crowds[loop]


_crowds: WeakKeyDictionary[AbstractEventLoop, Crowd] = WeakKeyDictionary()
