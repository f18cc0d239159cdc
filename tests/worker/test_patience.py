"""A call ends when its time is up, whatever it does, and is not heard."""

from __future__ import annotations

import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from ramet.worker.looking.patience import TooSlow, within

if TYPE_CHECKING:
    from collections.abc import Callable


def sleep() -> None:
    """Block in a system call."""
    time.sleep(60)


def spin() -> None:
    """Block in Python code."""
    while True:
        pass


def swallow() -> None:
    """Catch all that would end it."""
    while True:
        try:
            time.sleep(60)
        except BaseException:
            continue


@pytest.mark.parametrize("blocks", [sleep, spin, swallow])
def test_a_call_that_does_not_return(blocks: Callable[[], None]) -> None:
    """It is ended soon after its deadline."""
    began = time.monotonic()
    with pytest.raises(TooSlow):
        within(0.05, blocks)
    assert 0.05 <= time.monotonic() - began < 5


def test_what_a_call_gives() -> None:
    """Its value, or its exception."""
    assert within(5, int, "7") == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


def test_what_a_call_prints_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """Other threads print on meanwhile."""

    def noisy() -> None:
        print("mine")
        print("mine too", file=sys.stderr)
        other = threading.Thread(target=print, args=("theirs",))
        other.start()
        other.join()

    within(5, noisy)
    shown = capsys.readouterr()
    assert shown.out == "theirs\n"
    assert not shown.err


def test_nothing_is_left_behind() -> None:
    """Neither a thread, nor a handler, a mask, a trace function or a replaced stream; alarms of the user's go on."""
    signal.setitimer(signal.ITIMER_REAL, 100)
    before = _process()
    with pytest.raises(TooSlow):
        within(0.02, swallow)
    assert _process() == before
    assert 90 < signal.setitimer(signal.ITIMER_REAL, 0)[0] < 100


def _process() -> tuple[object, ...]:
    handlers = tuple(signal.getsignal(number) for number in signal.valid_signals())
    return handlers, signal.pthread_sigmask(signal.SIG_BLOCK, ()), sys.gettrace(), sys.stdout, threading.active_count()


def test_other_threads_have_no_time() -> None:
    """Nothing could end the call there, so that it is not made."""
    ended = []

    def call() -> None:
        try:
            within(5, ended.append, "called")
        except TooSlow:
            ended.append("too slow")

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert ended == ["too slow"]
