"""May this process be forked now, and how? Decided by looking at it, each time.

A fork copies memory and the forking thread, nothing else. What a library keeps in other threads or in a device is not
there in the copy:

- libgomp (OpenMP: scikit-learn, torch on the CPU, xgboost) keeps a pool for each thread that started one, and waits for
  ever for pool threads that are not there. In a copy made by a fresh thread, that thread is the main one and has no
  pool yet, so OpenMP starts another. `sqlite3` connections then refuse to work: they belong to the thread that is
  not there.
- polars, tokio, gRPC and the like keep one pool for the process: a copy hangs at its next use.
- CUDA contexts are broken in a copy.
- A pipe that the session closes stays open in its copies, so that whoever reads from it waits for its end in vain.

numpy's OpenBLAS, pyarrow, duckdb, joblib and matplotlib mind their forks themselves.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass

#: Threads by the beginning of their names: the libraries that cannot go on in a copy.
_THREADS_THAT_STAY = {
    "polars-": "polars has started its threads",
    "tokio-": "a Rust library has started its threads (tokio)",
    "rayon": "a Rust library has started its threads (rayon)",
    "grpc_": "gRPC has started its threads",
    "event_engine": "gRPC has started its threads",
    "jax_": "JAX has started its threads",
    "tf_": "TensorFlow has started its threads",
    "ray": "Ray has started its threads",
}

_DEVICES = ("/dev/nvidia", "/dev/dri/render", "/dev/kfd")


@dataclass(frozen=True)
class Verdict:
    """`unsafe` says why there must be no fork, empty if there may be one; then `fresh_thread` says how to make it."""

    unsafe: str = ""
    fresh_thread: bool = False
    #: What a copy of the process will lack, for the reader of the reply.
    missing: tuple[str, ...] = ()


def look() -> Verdict:
    """The verdict on this process at this moment."""
    if sys.platform == "darwin":
        return Verdict(unsafe="macOS frameworks do not survive a fork")
    for target in _open_files():
        if target.startswith("pipe:"):
            return Verdict(unsafe="a pipe to another process is open, whose other end would not see it being closed")
        if target.startswith(_DEVICES):
            return Verdict(unsafe=f"a compute device is in use ({target}), which a copy of the process cannot share")
    threads = _native_threads()
    for name in threads:
        for beginning, reason in _THREADS_THAT_STAY.items():
            if name.startswith(beginning):
                return Verdict(unsafe=f"{reason}, which a copy of the process would wait for in vain")
    missing = tuple(f"thread {name}" for name in _python_threads())
    return Verdict(fresh_thread=len(threads) > 1 and _openmp.loaded(), missing=missing)


def _native_threads() -> list[str]:
    """The names of all threads of the process, as the kernel knows them."""
    names = []
    try:
        for task in os.listdir("/proc/self/task"):
            fd = os.open(f"/proc/self/task/{task}/comm", os.O_RDONLY)
            try:
                names.append(os.read(fd, 32).decode("utf-8", "replace").rstrip("\n"))
            finally:
                os.close(fd)
    except OSError:
        pass  # a thread ended while we looked, or there is no /proc
    return names


def _python_threads() -> list[str]:
    threading = sys.modules["threading"]
    return [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]


def _open_files() -> list[str]:
    """What the open descriptors of the process lead to."""
    found = []
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/self/fd/{fd}"))
    return found


class _OpenMP:
    """Whether libgomp or its kin is in the process; looked up anew only when modules were imported since."""

    def __init__(self) -> None:
        self._modules = 0
        self._loaded = False

    def loaded(self) -> bool:
        """Whether an OpenMP runtime is mapped."""
        if not self._loaded and len(sys.modules) != self._modules:
            self._modules = len(sys.modules)
            with open("/proc/self/maps", "rb") as maps:
                data = maps.read()
            self._loaded = any(name in data for name in (b"libgomp", b"libomp", b"libiomp"))
        return self._loaded


_openmp = _OpenMP()
