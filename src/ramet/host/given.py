"""Variables on their way through the host, which never unpickles them: that could run code."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ramet.wire.values import of_base64

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ramet.wire.calls import Given


@dataclass(frozen=True, slots=True)
class Pickled:
    """A value that was pickled elsewhere. To pickle it is to pass on what it was, to be unpickled where this is."""

    data: bytes

    def __reduce__(self) -> tuple[Any, ...]:
        """Who unpickles this gets the value."""
        return pickle.loads, (self.data,)

    def __repr__(self) -> str:
        return "..."


def variables(given: Given) -> Mapping[str, object]:
    """The variables of a request: a `{"pickle": ...}` is passed on, everything else is what JSON says.

    Raises:
        InvalidError: what should be a pickle is no base64.
    """
    return {name: _variable(value) for name, value in given.items()}


def _variable(value: Any) -> object:
    if isinstance(value, dict) and value.keys() == {"pickle"}:
        return Pickled(of_base64({"base64": value["pickle"]}))
    return value
