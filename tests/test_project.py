"""What holds for the project as a whole: its layers, its public names, its documents."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support import ROOT

import ramet
from ramet.handlers import signals
from ramet.model.session import TRANSITIONS, SessionState, Signal
from ramet.wire import report
from ramet.worker import signals as worker_signals
from ramet.worker import worker

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = ROOT / "src/ramet"

#: What the modules of each layer may import of ramet, besides their own layer.
ALLOWED = {
    "errors": set(),
    "model": {"errors"},
    "wire": {"errors", "model"},
    "render": {"errors", "model"},
    "worker": set(),
    "journal": {"errors", "model"},
    "handlers": {"errors", "model", "wire", "places"},
    "session": {"errors", "model", "journal", "handlers.base"},
    "manager": {"errors", "model", "places", "wire", "render", "journal", "session", "handlers"},
    "mcp": {"errors", "model", "render", "projects", "settings", "session", "manager"},
    "portal": {"errors"},
    "blocking": {"errors", "model", "session", "manager", "portal"},
    "testing": {"errors", "model", "handlers.base"},
    "places": {"errors"},
    "projects": set(),
    "settings": {"errors"},
    "host": {"errors", "model", "wire", "render", "places", "projects", "settings", "session", "manager", "mcp"},
    "client": {"errors", "model", "wire", "places", "portal"},
    "cli": {"errors", "model", "places", "settings", "client"},
    "__main__": {"cli", "client"},
}


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports, relative ones as they are written."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def layer_of(path: Path) -> str:
    """The part of the package that a file belongs to."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


FILES = [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_layers_import_only_what_lies_below(path: Path) -> None:
    """The table above is the rule; `worker` imports nothing of ramet by name."""
    layer = layer_of(path)
    for name in imports_of(path):
        if not name.startswith("ramet."):
            continue
        target = name.removeprefix("ramet.")
        assert target.split(".")[0] == layer or any(
            target == allowed or target.startswith(f"{allowed}.") for allowed in ALLOWED[layer]
        ), f"{layer} imports {name}"


def test_the_documented_layers_are_these() -> None:
    """The table in docs/architecture.md says the same."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").split("## Layers")[1]
    rows = re.findall(r"^\| `(\w+)/?` \|.*\| (.*?) ?\|$", text.split("\n## ")[0], re.MULTILINE)
    told = {part: set(filter(None, allowed.split(", "))) for part, allowed in rows}
    assert told == {**ALLOWED, "worker": {"nothing of ramet"}}


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.glob("worker/**/*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_the_worker_needs_nothing_installed(path: Path) -> None:
    """Standard library; IPython and matplotlib only in the modules that are about them."""
    foreign = {name.split(".")[0] for name in imports_of(path) if not name.startswith(".")} - sys.stdlib_module_names
    figures = {"matplotlib"}
    allowed = {
        "ipython_shell.py": {"IPython", "traitlets"},
        "interactive.py": {"IPython", "traitlets"} | figures,
        "figures.py": figures,
        "warm.py": figures,
        "completion.py": {"IPython"},
    }
    assert foreign <= allowed.get(path.name, set()) | {"__future__"}


@pytest.mark.parametrize("layer", ["model", "wire", "render"])
def test_values_codecs_and_rendering_do_no_io(layer: str) -> None:
    """They import nothing that could."""
    for path in (PACKAGE / layer).glob("*.py"):
        assert not imports_of(path) & {"socket", "subprocess", "asyncio", "pathlib", "select"}, path


def test_both_sides_agree_where_neither_may_import_the_other() -> None:
    """The wire's version and the signals are written down twice, and are the same."""
    assert worker.WIRE_VERSION == report.WIRE_VERSION
    ours = {name: value for name, value in vars(signals).items() if name.endswith("_SIGNAL")}
    theirs = {name: value for name, value in vars(worker_signals).items() if name.endswith("_SIGNAL")}
    assert len(ours) > 5
    assert ours.items() <= theirs.items()
    assert len(set(theirs.values())) == len(theirs)


def test_public_names() -> None:
    """`__all__` is sorted and real, each name is documented, and type checkers find them at the same places."""
    assert ramet.__all__ == sorted(ramet.__all__)
    for name in ramet.__all__:
        assert getattr(getattr(ramet, name), "__doc__", "") or name in ("Event", "Outcome", "Output")
    imported = {
        alias.name: node.module
        for node in ast.walk(ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith("ramet.")
        for alias in node.names
    }
    assert imported == ramet._HOME_OF
    assert set(ramet.__all__) == set(imported)


def test_the_command_line_imports_little() -> None:
    """A person or an agent waits for each import."""
    code = (
        "import sys, ramet.cli.main, ramet.cli.running, ramet.client.line\n"
        "print(sorted({'asyncio', 'starlette', 'uvicorn', 'httpx', 'mcp', 'IPython', 'PIL', 'subprocess', 'ssl',\n"
        "              'ramet.model', 'ramet.render', 'ramet.manager', 'ramet.session'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("face", [ramet.Session, ramet.Manager, ramet.Execution, ramet.Result, ramet.Reply])
def test_what_public_methods_return_is_public(face: type) -> None:
    """Whoever calls one can name the class of what comes back."""
    for name, member in inspect.getmembers(face):
        function = member.fget if isinstance(member, property) else member
        if name.startswith("_") or not hasattr(function, "__annotations__"):
            continue
        words = re.findall(r"\w+", function.__annotations__["return"])
        assert {word for word in words if word[0].isupper()} - {"None", "Iterator"} <= set(ramet.__all__), name


def test_importing_does_nothing() -> None:
    """No process, no thread, no heavy module."""
    code = (
        "import sys, threading, ramet, ramet.render.html, ramet.render.pattern, ramet.render.terminal\n"
        "heavy = {'IPython', 'numpy', 'pandas', 'matplotlib', 'ctypes', 're2', 'nh3', 'html_to_markdown', 'wcwidth'}\n"
        "heavy &= set(sys.modules)\n"
        "print(threading.active_count(), sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 []"


def test_the_documented_states_are_the_table() -> None:
    """`docs/architecture.md` draws what the code does."""
    assert state_table() in (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def state_table() -> str:
    """The state table as Markdown."""
    lines = ["| in the state | it can happen that | then it is |", "|---|---|---|"]
    for state in SessionState:
        for signal, after in TRANSITIONS[state].items():
            lines.append(f"| {state.name}: {state.value} | {signal.value} | {after.name} |")
    assert len(lines) > len(Signal)
    return "\n".join(lines)


def test_every_word_of_the_api_is_in_the_glossary() -> None:
    """The words that name things are defined."""
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").lower()
    for word in ("session", "cell", "execution", "handler", "zygote", "worker", "outcome", "late output", "manager"):
        assert f"**{word}**" in glossary


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("[0-9]*.py")), ids=lambda path: path.name)
def test_examples_run(path: Path, tmp_path: Path) -> None:
    """Each example ends well, on its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not done.stderr


@pytest.mark.parametrize("document", ["README.md", "docs/library.md"])
def test_sessions_in_documents_are_true(document: str) -> None:
    """Each `>>>` gives what stands below it."""
    outcome = doctest.testfile(
        str(ROOT / document), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert outcome.attempted > 5
    assert outcome.failed == 0
