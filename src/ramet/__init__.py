"""Persistent Python and IPython sessions for AI agents and the people who supervise them.

>>> import ramet
>>> with ramet.Session() as session:
...     _ = session.run("x = 6")
...     print(session.run("x * 7").text)
42
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ramet.blocking import Execution, Manager, Session
    from ramet.client.blocking import RemoteExecution, RemoteManager, RemoteSession
    from ramet.client.connect import connect
    from ramet.client.execution import AsyncRemoteExecution
    from ramet.client.manager import AsyncRemoteManager
    from ramet.client.session import AsyncRemoteSession
    from ramet.errors import (
        BrokenError,
        BusyError,
        ClosedError,
        ForbiddenError,
        InternalError,
        InterpreterError,
        InvalidError,
        RametError,
        TimedOutError,
        TooLargeError,
        UnknownSessionError,
    )
    from ramet.manager.manager import AsyncManager
    from ramet.manager.session import AsyncSession
    from ramet.model.branch import Case, Origin, Tree
    from ramet.model.cell import Result
    from ramet.model.chart import Chart
    from ramet.model.checkpoint import Checkpoint, Moved
    from ramet.model.event import CellBegan, Ended, Event, Happening, InputRequested, Note, StateChanged
    from ramet.model.frame import ErrorInfo, Frame, Local, SyntaxLocation
    from ramet.model.inspection import Completions, Inspection, NotFound, Variable, Variables
    from ramet.model.memory import MemoryUse
    from ramet.model.options import SessionOptions
    from ramet.model.outcome import Completed, Died, Exited, Interrupted, Interruption, NotRun, Outcome, Raised, Running
    from ramet.model.output import Clear, Display, Omitted, Output, RichValue, Text
    from ramet.model.past import Found, Line, Match, Page, PastCell
    from ramet.model.session import ProcessInfo, SessionState
    from ramet.model.status import HostStatus, Stopped, Unadopted
    from ramet.model.table import Table
    from ramet.places import default_home
    from ramet.render.image import Image
    from ramet.render.reading import Reading
    from ramet.render.reply import Reply, reply
    from ramet.session.execution import AsyncExecution

__version__ = "0.1.0.dev0"

__all__ = [
    "AsyncExecution",
    "AsyncManager",
    "AsyncRemoteExecution",
    "AsyncRemoteManager",
    "AsyncRemoteSession",
    "AsyncSession",
    "BrokenError",
    "BusyError",
    "Case",
    "CellBegan",
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
    "ForbiddenError",
    "Found",
    "Frame",
    "Happening",
    "HostStatus",
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
    "Reading",
    "RemoteExecution",
    "RemoteManager",
    "RemoteSession",
    "Reply",
    "Result",
    "RichValue",
    "Running",
    "Session",
    "SessionOptions",
    "SessionState",
    "StateChanged",
    "Stopped",
    "SyntaxLocation",
    "Table",
    "Text",
    "TimedOutError",
    "TooLargeError",
    "Tree",
    "Unadopted",
    "UnknownSessionError",
    "Variable",
    "Variables",
    "connect",
    "default_home",
    "reply",
]

#: Where each name is defined. It is imported when first asked for: the command line needs few of them, and quickly.
_HOMES = {
    "ramet.blocking": "Execution Manager Session",
    "ramet.client.blocking": "RemoteExecution RemoteManager RemoteSession",
    "ramet.client.connect": "connect",
    "ramet.client.execution": "AsyncRemoteExecution",
    "ramet.client.manager": "AsyncRemoteManager",
    "ramet.client.session": "AsyncRemoteSession",
    "ramet.errors": "BrokenError BusyError ClosedError ForbiddenError InternalError "
    "InterpreterError InvalidError RametError TimedOutError TooLargeError UnknownSessionError",
    "ramet.manager.manager": "AsyncManager",
    "ramet.manager.session": "AsyncSession",
    "ramet.model.branch": "Case Origin Tree",
    "ramet.model.cell": "Result",
    "ramet.model.chart": "Chart",
    "ramet.model.checkpoint": "Checkpoint Moved",
    "ramet.model.event": "CellBegan Ended Event Happening InputRequested Note StateChanged",
    "ramet.model.frame": "ErrorInfo Frame Local SyntaxLocation",
    "ramet.model.inspection": "Completions Inspection NotFound Variable Variables",
    "ramet.model.memory": "MemoryUse",
    "ramet.model.options": "SessionOptions",
    "ramet.model.outcome": "Completed Died Exited Interrupted Interruption NotRun Outcome Raised Running",
    "ramet.model.output": "Clear Display Omitted Output RichValue Text",
    "ramet.model.past": "Found Line Match Page PastCell",
    "ramet.model.session": "ProcessInfo SessionState",
    "ramet.model.status": "HostStatus Stopped Unadopted",
    "ramet.model.table": "Table",
    "ramet.places": "default_home",
    "ramet.render.image": "Image",
    "ramet.render.reading": "Reading",
    "ramet.render.reply": "Reply reply",
    "ramet.session.execution": "AsyncExecution",
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(importlib.import_module(_HOME_OF[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
