"""Where homes are, and whose."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

import ramet
from ramet.places import private_folder


def test_the_usual_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable of our own first, then the state folder; a relative one is none."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RAMET_HOME", str(tmp_path / "mine"))
    assert ramet.default_home() == tmp_path / "mine"
    monkeypatch.delenv("RAMET_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert ramet.default_home() == tmp_path / "state" / "ramet"
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    assert ramet.default_home() == tmp_path / ".local" / "state" / "ramet"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "home")  # for a host, which is in another folder, it is the same
    assert ramet.default_home() == tmp_path / "home" / ".local" / "state" / "ramet"


async def test_a_home_is_private(tmp_path: Path) -> None:
    """One that others may look into is refused, and the hint says what to do."""
    tmp_path.chmod(0o755)
    with pytest.raises(ramet.InvalidError, match="chmod 700"):
        await ramet.AsyncManager(home=tmp_path).adopt()


def test_what_cannot_be_a_home(tmp_path: Path) -> None:
    """A file, and a place where nothing can be made."""
    (tmp_path / "file").touch()
    with pytest.raises(ramet.InvalidError, match="not a folder"):
        private_folder(tmp_path / "file")
    with pytest.raises(ramet.BrokenError, match="could not be made"):
        private_folder(Path("/proc/nowhere"))
    assert private_folder(tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_home_of_another_user_is_refused(tmp_path: Path) -> None:
    """Whoever wrote the variable: root's commands would leave files there that its user cannot touch."""
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 4242, 4242)
    with pytest.raises(ramet.InvalidError, match="belongs to user 4242, not to you"):
        private_folder(theirs)


def test_who_has_no_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a variable nor an entry among the users, as in a container that runs as some number."""
    for name in ("HOME", "RAMET_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    assert ramet.default_home() == tmp_path / f"ramet-home-{os.getuid()}"
