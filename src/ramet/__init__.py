"""Persistent Python and IPython sessions for AI agents and the people who supervise them.

>>> import ramet
>>> with ramet.Session() as session:
...     _ = session.run("x = 6")
...     print(session.run("x * 7").text)
42
"""

from ramet.blocking import Execution, Manager, Session
from ramet.errors import (
    BrokenError,
    BusyError,
    ClosedError,
    InternalError,
    InterpreterError,
    InvalidError,
    RametError,
    TimedOutError,
    UnknownSessionError,
)
from ramet.manager.manager import AsyncManager
from ramet.manager.session import AsyncSession
from ramet.model.branch import Case, Origin, Tree
from ramet.model.cell import Result
from ramet.model.checkpoint import Checkpoint, Moved
from ramet.model.event import Ended, Event, InputRequested, Note, StateChanged
from ramet.model.frame import ErrorInfo, Frame, SyntaxLocation
from ramet.model.memory import MemoryUse
from ramet.model.options import SessionOptions
from ramet.model.outcome import Completed, Died, Exited, Interrupted, Interruption, NotRun, Outcome, Raised, Running
from ramet.model.output import Clear, Display, Omitted, Output, RichValue, Text
from ramet.model.session import ProcessInfo, SessionState
from ramet.render.reply import Reply, reply
from ramet.session.execution import AsyncExecution

__version__ = "0.1.0.dev0"

__all__ = [
    "AsyncExecution",
    "AsyncManager",
    "AsyncSession",
    "BrokenError",
    "BusyError",
    "Case",
    "Checkpoint",
    "Clear",
    "ClosedError",
    "Completed",
    "Died",
    "Display",
    "Ended",
    "ErrorInfo",
    "Event",
    "Execution",
    "Exited",
    "Frame",
    "InputRequested",
    "InternalError",
    "InterpreterError",
    "Interrupted",
    "Interruption",
    "InvalidError",
    "Manager",
    "MemoryUse",
    "Moved",
    "NotRun",
    "Note",
    "Omitted",
    "Origin",
    "Outcome",
    "Output",
    "ProcessInfo",
    "Raised",
    "RametError",
    "Reply",
    "Result",
    "RichValue",
    "Running",
    "Session",
    "SessionOptions",
    "SessionState",
    "StateChanged",
    "SyntaxLocation",
    "Text",
    "TimedOutError",
    "Tree",
    "UnknownSessionError",
    "reply",
]
