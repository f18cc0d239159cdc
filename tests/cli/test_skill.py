"""What SKILL.md teaches agents: its commands do what stands below them."""

from __future__ import annotations

import doctest
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

import click
import pytest
from support import ROOT

from ramet.cli.main import group

if TYPE_CHECKING:
    from homes import Home

SKILL = (ROOT / "plugins/ramet/skills/ramet/SKILL.md").read_text(encoding="utf-8")


class Step(NamedTuple):
    """A command, with the lines of its here document, and what it prints."""

    command: str
    shown: str


def steps() -> list[Step]:
    """The commands of all blocks, in their order: they are one session."""
    blocks = re.findall(r"^```console\n(.*?)^```$", SKILL, re.MULTILINE | re.DOTALL)
    found = re.findall(r"^\$ (.*\n(?:> .*\n)*)((?:(?!\$ ).*\n)*)", "".join(blocks), re.MULTILINE)
    return [Step(re.sub(r"^> ", "", command, flags=re.MULTILINE), shown) for command, shown in found]


def timeless(shown: str) -> str:
    """With all times the same."""
    return re.sub(r"<?\d+(\.\d+)? (ms|s)\b", "2 ms", shown)


def test_its_commands_do_what_it_says(home: Home) -> None:
    """`...` stands for anything."""
    pytest.importorskip("pandas")
    pytest.importorskip("matplotlib")
    alike = doctest.OutputChecker().check_output
    assert len(steps()) > 15
    for step in steps():
        shown = home.typed(step.command, RAMET_SHELL="ipython", RAMET_PRELOAD="numpy,pandas,matplotlib.pyplot")
        as_said = alike(timeless(step.shown), timeless(shown), doctest.ELLIPSIS)
        assert as_said, f"{step.command}{shown}"


def test_the_commands_that_it_names_exist() -> None:
    """With the options that it gives them."""
    named = re.findall(r"`ramet ([a-z].*?)`", re.sub(r"```.*?```", "", SKILL, flags=re.DOTALL))
    assert len(named) > 20
    parent = click.Context(group, **group.context_settings)
    for written in named:
        name, *arguments = shlex.split(written.replace("<<'EOF'", ""))
        command = group.get_command(parent, name)
        assert command is not None, written
        command.make_parser(click.Context(command, parent=parent)).parse_args(arguments)


def test_it_is_short_and_says_when_it_is_for() -> None:
    """An agent reads its heading always, and the rest when it needs it."""
    heading = re.match(r"---\nname: ([a-z-]+)\ndescription: (.+)\n---\n", SKILL)
    assert heading is not None
    assert heading[1] == "ramet"
    assert 100 < len(heading[2]) < 1024
    assert len(SKILL.splitlines()) < 150
