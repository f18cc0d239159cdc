"""May this process be forked now, and how? Decided by looking at it, each time.

A fork copies memory and the forking thread, nothing else. What a library keeps in other threads, in other processes or
in a device is not there in the copy:

- polars, JAX, TensorFlow, gRPC, Ray and the like keep one pool for the process: a copy hangs at its next use.
- Pools of worker processes answer to this process alone.
- libgomp (OpenMP: scikit-learn, torch on the CPU, xgboost, lightgbm) would wait for its threads too, but lets itself be
  paused. Where it is too old for that, the copy is made by a fresh thread, which has no pool; it is the copy's main
  thread, and what belonged to the other one (SQLite connections, thread-local values) refuses to work or is gone.
- CUDA contexts are broken in a copy.
- SQLite's locks on a file are not inherited; a copy that went on with a transaction could corrupt the database.
- A pipe that the session closes stays open in its copies, so that whoever reads from it waits for its end in vain.

numpy's OpenBLAS, scipy, pyarrow, duckdb, joblib's threads, tokenizers and matplotlib mind their forks themselves.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import sys
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

from . import thread_pools
from .openmp import OpenMP

_UNTIL_RESTART = "the session goes on without undo until restart()"

#: Threads by their names in the kernel: whose they are, and until when there are no checkpoints. First match wins.
_LIBRARIES = (
    (re.compile("gcs_client_io"), "Ray", _UNTIL_RESTART),
    (re.compile("grpc_|event_engine"), "gRPC", "to have checkpoints again, close its channels and stop its servers"),
    (re.compile("tf_Compute|tf_graph"), "TensorFlow", _UNTIL_RESTART),
    (re.compile("tf_"), "JAX", _UNTIL_RESTART),
    (re.compile(r"polars-\d"), "polars", _UNTIL_RESTART),
    (re.compile("tokio-"), "a library written in Rust (tokio)", _UNTIL_RESTART),
)

#: Python's threads by the module that they run: what they serve, and how to end it.
_POOLS = {
    "multiprocessing.pool": ("a multiprocessing pool", "call its terminate() and delete its name"),
    "multiprocessing.queues": ("a multiprocessing.Queue", "call its close() and delete its name"),
    "concurrent.futures.process": ("a ProcessPoolExecutor", "call its shutdown()"),
    "loky.process_executor": ("a pool of loky", "call loky.get_reusable_executor().shutdown()"),
    "joblib.externals.loky.process_executor": (
        "joblib's pool of processes",
        "call joblib.externals.loky.get_reusable_executor().shutdown()",
    ),
}

_TRACKERS = ("multiprocessing.resource_tracker", "joblib.externals.loky.backend.resource_tracker")
_DATABASES = (b"SQLite format 3\0", b"DUCK")  # DuckDB's follows a checksum of 8 bytes
_DEVICES = ("/dev/nvidia", "/dev/dri/render", "/dev/kfd")
_FALSE = ("", "off", "false", "f", "no", "n", "0")  # as tokenizers reads it


@dataclass(frozen=True)
class Verdict:
    """`unsafe` says why there must be no fork, empty if there may be one; then `fresh_thread` says how to make it."""

    unsafe: str = ""
    fresh_thread: bool = False
    #: What a copy of the process will lack, for the reader of the reply.
    missing: tuple[str, ...] = ()


def prepare() -> Verdict:
    """The verdict on this process at this moment. If it may be forked, OpenMP has been paused in the calling thread."""
    if sys.platform == "darwin":
        return Verdict(unsafe="macOS frameworks do not survive a fork")
    threads = _native_threads()
    files = _open_files()
    unsafe = _library(threads) or _pool() or _multiprocessing() or _descriptor(files) or _transaction(files)
    if unsafe:
        return Verdict(unsafe=unsafe)
    busy = [f"thread {thread.name}" for thread in _python_threads() if not thread_pools.idle(thread)]
    missing = (*busy, *(f"the locks on database {path}" for fd, path in files if _is_database(fd, path)))
    if len(threads) > 1 and not _openmp.pause():
        return Verdict(fresh_thread=True, missing=(*missing, "SQLite connections and thread-local values made before"))
    return Verdict(missing=missing)


def _library(threads: list[str]) -> str:
    """Why threads of a library forbid a fork, if they do."""
    for pattern, library, remedy in _LIBRARIES:
        if any(pattern.match(name) for name in threads):
            return f"{library} has started threads that a copy of the process would wait for in vain; {remedy}"
    if "numba.np.ufunc.omppool" in sys.modules:
        return (
            "numba has started its OpenMP threads and would end a copy of the process; for undo, restart() and set "
            "numba.config.THREADING_LAYER = 'workqueue' before the first parallel function"
        )
    if len(threads) > 1 and "tokenizers" in sys.modules and _set("TOKENIZERS_PARALLELISM"):
        return (
            "TOKENIZERS_PARALLELISM is set, and tokenizers would wait for its threads in vain in a copy; "
            "to have checkpoints again, del os.environ['TOKENIZERS_PARALLELISM']"
        )
    return ""


def _pool() -> str:
    """Why a pool of the standard library or of joblib forbids a fork, if one does."""
    for thread in _python_threads():
        target = getattr(thread, "_target", None)
        runs = target.__module__ if isinstance(target, (FunctionType, MethodType)) else ""
        for module in (type(thread).__module__, runs):
            if isinstance(module, str) and module in _POOLS:
                what, remedy = _POOLS[module]
                return f"{what} is open, which a copy of the process could not use; to have checkpoints again, {remedy}"
    return ""


def _multiprocessing() -> str:
    """Why a process that was started with `multiprocessing` forbids a fork, if one does."""
    module: Any = sys.modules.get("multiprocessing.process")
    for process in list(module._children) if module else ():  # noqa: SLF001 - active_children() would also reap
        if process._parent_pid == os.getpid() and process.is_alive():  # noqa: SLF001 - in a woken copy they are not ours
            return f"{process.name} is running, which a copy could not join; to have checkpoints again, call its join()"
    return ""


def _descriptor(files: list[tuple[int, str]]) -> str:
    """Why an open descriptor forbids a fork, if one does."""
    for fd, target in files:
        if target.startswith("pipe:") and not _harmless(fd):
            return (
                f"a pipe is open (descriptor {fd}), and its other end would not see it being closed; "
                "to have checkpoints again, close it, or delete what holds it"
            )
        if target.startswith(_DEVICES):
            return f"a compute device is in use ({target}), which a copy of the process cannot share; {_UNTIL_RESTART}"
    return ""


def _harmless(fd: int) -> bool:
    """Whether nobody is at the other end of a pipe, or nobody but a tracker that lives as long as the session."""
    for name in _TRACKERS:
        tracker: Any = sys.modules.get(name)
        if tracker is not None and tracker._resource_tracker._fd == fd:  # noqa: SLF001
            return True
    poll = select.poll()
    poll.register(fd, 0)
    return any(events & (select.POLLHUP | select.POLLERR) for _, events in poll.poll(0))


def _transaction(files: list[tuple[int, str]]) -> str:
    """Why a database forbids a fork, if one does: SQLite keeps a journal open while a transaction has written."""
    paths = {path for _, path in files}
    for path in paths:
        if f"{path}-journal" in paths:
            return (
                f"a transaction of SQLite has written to {path}, and a copy of the process would not hold its locks; "
                "to have checkpoints again, commit it or roll it back"
            )
    return ""


def _is_database(fd: int, path: str) -> bool:
    """Whether `fd` leads to a file of SQLite or DuckDB; reading through it disturbs neither its offset nor locks."""
    if not path.startswith("/") or path.startswith("/dev/"):
        return False
    try:
        beginning = os.pread(fd, 16, 0)
    except OSError:  # a FIFO, or not open for reading
        return False
    return beginning.startswith(_DATABASES[0]) or beginning[8:].startswith(_DATABASES[1])


def _native_threads() -> list[str]:
    """The names of all threads of the process, as the kernel knows them."""
    names = []
    with contextlib.suppress(OSError):  # there is no /proc
        for task in os.listdir("/proc/self/task"):
            with contextlib.suppress(OSError):  # it ended while we looked
                names.append(_name_of(task))
    return names


def _name_of(task: str) -> str:
    fd = os.open(f"/proc/self/task/{task}/comm", os.O_RDONLY)
    try:
        return os.read(fd, 32).decode("utf-8", "replace").rstrip("\n")
    finally:
        os.close(fd)


def _python_threads() -> list[Any]:
    threading = sys.modules["threading"]
    return [thread for thread in threading.enumerate() if thread is not threading.main_thread()]


def _open_files() -> list[tuple[int, str]]:
    """The open descriptors of the process and what they lead to."""
    found = []
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.append((int(fd), os.readlink(f"/proc/self/fd/{fd}")))
    return found


def _set(variable: str) -> bool:
    return os.environ.get(variable, "").lower() not in _FALSE


_openmp = OpenMP()
