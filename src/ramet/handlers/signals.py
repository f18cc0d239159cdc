"""The signals that a worker understands: the same table as `worker/signals.py`, which may not be imported here."""

from __future__ import annotations

import signal

_REAL_TIME = hasattr(signal, "SIGRTMIN")

#: Dumps the Python stacks of a process to its stack file, whatever the process is doing.
STACK_SIGNAL = signal.SIGRTMIN + 7 if _REAL_TIME else signal.SIGUSR1

#: Wakes a checkpoint. To a process that is awake it means nothing.
WAKE_SIGNAL = signal.SIGRTMIN + 8 if _REAL_TIME else signal.SIGUSR2

#: Does nothing but wake the interpreter, so that it handles a SIGINT which came between its last look and a system call
#: that blocks.
NUDGE_SIGNAL = signal.SIGRTMIN + 9 if _REAL_TIME else signal.SIGURG

#: Asks a checkpoint for a branch. To a process that is awake it means nothing.
BRANCH_SIGNAL = signal.SIGRTMIN + 10 if _REAL_TIME else signal.SIGWINCH

#: Asks a process to answer a question from a copy of itself.
PEEK_SIGNAL = signal.SIGRTMIN + 11 if _REAL_TIME else signal.SIGIO

#: Asks for the sizes of the largest variables, while a cell runs.
SIZES_SIGNAL = signal.SIGRTMIN + 12 if _REAL_TIME else signal.SIGTTIN
