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
from ramet.model.chart import Chart
from ramet.model.checkpoint import Checkpoint, Moved
from ramet.model.event import Ended, Event, InputRequested, Note, StateChanged
from ramet.model.frame import ErrorInfo, Frame, Local, SyntaxLocation
from ramet.model.inspection import Completions, Inspection, NotFound, Variable, Variables
from ramet.model.memory import MemoryUse
from ramet.model.options import SessionOptions
from ramet.model.outcome import Completed, Died, Exited, Interrupted, Interruption, NotRun, Outcome, Raised, Running
from ramet.model.output import Clear, Display, Omitted, Output, RichValue, Text
from ramet.model.past import Found, Line, Match, Page, PastCell
from ramet.model.session import ProcessInfo, SessionState
from ramet.model.table import Table
from ramet.render.image import Image
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
    "Chart",
    "Checkpoint",
    "Clear",
    "ClosedError",
    "Completed",
    "Completions",
    "Died",
    "Display",
    "Ended",
    "ErrorInfo",
    "Event",
    "Execution",
    "Exited",
    "Found",
    "Frame",
    "Image",
    "InputRequested",
    "Inspection",
    "InternalError",
    "InterpreterError",
    "Interrupted",
    "Interruption",
    "InvalidError",
    "Line",
    "Local",
    "Manager",
    "Match",
    "MemoryUse",
    "Moved",
    "NotFound",
    "NotRun",
    "Note",
    "Omitted",
    "Origin",
    "Outcome",
    "Output",
    "Page",
    "PastCell",
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
    "Table",
    "Text",
    "TimedOutError",
    "Tree",
    "UnknownSessionError",
    "Variable",
    "Variables",
    "reply",
]
