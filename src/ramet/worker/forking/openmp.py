"""libgomp, GNU's OpenMP runtime, made ready for a fork.

It keeps a pool of threads for each thread that ran something in parallel, and in a copy of the process it would wait
for ever for pool threads that are not there. OpenMP 5.0 has a call that ends the caller's pool; the next parallel
region starts another, here as in the copy. Each package brings a libgomp of its own, so there may be several. The
runtimes of LLVM and Intel (libomp, libiomp) mind forks themselves.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any

_HARD = 2  # omp_pause_hard
_MAPPED = re.compile(rb"\S*/libgomp[^/\s]*\.so[^/\s]*$", re.MULTILINE)


class OpenMP:
    """The runtimes in this process; looked up anew when modules were imported or threads started since."""

    def __init__(self) -> None:
        self._looked_at: tuple[int, frozenset[str]] = (0, frozenset())
        self._runtimes: dict[bytes, Any] = {}

    def pause(self) -> bool:
        """End the pools of the calling thread; False if one cannot be ended, as before OpenMP 5.0."""
        self._look()
        ended = [_pause(runtime) for runtime in self._runtimes.values()]
        return all(ended)

    def _look(self) -> None:
        modules, threads = len(sys.modules), frozenset(os.listdir("/proc/self/task"))
        known_modules, known_threads = self._looked_at
        if modules == known_modules and (self._runtimes or threads <= known_threads):
            return
        self._looked_at = modules, threads
        with open("/proc/self/maps", "rb") as maps:
            paths = set(_MAPPED.findall(maps.read()))
        for path in paths - self._runtimes.keys():
            self._runtimes[path] = _loaded(path)


def _loaded(path: bytes) -> Any:
    """The library at `path`, which is in the process already."""
    try:
        import ctypes

        return ctypes.CDLL(os.fsdecode(path), mode=os.RTLD_NOLOAD | os.RTLD_NOW)
    except (ImportError, OSError):
        return None  # there is no ctypes, or its file was replaced and it cannot be called by this name any more


def _pause(runtime: Any) -> bool:
    try:
        return runtime is not None and runtime.omp_pause_resource_all(_HARD) == 0
    except AttributeError:
        return False
