"""The signals that a worker understands; its own modules say what each does there."""

from __future__ import annotations

import signal

_REAL_TIME = hasattr(signal, "SIGRTMIN")

#: Dumps the stacks of the process (`worker/interrupts.py`).
STACK_SIGNAL = signal.SIGRTMIN + 7 if _REAL_TIME else signal.SIGUSR1

#: Wakes a checkpoint (`worker/checkpoints.py`).
WAKE_SIGNAL = signal.SIGRTMIN + 8 if _REAL_TIME else signal.SIGUSR2

#: Only wakes the interpreter (`worker/interrupts.py`).
NUDGE_SIGNAL = signal.SIGRTMIN + 9 if _REAL_TIME else signal.SIGURG

#: Asks a checkpoint for a branch (`worker/branches.py`).
BRANCH_SIGNAL = signal.SIGRTMIN + 10 if _REAL_TIME else signal.SIGWINCH
