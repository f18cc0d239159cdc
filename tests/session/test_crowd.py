"""All sessions together have a bounded number of checkpoints."""

from __future__ import annotations

from ramet.session.crowd import Crowd


class Member:
    """So many checkpoints, of which one is never given up."""

    def __init__(self, size: int) -> None:
        self.size = size

    def give_up_oldest(self) -> bool:
        """One less."""
        if self.size < 2:
            return False
        self.size -= 1
        return True


def test_who_was_in_use_last_keeps_most() -> None:
    """The others give up their oldest, down to one."""
    old, newer, newest = Member(5), Member(5), Member(5)
    crowd = Crowd(most=8)
    for member in (old, newer, newest):
        crowd.grew(member)
    assert (old.size, newer.size, newest.size) == (1, 2, 5)


def test_use_counts_not_birth() -> None:
    """A session that makes a checkpoint is the last to lose one."""
    first, second = Member(3), Member(3)
    crowd = Crowd(most=6)
    crowd.grew(first)
    crowd.grew(second)
    first.size += 1
    crowd.grew(first)
    assert (first.size, second.size) == (4, 2)


def test_the_last_ways_back_are_never_given_up() -> None:
    """However many sessions there are."""
    members = [Member(2) for _ in range(20)]
    crowd = Crowd(most=5)
    for member in members:
        crowd.grew(member)
    assert {member.size for member in members} == {1}


def test_who_leaves_does_not_count() -> None:
    """A closed session's checkpoints are gone."""
    gone, there = Member(5), Member(5)
    crowd = Crowd(most=6)
    crowd.grew(gone)
    crowd.leave(gone)
    crowd.grew(there)
    assert (gone.size, there.size) == (5, 5)
