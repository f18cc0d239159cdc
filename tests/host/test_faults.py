"""What can happen to a host and to its home, and what becomes of the sessions and of those who wait for them."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from homes import BARE
from support import alive, wait_until

import ramet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from homes import Home


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 2 MB."""
    folder = tmp_path / "small"
    folder.mkdir(mode=0o700)
    options = ["-t", "tmpfs", "-o", "size=2m,mode=0700", "ramet-test", str(folder)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def until_told(execution: ramet.RemoteExecution, text: str) -> None:
    """Wait until the cell has shown that."""
    wait_until(lambda: text in execution.result.text)


WAITING = "import os, time\nprint('begun', flush=True)\nwhile not os.path.exists({!r}): time.sleep(0.01)\n"


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_command_does_not_notice(home: Home, tmp_path: Path, end: str) -> None:
    """It prints what it would have printed, and the code ran once."""
    home.start()
    home.run("n = 0")
    code = WAITING.format(str(tmp_path / "on")) + "n += 1; n"
    waiting = home.started("run", code)
    with ramet.connect() as host:
        wait_until(lambda: host.get("main").running is not None)
    if end == "kill":
        home.kill()
    else:
        assert home.ramet("stop").code == 0
    (tmp_path / "on").touch()
    out, err = waiting.communicate(timeout=30)
    assert (out.splitlines()[:2], err, waiting.returncode) == (["begun", "1"], "", 0)


def test_clients_do_not_notice(home: Home, host: ramet.RemoteManager, tmp_path: Path) -> None:
    """Who waits, who follows, who looks; and a new cell begins as ever."""
    session = host.start("data", **BARE)
    cell = session.submit(WAITING.format(str(tmp_path / "on")) + "'done'")
    until_told(cell, "begun")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(cell.wait)
        following = pool.submit(lambda: [event.text for event in cell if isinstance(event, ramet.Text)])
        home.kill()
        assert session.search("begun").matches
        home.kill()
        (tmp_path / "on").touch()
        assert waiting.result().text == "begun\n'done'"
        assert "".join(following.result()) == "begun\n"
    home.kill()
    assert session.run("1 + 1").text == "2"
    assert (session.next_cell, len(session.history())) == (3, 2)


def test_a_wait_is_no_longer_for_it(home: Home, host: ramet.RemoteManager) -> None:
    """It counts from the first request."""
    session = host.start("data", **BARE)
    cell = session.submit("input()")
    cell.wait()
    began = time.monotonic()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(lambda: cell.wait(1.5, through_input=True))
        wait_until(lambda: time.monotonic() > began + 1)
        home.kill()
        assert isinstance(waiting.result().outcome, ramet.Running)
    assert time.monotonic() < began + 2.9


def test_what_may_have_been_done_is_not_done_again(home: Home, host: ramet.RemoteManager) -> None:
    """The caller is told."""
    session = host.start("data", **BARE)
    until_told(
        session.submit("import time\nprint('on')\nwhile True:\n try: time.sleep(9)\n except BaseException: 0"), "on"
    )
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(lambda: session.interrupt(wait_s=30))
        wait_until(lambda: session.running is not None and "interrupt" in str(session.running.result.outcome))
        home.kill()
        with pytest.raises(ramet.BrokenError, match="whether it had done this is unknown"):
            waiting.result()
    assert session.interrupt(force=True).killed


def test_a_key_is_known_to_the_next_host(home: Home) -> None:
    """The same request, once more."""
    home.start()
    home.run("n = 0")
    first = home.run("n += 1\nn", key="k")
    home.kill()
    assert home.run("n += 1\nn", key="k") == first
    with pytest.raises(ramet.InvalidError, match="used for other code"):
        home.run("n", key="k")


def test_a_host_that_stands_still(home: Home, host: ramet.RemoteManager) -> None:
    """Sessions go on meanwhile, and requests wait."""
    session = host.start("data", **BARE)
    cell = session.submit("import time\nfor i in range(200): print(i, flush=True); time.sleep(0.002)")
    pid = home.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor() as pool:
            asking = pool.submit(cell.wait)
            time.sleep(1)  # so long it stands
            assert not asking.done()
            os.kill(pid, signal.SIGCONT)
            assert asking.result().text == "\n".join(str(i) for i in range(200))
    finally:
        os.kill(pid, signal.SIGCONT)
    assert home.pid == pid


def test_a_removed_home_ends_all(home: Home) -> None:
    """Nobody could find the sessions any more; and the next command begins anew."""
    home.start()
    worker = home.ask("GET", "/v1/sessions/main")["answer"]["info"]["pid"]
    pid = home.pid
    shutil.rmtree(home.folder)
    wait_until(lambda: not alive(pid) and not alive(worker))
    home.check_nothing_runs()
    assert home.ramet("run", "1 + 1").out.startswith("2\n")


def test_a_removed_socket_comes_back(home: Home) -> None:
    """The host has its place still."""
    home.start()
    pid = home.pid
    (home.folder / "host.sock").unlink()
    wait_until((home.folder / "host.sock").exists)
    assert home.pid == pid


def test_a_removed_lock_is_no_harm(home: Home) -> None:
    """The host leaves its place to another, and its sessions."""
    home.start()
    home.run("x = 6")
    pid = home.pid
    (home.folder / "host.lock").unlink()
    wait_until(lambda: not alive(pid))
    assert home.ramet("run", "x * 7").out.startswith("42\n")


def test_a_home_without_room(home: Home, small_disk: Path) -> None:
    """Sessions there go on, and if a host is killed, all is well but that what it could not write down is not known."""
    home.folder = small_disk
    home.environ["RAMET_HOME"] = str(small_disk)
    assert home.ramet("run", "x = 1").code == 0
    with contextlib.suppress(OSError), (small_disk / "filler").open("wb", buffering=0) as filler:
        while filler.write(b"x" * 4096):
            pass
    assert "journal cannot be written" in home.ramet("run", "print('a' * 20_000)").out
    assert home.ramet("run", "x + 1").out.startswith("2\n")
    home.kill()
    assert "how it ended is not known" in home.ramet("wait").out
    assert home.ramet("run", "x + 2").out.startswith("3\n")
    (small_disk / "filler").unlink()
    assert home.ramet("run", "x + 3").out.startswith("4\n")
    assert home.ramet("stop", "--end-sessions").code == 0
    home.check_nothing_runs()


def test_a_home_that_cannot_be_written(home: Home, small_disk: Path) -> None:
    """With what to do about it."""
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    home.environ["RAMET_HOME"] = str(small_disk)
    said = home.ramet("run", "1")
    assert said.code == 2
    assert "Read-only file system" in said.err
    assert "set RAMET_HOME" in said.err


def test_a_session_of_another_version(home: Home) -> None:
    """It is listed with the reason, nothing else is done with it, and it can be ended."""
    home.start("old")
    home.start("new")
    worker = home.ask("GET", "/v1/sessions/old")["answer"]["info"]["pid"]
    home.kill()
    record = home.folder / "sessions" / "old" / "record"
    record.write_text(json.dumps({**json.loads(record.read_text()), "wire": 99}))
    reason = "old: could not be gone on with, its process speaks version 99 of the wire"
    assert reason in home.ramet("ls").out
    assert f"session {reason}" in home.ramet("status").out
    for refused in (home.ramet("run", "-s", "old", "1"), home.ramet("look", "-s", "old", "x")):
        assert refused.code == 2
        assert "version 99 of the wire" in refused.err
    with ramet.connect() as host:
        assert [session.name for session in host.list()] == ["new"]
        assert isinstance(host.unadopted()["old"], ramet.InvalidError)
    assert alive(worker)
    assert home.ramet("close", "old").out == "closed old\n"
    wait_until(lambda: not alive(worker))
    assert "old" not in home.ramet("ls").out


def test_all_sessions_end_whatever_they_are(home: Home) -> None:
    """With the host, if that is wished."""
    home.start("old")
    home.kill()
    (home.folder / "sessions" / "old" / "record").write_text("{}")
    assert home.ramet("stop", "--end-sessions").out == "the host has ended, and with it: old\n"
    home.check_nothing_runs()


def test_a_host_of_another_version_is_told(home: Home) -> None:
    """With the way out: what it has stays."""
    code = "import ramet; ramet.__version__ = '0.0.9'; from ramet.host.process import main; main()"
    other = subprocess.Popen([sys.executable, "-c", code], env=home.environ)
    wait_until((home.folder / "host.sock").exists)
    home.start()
    said = home.ramet("run", "x = 6")
    assert said.err.startswith(f"the host is ramet 0.0.9, and this command {ramet.__version__}: `ramet stop` ends")
    assert home.ramet("stop").code == 0
    assert other.wait() == 0
    said = home.ramet("run", "x * 7")
    assert (said.out.splitlines()[0], said.err) == ("42", "")


PRINTING = """import os, time
i = 0
while not os.path.exists({stop!r}):
    print(i); i += 1; time.sleep(0.02)
"""


@pytest.mark.parametrize(
    ("kills", "sessions"), [(8, 3), pytest.param(200, 10, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_not_one_line_is_lost_or_doubled(
    home: Home, host: ramet.RemoteManager, tmp_path: Path, kills: int, sessions: int
) -> None:
    """Whoever follows, waits or asks, however often and whenever hosts are killed."""
    stop = tmp_path / "stop"
    code = PRINTING.format(stop=str(stop))
    cells = [host.start(**BARE).submit(code) for _ in range(sessions)]

    def followed(cell: ramet.RemoteExecution) -> str:
        return "".join(event.text for event in cell if isinstance(event, ramet.Text))

    def gathered(cell: ramet.RemoteExecution) -> str:
        text, position = "", 0
        while True:
            result, position = cell.since(position)
            text += result.stdout
            if not isinstance(result.outcome, ramet.Running):
                return text
            time.sleep(0.05)

    with ThreadPoolExecutor(2 * sessions) as pool:
        readers = [pool.submit(read, cell) for cell in cells for read in (followed, gathered)]
        for kill in range(kills):
            if kill % 3:
                host.status()  # others die as they start, or as they adopt
            time.sleep(random.random() * 0.4)
            home.kill()
        stop.touch()
        for reader in readers:
            numbers = [int(line) for line in reader.result().splitlines()]
            assert numbers == list(range(len(numbers)))
            assert numbers
