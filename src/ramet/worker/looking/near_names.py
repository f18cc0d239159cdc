"""Names that somebody may have meant instead of one that does not exist."""

from __future__ import annotations

import difflib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CANDIDATES_MAX = 5_000
_COMPARED_MAX = 1_000
_LENGTH_MAX = 80
_DEADLINE_S = 0.05
_CUTOFF = 0.7
_TRANSPOSED = 0.9
_AS_GOOD = 0.05
_SHORT = 5
_SHOWN = 3
_NO_DIFFERENCE = str.maketrans("", "", "_- .")


def near(wrong: str, names: Iterable[object]) -> list[str]:
    """At most three of the strings among `names` that are much like `wrong`, the nearest first."""
    if not 0 < len(wrong) <= _LENGTH_MAX:
        return []
    until = time.monotonic() + _DEADLINE_S
    plain = _plain(wrong)
    matcher: difflib.SequenceMatcher[str] = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(plain)
    scores: dict[str, float] = {}
    compared = 0
    for seen, name in enumerate(names):
        if seen >= _CANDIDATES_MAX or compared >= _COMPARED_MAX or time.monotonic() > until:
            break
        if type(name) is not str or name == wrong or name in scores or not 0 < len(name) <= _LENGTH_MAX:
            continue
        if name[0] == "_" != wrong[0]:  # private
            continue
        other = _plain(name)
        if other == plain:
            scores[name] = 1.0
        elif _transposed(other, plain):
            scores[name] = _TRANSPOSED
        elif _begins_otherwise(other, plain):
            continue
        elif 2 * min(len(other), len(plain)) >= _CUTOFF * (len(other) + len(plain)):
            compared += 1
            matcher.set_seq1(other)
            if matcher.quick_ratio() >= _CUTOFF and matcher.ratio() >= _CUTOFF:
                scores[name] = matcher.ratio()
        elif len(plain) >= 4 and plain in other:
            scores[name] = _CUTOFF
    best = max(scores.values(), default=0) - _AS_GOOD
    good = [name for name in scores if scores[name] >= best]
    good.sort(key=lambda name: (-scores[name], name[0].isupper() != wrong[0].isupper(), name))
    return good[:_SHOWN]


def _transposed(one: str, other: str) -> bool:
    """Whether they have the same letters, few of them in other places: `nope` is not `open` mistyped."""
    if len(one) != len(other) or sorted(one) != sorted(other):
        return False
    return sum(a != b for a, b in zip(one, other)) <= max(2, len(one) // 3)


def _begins_otherwise(other: str, plain: str) -> bool:
    """Whether the wrong name is short and begins with another letter, which is not just one too many or missing."""
    short = min(len(other), len(plain)) <= _SHORT
    return short and other[0] != plain[0] and plain not in other and other not in plain


def question(names: Iterable[object]) -> list[str]:
    """The sentence that offers `names`; none if there are none."""
    offered = " or ".join(map(str, names))
    return [f"did you mean {offered}?"] if offered else []


def _plain(name: str) -> str:
    """`name` without what is easily mistaken: case, underscores, blanks."""
    return name.casefold().translate(_NO_DIFFERENCE) or name
