"""Which session `main` is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ramet.projects import main_of, project_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_project_is_marked_or_a_folder_of_its_own(tmp_path: Path) -> None:
    """The nearest mark counts; without any, folders inside each other are two."""
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    assert project_of(inner) == inner
    (tmp_path / ".git").touch()
    assert project_of(inner) == tmp_path
    (tmp_path / "a" / "ramet.toml").touch()
    assert project_of(inner) == tmp_path / "a"
    assert project_of(tmp_path / "b") == tmp_path


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """Is a project of its own, and no error."""
    for folder in (tmp_path / ("x" * 5000), tmp_path / "a\0b"):
        assert project_of(folder) == folder


def test_the_first_one_is_called_main(tmp_path: Path) -> None:
    """Another project's is called after it; numbers tell apart those of the same name."""
    cars, bikes, more = tmp_path / "cars", tmp_path / "my bikes", tmp_path / "more" / "my bikes"
    there: dict[str, str] = {}
    for folder, name in ((cars, "main"), (bikes, "main-my-bikes"), (more, "main-my-bikes-2")):
        assert main_of(folder, there) == name
        there[name] = str(folder)
    assert [main_of(folder, there) for folder in (cars, bikes, more)] == list(there)


def test_it_stays_what_it_is_when_others_go(tmp_path: Path) -> None:
    """Though the name `main` is free again; and another session of the same project is not meant."""
    there = {"fit": str(tmp_path), "main-x": str(tmp_path), f"main-{tmp_path.name}": str(tmp_path)}
    assert main_of(tmp_path, there) == f"main-{tmp_path.name}"


def test_names_that_no_session_can_have(tmp_path: Path) -> None:
    """Are made fit."""
    taken = {"main": "/elsewhere"}
    assert main_of(tmp_path / "größe (neu)", taken) == "main-gr-e-neu-"
    assert main_of(tmp_path.__class__("/"), taken) == "main-root"
    assert len(main_of(tmp_path / ("x" * 200), taken)) < 60
