"""Threads and processes of the standard library across an undo: they work on, are named, or forbid it with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import wait_until

import ramet

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLINE_S = 30.0

#: By name: the cell that prepares, and an expression that gives the same in any copy.
WORK = {
    "executor": (
        "from concurrent.futures import ThreadPoolExecutor; pool = ThreadPoolExecutor(2)",
        "list(pool.map(abs, range(8)))",
    ),
    "asyncio executor": ("import asyncio", "await asyncio.gather(*[asyncio.to_thread(abs, n) for n in range(8)])"),
    "asyncio": ("import asyncio", "await asyncio.gather(*[asyncio.sleep(0.01, n) for n in range(8)])"),
    "sqlite3": (
        "import sqlite3; c = sqlite3.connect(':memory:'); c.execute('create table t (a)'); c.execute('begin')",
        "c.in_transaction, c.execute('select count(*) from t').fetchall()",
    ),
    "thread-local values": ("import threading; local = threading.local(); local.value = 1", "local.value"),
    "a pool that was closed": (
        "import multiprocessing as mp\ndef work():\n    with mp.Pool(2) as pool: return pool.map(abs, range(8))",
        "work()",
    ),
    "a process that was joined": (
        "import multiprocessing as mp; p = mp.Process(target=abs, args=[1]); p.start(); p.join()",
        "p.exitcode",
    ),
    "shared memory": (
        "from multiprocessing.shared_memory import SharedMemory; m = SharedMemory(create=True, size=1)",
        "bytes(m.buf[:1])",
    ),
}

#: By name: the cell that makes a copy impossible, what the reply says, the cell that mends it.
REFUSED = {
    "pool": (
        "from multiprocessing import Pool; pool = Pool(2); pool.map(abs, [1])",
        "multiprocessing pool is open.*terminate",
        "pool.terminate(); del pool",
    ),
    "thread pool": (
        "from multiprocessing.pool import ThreadPool; pool = ThreadPool(2); pool.map(abs, [1])",
        "multiprocessing pool is open.*terminate",
        "pool.terminate(); del pool",
    ),
    "process": (
        "import multiprocessing as mp, time; p = mp.Process(target=time.sleep, args=[60], name='sleeper'); p.start()",
        "sleeper is running",
        "p.terminate(); p.join()",
    ),
    "executor": (
        "from concurrent.futures import ProcessPoolExecutor; pool = ProcessPoolExecutor(2); list(pool.map(abs, [1]))",
        "ProcessPoolExecutor is open.*shutdown",
        "pool.shutdown()",
    ),
    "queue": (
        "from multiprocessing import Queue; q = Queue(); q.put(1); q.get()",
        "multiprocessing.Queue is open.*close",
        "q.close(); q.join_thread(); del q",
    ),
    "pipe": ("import os; r, w = os.pipe()", "a pipe is open .descriptor.*close it", "os.close(w); os.close(r)"),
}


@pytest.fixture
def session() -> Iterator[ramet.Session]:
    """A session with a checkpoint before each cell."""
    with ramet.Session(shell="ipython", checkpoints="every") as opened:
        yield opened


def done(session: ramet.Session, code: str) -> ramet.Result:
    """Run `code`, which must come to its end in time."""
    result = session.run(code, deadline_s=DEADLINE_S)
    assert isinstance(result.outcome, ramet.Completed), result.outcome
    return result


def undone(session: ramet.Session) -> ramet.Moved:
    """Change something, and take it back."""
    done(session, "globals().pop('changed', None)")  # of a try before
    done(session, "changed = True")
    moved = session.undo()
    assert "changed" not in session.names
    return moved


def can_be_undone(session: ramet.Session) -> bool:
    """Whether checkpoints are made again: threads may take a moment to end."""
    try:
        undone(session)
    except ramet.InvalidError:
        return False
    return True


@pytest.mark.parametrize("name", WORK)
def test_it_works_on_after_an_undo(session: ramet.Session, name: str) -> None:
    """The same result, in the copy and in the copy's copy; nothing is missing."""
    prepare, use = WORK[name]
    done(session, prepare)
    expected = done(session, use).text
    for _ in range(2):
        assert undone(session).missing == ()
        assert done(session, use).text == expected


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_a_reason(session: ramet.Session, name: str) -> None:
    """What could not be used in a copy is not copied; the reply says why and what to do, and doing that helps."""
    prevent, reason, mend = REFUSED[name]
    done(session, prevent)
    done(session, "1")
    with pytest.raises(ramet.InvalidError, match=reason):
        session.undo()
    done(session, mend)
    wait_until(lambda: can_be_undone(session))


def test_openmp_in_a_library_of_ones_own(session: ramet.Session) -> None:
    """Its pool is noticed although nothing was imported with it."""
    if not session.run("import ctypes, os; gomp = ctypes.CDLL('libgomp.so.1')").ok:
        pytest.skip("no libgomp on this machine")
    done(session, "work = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)")
    use = "gomp.GOMP_parallel(work, None, 4, 0); len(os.listdir('/proc/self/task'))"
    parallel = done(session, use).text
    for _ in range(2):
        assert undone(session).missing == ()
        assert done(session, use).text == parallel


def test_an_executor_at_work_is_named(session: ramet.Session) -> None:
    """What its thread was doing does not go on in a copy; the executor takes new work all the same."""
    done(session, "import threading; from concurrent.futures import ThreadPoolExecutor; stop = threading.Event()")
    done(session, "pool = ThreadPoolExecutor(1, thread_name_prefix='digger'); waiting = pool.submit(stop.wait)")
    assert undone(session).missing == ("thread digger_0",)
    assert done(session, "pool.submit(abs, -1).result()").text == "1"
    done(session, "stop.set(); pool.shutdown()")
