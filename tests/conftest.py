"""Sessions on real processes, one for each test."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from homes import Home
from hypothesis import HealthCheck, settings
from support import wait_until

import ramet
from ramet.handlers import processes, zygote
from ramet.handlers.zygotes import shared_zygotes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# A shell has what it starts in the background ignore Ctrl+C, and so would the commands that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Examples are made on a machine that may be busy: how long one takes says nothing.
settings.register_profile("ramet", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ramet")


def strays() -> list[processes.Process]:
    """Our descendants but for warm parents, and the one child that each may have forked ahead."""
    family = processes.family(os.getpid())
    parents = {process.pid for process in family if process.parent == os.getpid()}
    spares = {process.parent: process.pid for process in family if process.parent in parents}
    return [process for process in family if process.pid not in parents | {*spares.values()}]


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """After all tests: no session's folder, process or descriptor is left; nor, once the pool is closed, anything."""
    yield
    pool = shared_zygotes()
    wait_until(lambda: not list(pool.root.glob("session-*")))
    wait_until(lambda: not strays(), 10, strays)
    fds = [fd for fd in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{fd}")]
    assert not [fd for fd in fds if "/session-" in os.readlink(f"/proc/self/fd/{fd}")]
    pool.close()
    assert not pool.root.exists()
    wait_until(lambda: zygote.reap() or not processes.family(os.getpid()))


@pytest.fixture(params=["ipython", "python"])
def session(request: pytest.FixtureRequest) -> Iterator[ramet.Session]:
    """A fresh session in each of the two shells."""
    with ramet.Session(shell=request.param) as opened:
        yield opened


@pytest.fixture
def ipython() -> Iterator[ramet.Session]:
    """A fresh IPython session."""
    with ramet.Session(shell="ipython") as opened:
        yield opened


@pytest.fixture
def python() -> Iterator[ramet.Session]:
    """A fresh plain Python session."""
    with ramet.Session(shell="python") as opened:
        yield opened


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home without a host; one that is started in it is ended after the test."""
    yield from _home(tmp_path, monkeypatch)


@pytest.fixture
def host(home: Home) -> Iterator[ramet.RemoteManager]:
    """The manager of that home's host, which is started."""
    del home
    with ramet.connect() as manager:
        yield manager


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home for all tests of a file, for those that need no host of their own."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield from _home(tmp_path_factory.mktemp("shared"), monkeypatch)


def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    folder, project = tmp_path / "home", tmp_path / "project"
    folder.mkdir(mode=0o700)
    project.mkdir()
    made = Home(folder, project)
    for name in [*os.environ]:
        if name.startswith("RAMET_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RAMET_HOME", str(folder))
    monkeypatch.chdir(project)
    yield made
    made.end()
