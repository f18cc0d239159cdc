"""Variables on their way into a session."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from keyword import iskeyword

from ramet.errors import InvalidError

#: What the oldest interpreter of a session can read.
_PROTOCOL = 4


def pickled_variables(variables: Mapping[str, object]) -> bytes:
    """`variables` as a pickled dict.

    Raises:
        InvalidError: a name is no variable's, or a value cannot be pickled.
    """
    if not isinstance(variables, Mapping):
        raise InvalidError(f"{variables!r} is no mapping of variables", hint='give a dict, such as {"alpha": 0.1}')
    for name, value in variables.items():
        if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
            raise InvalidError(f"{name!r} cannot be the name of a variable")
        try:
            pickle.dumps(value, _PROTOCOL)
        except Exception as error:
            raise InvalidError(
                f"the variable {name} cannot be pickled: {error}", hint="make it in the session"
            ) from error
    return pickle.dumps(dict(variables), _PROTOCOL)
