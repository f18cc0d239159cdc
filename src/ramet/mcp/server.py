"""The server of the Model Context Protocol, over a manager: it knows nothing of how bytes come and go."""

from __future__ import annotations

import base64
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server import Server

from ramet import __version__
from ramet.errors import InvalidError, RametError
from ramet.mcp import tools
from ramet.mcp.arguments import Arguments
from ramet.mcp.desk import Desk
from ramet.mcp.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp.server.context import ServerRequestContext

    from ramet.manager.manager import AsyncManager
    from ramet.mcp.waiting import Progress
    from ramet.render.reply import Reply

_LOG = logging.getLogger(__name__)

#: Some clients show this and the names of the tools, and load the tools only when the model asks for them.
_INSTRUCTIONS = (
    "Python sessions that keep their variables: use them rather than scripts and `python -c` whenever work takes more "
    "than one step. Work in small steps with `run`: load data once, then look at it from many sides. `look` shows "
    "variables, documentation and past output without running anything. Long code is not cut off: `run` comes back, "
    "and `wait` goes on. A mistake is taken back with `undo`."
)

_DESCRIPTIONS = Path(__file__).parent / "descriptions"

#: What is true of the tools that do less than their protocol assumes of any: to destroy, and to reach anywhere.
_HINTS = {
    "run": None,
    "wait": types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
    "answer": None,
    "interrupt": types.ToolAnnotations(open_world_hint=False),
    "look": types.ToolAnnotations(read_only_hint=True, open_world_hint=False),
    "undo": types.ToolAnnotations(open_world_hint=False),
    "branch": types.ToolAnnotations(destructive_hint=False, open_world_hint=False),
    "sessions": types.ToolAnnotations(open_world_hint=False),
}


@dataclass(frozen=True, slots=True)
class _Tool:
    """A tool: what a client is told of it, and what it does."""

    told: types.Tool
    arguments: Arguments
    function: Callable[..., Awaitable[Reply]]


def make_server(
    manager: AsyncManager, *, folder: Path | None = None, environ: Mapping[str, str] | None = None
) -> Server[Any]:
    """A server whose tools work with the sessions of `manager`, which stays its caller's to close.

    Sessions start in `folder`, with its `.venv` and settings, and with the variables `environ`; both are this process's
    if not given. Make a server for each client: what one has been shown is not shown to it again.
    """
    desk = Desk(manager, (folder or Path()).absolute(), environ)
    offered = {name: _tool(name, hints) for name, hints in _HINTS.items()}
    resources = Resources(desk)

    async def list_tools(
        _context: ServerRequestContext, _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[tool.told for tool in offered.values()])

    async def call_tool(context: ServerRequestContext, params: types.CallToolRequestParams) -> types.CallToolResult:
        call = tools.Call(desk=desk, progress=_progress(context))
        try:
            return _content(await _called(call, offered, params.name, params.arguments or {}))
        except RametError as error:  # told as a result, which a model gets to read
            return _failed(_in_tools(str(error)))
        except Exception as error:  # noqa: BLE001 - the border: a defect of ours must not end the connection
            _LOG.exception("the tool %s failed", params.name)
            return _failed(f"a defect in ramet, please report it: {type(error).__name__}: {error}")

    return Server(
        "ramet",
        version=__version__,
        title="ramet: Python sessions",
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=resources.list,
        on_list_resource_templates=resources.templates,
        on_read_resource=resources.read,
    )


def _tool(name: str, hints: types.ToolAnnotations | None) -> _Tool:
    function = getattr(tools, name)
    arguments = Arguments(name, function)
    told = types.Tool(
        name=name,
        description=(_DESCRIPTIONS / f"{name}.md").read_text(encoding="utf-8"),
        input_schema=arguments.schema(),
        annotations=hints,
    )
    return _Tool(told, arguments, function)


async def _called(call: tools.Call, offered: Mapping[str, _Tool], name: str, given: Mapping[str, object]) -> Reply:
    tool = offered.get(name)
    if tool is None:
        raise InvalidError(f"there is no tool {name!r}", hint=f"there are {', '.join(offered)}")
    return await tool.function(call, **tool.arguments.checked(given))


def _progress(context: ServerRequestContext) -> Progress | None:
    """Whom to tell of progress, None if the client did not ask to be told."""
    if "progress_token" not in (context.meta or {}):
        return None

    async def tell(seconds: float, message: str) -> None:
        await context.session.report_progress(seconds, message=message)

    return tell


def _content(reply: Reply) -> types.CallToolResult:
    """Text first, then its pictures. Nothing structured: of a result that has it, clients drop the rest."""
    content: list[types.ContentBlock] = [types.TextContent(text=reply.text)]
    for image in reply.images:
        data = base64.b64encode(image.data).decode("ascii")
        content.append(types.ImageContent(data=data, mime_type=image.mime))
    return types.CallToolResult(content=content)


def _in_tools(message: str) -> str:
    """A message of the library with the calls that it advises as a client makes them."""
    return message.replace("restart()", 'sessions(action="restart")').replace("limit_bytes", "limit_gb")


def _failed(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=text)], is_error=True)
