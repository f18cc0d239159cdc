"""Runs last by its name: what the other tests started must be gone."""

from __future__ import annotations

import os

from support import wait_until

from ramet.handlers import processes
from ramet.handlers.zygotes import shared_zygotes


def test_nothing_is_left() -> None:
    """No session folder, no process but warm parents with one spare child each, no descriptor of a session."""
    pool = shared_zygotes()
    wait_until(lambda: not list(pool.root.glob("session-*")))
    parents = {process.pid for process in processes.family(os.getpid()) if process.parent == os.getpid()}
    wait_until(lambda: len(processes.family(os.getpid())) <= 2 * len(parents))
    links = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_open(fd)]
    assert not [link for link in links if "/session-" in link]


def test_closing_the_pool_leaves_no_file() -> None:
    """And no process."""
    pool = shared_zygotes()
    pool.close()
    assert not pool.root.exists()
    wait_until(lambda: not processes.family(os.getpid()))


def _is_open(fd: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{fd}")
