"""Who belongs to a session, for the next owner."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest
from support import wait_until

import ramet
from ramet.handlers import processes
from ramet.handlers.lodging import Lodging, end, number
from ramet.handlers.roster import Head, Roster

if TYPE_CHECKING:
    from pathlib import Path

HEAD = Head(leader=os.getpid(), zygote="zygote-1", inherited=5, tidy=True)


def test_a_roster_is_read_back(tmp_path: Path) -> None:
    """Those that live are known; a line that was cut is left out."""
    roster = Roster(tmp_path, HEAD)
    roster.begin()
    roster.enter(os.getpid())
    with (tmp_path / "roster").open("a") as file:
        file.write('[12, "34')
    again = Roster.load(tmp_path)
    assert (again.head, again.pids) == (HEAD, (os.getpid(),))
    assert again.has(os.getpid())
    assert not again.has(os.getppid())


def test_no_roster(tmp_path: Path) -> None:
    """Nothing is known, and that is said."""
    with pytest.raises(ramet.BrokenError, match="nothing is known"):
        Roster.load(tmp_path)


def test_the_same_number_at_another_time(tmp_path: Path) -> None:
    """It is the birth that tells processes apart, and the start of the machine that tells births apart."""
    roster = Roster(tmp_path, HEAD)
    roster.begin()
    roster.enter(os.getpid())
    path = tmp_path / "roster"
    born = processes.birth(os.getpid())
    path.write_text(path.read_text().replace(born, born.partition("@")[0] + "@another-boot"))
    assert not Roster.load(tmp_path).has(os.getpid())


def test_the_number_of_a_process_never_comes_again(tmp_path: Path) -> None:
    """Not even when its folder is gone."""
    lodging = Lodging(tmp_path)
    first = lodging.add()
    first.rmdir()
    assert lodging.last is None
    assert [number(lodging.add()), number(Lodging(tmp_path).add())] == [2, 3]
    lodging.sweep()
    assert lodging.last is not None
    assert [path.name for path in tmp_path.glob("process-*")] == [lodging.last.name]


def _gone(pid: int) -> bool:
    return not processes.alive(pid)


def test_those_that_hold_the_folder_are_found(tmp_path: Path) -> None:
    """A child of a leader that is gone, on no list, ends with the others; a stranger does not."""
    code = (
        "import os, sys, time\nos.setsid()\nif os.fork(): os._exit(0)\n"
        "held = open(sys.argv[1] + '/out', 'w') if len(sys.argv) > 1 else None\n"
        "print(os.getsid(0), os.getpid(), flush=True)\ntime.sleep(60)"
    )
    for arguments in ([str(tmp_path)], []):
        started = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
        assert started.stdout is not None
        leader, child = map(int, started.stdout.readline().split())
        started.wait()
        started.stdout.close()
        roster = Roster(tmp_path, Head(leader=leader, zygote="", inherited=0, tidy=True))
        end(roster, tmp_path)
        if arguments:
            wait_until(partial(_gone, child))
        else:
            assert processes.alive(child)
            processes.kill(child, 9)
