"""The local handler passes the checks that every handler must, on every interpreter found here."""

from __future__ import annotations

import asyncio
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import alive, interpreter, wait_until

import ramet
from ramet.handlers import processes
from ramet.handlers.forked import ForkedHandler
from ramet.handlers.zygotes import Zygotes, shared_zygotes
from ramet.model.options import SessionOptions
from ramet.testing import HANDLER_CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ramet.testing import Check

VERSIONS = ("3.9", "3.10", "3.12", "3.13")


def options(**changes: object) -> SessionOptions:
    """Options for a plain session on this interpreter, nothing preloaded."""
    fields = {"python": sys.executable, "cwd": str(Path.cwd()), "shell": "python", "preload": (), **changes}
    return SessionOptions(**fields)  # type: ignore[arg-type]


@pytest.fixture
def pool() -> Iterator[Zygotes]:
    """A pool of the test's own, gone after it."""
    zygotes = Zygotes()
    yield zygotes
    zygotes.close()


@pytest.mark.parametrize("shell", ["python", "ipython"])
@pytest.mark.parametrize("check", HANDLER_CHECKS, ids=lambda check: check.__name__)
async def test_conformance(check: Check, shell: str) -> None:
    """On this interpreter, in both shells."""
    await check(lambda: ForkedHandler(options(shell=shell), shared_zygotes()))


@pytest.mark.parametrize("shell", ["auto", "python"])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("check", HANDLER_CHECKS, ids=lambda check: check.__name__)
async def test_conformance_on_other_versions(check: Check, version: str, shell: str) -> None:
    """On each other version of Python that a session may use."""
    python = interpreter(version)
    await check(lambda: ForkedHandler(options(python=python, shell=shell), shared_zygotes()))


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("/does/not/exist/python", "there is no interpreter at"),
        (str(Path(__file__)), "is not a program"),
        ("/bin/ls", "does not work as a Python interpreter"),
    ],
)
async def test_no_interpreter(python: str, said: str) -> None:
    """What is no interpreter is named, with a hint."""
    with pytest.raises(ramet.InterpreterError, match=said) as caught:
        async with ramet.AsyncSession(python=python):
            pass
    assert caught.value.hint


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.8"])
async def test_too_old_an_interpreter(version: str) -> None:
    """An old Python is told from a broken one."""
    with pytest.raises(ramet.InterpreterError, match=f"too old.*Python {version}.*3.9 or newer"):
        async with ramet.AsyncSession(python=interpreter(version)):
            pass


async def test_plain_python_where_ipython_is_missing(tmp_path: Path) -> None:
    """The fallback is said in the first reply; asking for IPython by name is an error."""
    venv.create(tmp_path / "bare", symlinks=True)
    bare = str(tmp_path / "bare/bin/python")
    async with ramet.AsyncSession(python=bare, env={"PYTHONPATH": "", "PYTHONNOUSERSITE": "1"}) as session:
        result = await session.run("1 + 1")
        assert result.text == "2"
        assert any("IPython cannot be imported" in note for note in result.notes)
    with pytest.raises(ramet.InterpreterError, match="no IPython"):
        async with ramet.AsyncSession(python=bare, shell="ipython", env={"PYTHONNOUSERSITE": "1"}):
            pass


async def test_a_missing_working_folder(tmp_path: Path) -> None:
    """The folder is named."""
    with pytest.raises(ramet.InvalidError, match="does not exist"):
        async with ramet.AsyncSession(cwd=tmp_path / "nowhere"):
            pass


async def test_an_environment_of_its_own(tmp_path: Path) -> None:
    """Variables, working folder and sys.path are the session's own."""
    (tmp_path / "beside.py").write_text("answer = 42")
    async with ramet.AsyncSession(cwd=tmp_path, env={"FLAVOUR": "mint", "HOME": None}, preload=[]) as session:
        result = await session.run(
            "import os, beside\nprint(os.getcwd(), os.environ['FLAVOUR'], 'HOME' in os.environ, beside.answer)"
        )
    assert result.text == f"{tmp_path} mint False 42"


async def test_the_zygote_killed_between_sessions(pool: Zygotes) -> None:
    """A session outlives its parent, and the next one gets a new parent."""
    async with asyncio.timeout(60):
        first = ForkedHandler(options(), pool)
        info = await first.start(lambda _: None)
        zygote = int(Path(f"/proc/{info.pid}/stat").read_text().rpartition(")")[2].split()[1])
        processes.kill(zygote, 9)
        wait_until(lambda: not alive(zygote))
        second = ForkedHandler(options(), pool)
        other = await second.start(lambda _: None)
        assert alive(info.pid)
        assert alive(other.pid)
        await first.close(grace_s=0)
        await second.close(grace_s=0)
    wait_until(lambda: not alive(info.pid))


async def test_fifty_at_once(pool: Zygotes) -> None:
    """A crowd of sessions starts, each on a process of its own, and ends without a trace."""
    handlers = [ForkedHandler(options(), pool) for _ in range(50)]
    async with asyncio.timeout(120):
        infos = await asyncio.gather(*(handler.start(lambda _: None) for handler in handlers))
        assert len({info.pid for info in infos}) == 50
        await asyncio.gather(*(handler.close() for handler in handlers))
    assert not any(alive(info.pid) for info in infos)
    assert not list(pool.root.glob("session-*"))


async def test_giving_up_a_start_leaves_no_process(pool: Zygotes) -> None:
    """Cancelling while the process is being made."""
    handler = ForkedHandler(options(preload=("this.module.is.not.there",)), pool)
    start = asyncio.create_task(handler.start(lambda _: None))
    await asyncio.sleep(0)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not list(pool.root.glob("session-*"))


async def test_packages_that_change_make_a_new_parent(tmp_path: Path, pool: Zygotes) -> None:
    """After an installation, a new session does not get what the old parent had imported."""
    site = tmp_path / "site-packages"
    site.mkdir()
    (site / "fresh.py").write_text("value = 1")
    changed = options(env={"PYTHONPATH": str(site)}, preload=("fresh",))
    first = pool.get(changed)
    wait_until(lambda: first.ready)
    assert pool.get(changed) is first
    (site / "fresh.py").write_text("value = 22")
    (site / "fresh-2.dist-info").mkdir()
    assert pool.get(changed) is not first
    wait_until(lambda: not first.alive)
