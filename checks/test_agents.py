"""What a model is shown of the server by the clients that agents run in."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import mcp
import pytest
from clients import CLIENTS, COMMAND, HERE, ClaudeCode, Client, Place
from models import Call, Model, Shown, model

import ramet
from ramet.mcp.server import make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIGURES = "import matplotlib.pyplot as plt\nfor n in (2, 3):\n    plt.figure()\n    _ = plt.plot([1, n])"
_LINES = "for number in range(140):\n    print(f'{number:5}', 'y' * 73)"

#: What the model asks for, in one conversation.
TASK = {
    "figures": Call(tool="run", arguments={"code": _FIGURES}),
    "long": Call(tool="run", arguments={"code": _LINES, "max_chars": 12_000}),
    "failed": Call(tool="run", arguments={"code": "total = nope"}),
    "refused": Call(tool="run", arguments={"code": "1", "timeout": 3}),
    "look": Call(tool="look", arguments={}),
    "variables": Call(tool="run", arguments={"code": "import os; sorted(os.environ)"}),
}


@pytest.fixture(scope="module", params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Client:
    """Each of them in turn."""
    return CLIENTS[request.param]


@pytest.fixture
def told(client: Client, place: Place) -> Iterator[Model]:
    """A model that has made its calls."""
    with model(*TASK.values()) as made:
        place.run(*client.adding.split())
        client.ask(place, made)
        yield made


def result(made: Model, name: str) -> Shown:
    """What it was shown after one of the calls."""
    assert len(made.shown) == len(TASK)
    return made.shown[list(TASK).index(name)]


def test_it_is_added_by_one_line(client: Client, place: Place) -> None:
    """The one that docs/mcp.md has, which writes down the command as it was given."""
    assert f"\n    {client.adding}\n" in (HERE.parent / "docs" / "mcp.md").read_text(encoding="utf-8")
    place.run(*client.adding.split())
    assert client.added(place) == list(COMMAND)


def test_what_the_model_sees(told: Model) -> None:
    """Texts are whole, pictures are pictures, and mistakes come with what helps."""
    figures = result(told, "figures")
    assert figures.images == ("image/png", "image/png")
    assert "[image 1] figure 640x480" in figures.text
    assert not re.search(r"[A-Za-z0-9+/]{200}", figures.text), "a picture stands in the text"

    long = result(told, "long").text
    assert all(f"{number:5} {'y' * 73}" in long for number in range(140))
    assert "[cell 2: ok in" in long

    assert "NameError: name 'nope' is not defined" in result(told, "failed").text
    assert "did you mean 'wait_s'?" in result(told, "refused").text
    assert "cell 3: failed" in result(told, "look").text


def test_the_tools_are_offered_as_they_are(told: Model) -> None:
    """With whole descriptions, and with all arguments, their types and choices; some clients leave out the defaults."""
    tools = asyncio.run(_tools())
    assert set(told.tools) == set(tools)
    for name, tool in tools.items():
        offered = told.tools[name]
        assert offered["description"].startswith(tool.description)
        assert set(offered["schema"].get("required", [])) == set(tool.input_schema.get("required", []))
        for argument, schema in tool.input_schema["properties"].items():
            assert schema | {"default": 0} == offered["schema"]["properties"][argument] | {"default": 0}


def test_claude_code_names_the_tools_before_it_loads_them(place: Place) -> None:
    """With its tool search on, what a model reads of the server at first is the instructions and the names."""
    place.run(*ClaudeCode.adding.split())
    with model() as made:
        ClaudeCode().ask(place, made, search="true")
    first = str(made.requests[0])
    assert "mcp__ramet__run" in first
    assert "Python sessions that keep their variables" in first
    assert not made.tools


async def _tools() -> dict[str, Any]:
    async with ramet.AsyncManager() as manager, mcp.Client(make_server(manager)) as own:
        return {tool.name: tool for tool in (await own.list_tools()).tools}
