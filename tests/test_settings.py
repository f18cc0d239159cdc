"""Settings from files and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ramet.errors import InvalidError
from ramet.settings import Settings, host_settings, settings_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in Settings.__dataclass_fields__:
        monkeypatch.delenv(f"RAMET_{name.upper()}", raising=False)


def test_the_nearer_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable before the project's file before the user's."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/ramet.toml").write_text('session = "users"\nshell = "python"\nidle_s = 5\n')
    (tmp_path / "project/inside").mkdir(parents=True)
    (tmp_path / "project/ramet.toml").write_text('session = "projects"\npreload = ["json"]\npython = "venv"\n')
    settings = settings_of(tmp_path / "project/inside")
    assert (settings.session, settings.shell, settings.preload) == ("projects", "python", ("json",))
    assert settings.python == str(tmp_path / "project/venv")
    monkeypatch.setenv("RAMET_SESSION", "mine")
    monkeypatch.setenv("RAMET_PRELOAD", "json, csv")
    settings = settings_of(tmp_path / "project/inside")
    assert (settings.session, settings.preload) == ("mine", ("json", "csv"))
    assert host_settings().idle_s == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('sesion = "a"', "no setting 'sesion'; did you mean session"),
        ("x = 1", "no setting 'x'; there are: session"),
        ("session = 1", "ramet.toml: session cannot be 1; it is a text"),
        ("limit_bytes = '4G'", "limit_bytes cannot be '4G'; it is a whole number of bytes"),
        ("max_processes = -1", "max_processes cannot be -1"),
        ("preload = [1]", r"preload cannot be \[1\]; it is a list of the names"),
        ("shell = 'ipyton'", "shell cannot be 'ipyton'; it is 'auto', 'ipython' or 'python'"),
        ("max_processes = true", "max_processes cannot be True"),
        ("session = ", "cannot be read"),
        ("idle_s = 0", "above 0"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    """With the file, and what was meant."""
    (tmp_path / "ramet.toml").write_text(text)
    with pytest.raises(InvalidError, match=said):
        settings_of(tmp_path)


def test_a_variable_that_is_no_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Is an error that names it."""
    monkeypatch.setenv("RAMET_LIMIT_BYTES", "4G")
    with pytest.raises(InvalidError, match="RAMET_LIMIT_BYTES cannot be '4G'; it is a whole number"):
        settings_of(tmp_path)


def test_places_that_cannot_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no settings: the home of another user, say, or a folder that cannot be."""
    unusable = tmp_path / ("x" * 300)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(unusable))
    assert settings_of(unusable) == Settings()
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(unusable))
    assert host_settings() == Settings()


def test_the_environment_of_the_project_not_of_those_above(tmp_path: Path) -> None:
    """A folder with `.git` is where a project ends."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    (tmp_path / "inside").mkdir()
    assert settings_of(tmp_path / "inside").python_from == str(tmp_path / ".venv")
    (tmp_path / "inside/.git").mkdir()
    assert settings_of(tmp_path / "inside").python is None
