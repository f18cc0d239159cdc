"""Every error that ramet raises. Code that fails inside a session is a result, never one of these.

    RametError
    ├── InvalidError      the caller's doing: an argument that cannot work         (ValueError)
    │   ├── InterpreterError   `python=` does not name a Python that a session can use
    │   ├── UnknownSessionError   no session has that name                         (KeyError)
    │   ├── TooLargeError      more than a host takes at once
    │   └── ForbiddenError     a host does not take requests from there            (PermissionError)
    ├── BusyError         two at once: a cell is running, a name is taken, no room (RuntimeError)
    ├── ClosedError       it was ended: the session or the manager is closed       (RuntimeError)
    ├── TimedOutError     something of ours took too long                          (TimeoutError)
    ├── BrokenError       the world's doing: no memory, no disk, no process        (OSError)
    └── InternalError     ours: please report it                                   (RuntimeError)

Each has a stable `code`, and a `hint` that says what to do next.
"""

from __future__ import annotations


class RametError(Exception):
    """The base of all errors raised by ramet."""

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class InvalidError(RametError, ValueError):
    """An argument that cannot work."""

    code = "invalid"


class InterpreterError(InvalidError):
    """`python=` does not name a Python interpreter that a session can use."""

    code = "interpreter"


class UnknownSessionError(InvalidError, KeyError):
    """No session has that name."""

    code = "unknown-session"


class ForbiddenError(InvalidError, PermissionError):
    """A host does not take this request: a wrong token, another user, a foreign web page."""

    code = "forbidden"


class TooLargeError(InvalidError):
    """More than a host takes at once."""

    code = "too-large"


class BusyError(RametError, RuntimeError):
    """Something else is going on at the same place."""

    code = "busy"


class ClosedError(RametError, RuntimeError):
    """The session or the manager was closed before."""

    code = "closed"


class TimedOutError(RametError, TimeoutError):
    """Something of ours took too long; the message says what state it is left in."""

    code = "timed-out"


class BrokenError(RametError, OSError):
    """The operating system refused what a session needs."""

    code = "broken"


class InternalError(RametError, RuntimeError):
    """A defect in ramet."""

    code = "internal"


def error_of(code: str, message: str, hint: str) -> RametError:
    """The error with that `code`, as a host has told it; a plain `RametError` if this version does not know it."""
    classes = [RametError]
    for known in classes:
        if known.code == code:
            return known(message, hint=hint)
        classes += known.__subclasses__()
    return RametError(message, hint=hint)
