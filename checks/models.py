"""A model that is none: it asks a client for the tool calls of a script, and remembers what it was shown.

It speaks the three dialects in which Claude Code, Codex and Gemini CLI talk to their models, on a port of this machine.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool call that the model makes; `tool` as the server names it."""

    tool: str
    arguments: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a model is shown of a tool's result: its texts, and the media types of its pictures."""

    text: str
    images: tuple[str, ...] = ()


class Dialect(Protocol):
    """How one client writes to its model, and reads what that says."""

    def tools(self, request: Json) -> dict[str, Json]:
        """The tools that a request offers, each with `name`, `description` and `schema`, by the server's names."""
        ...

    def shown(self, request: Json) -> list[Shown]:
        """The results of tools that the conversation of a request holds."""
        ...

    def speech(self, request: Json, turn: Call | str, number: int) -> list[Json]:
        """The events that make up turn `number` of the model: a call, or a last word."""
        ...


class Anthropic:
    """The Messages API, which Claude Code speaks. Tools are called `mcp__ramet__run`."""

    prefix = "mcp__ramet__"

    def tools(self, request: Json) -> dict[str, Json]:
        return {
            tool["name"].removeprefix(self.prefix): {
                "description": tool["description"],
                "schema": tool["input_schema"],
            }
            for tool in request.get("tools", [])
            if tool["name"].startswith(self.prefix)
        }

    def shown(self, request: Json) -> list[Shown]:
        blocks = [
            block
            for message in request["messages"]
            if isinstance(message["content"], list)
            for block in message["content"]
        ]
        return [self._result(block["content"]) for block in blocks if block["type"] == "tool_result"]

    def _result(self, content: str | list[Json]) -> Shown:
        if isinstance(content, str):
            return Shown(text=content)
        return Shown(
            text="\n".join(block["text"] for block in content if block["type"] == "text"),
            images=tuple(block["source"]["media_type"] for block in content if block["type"] == "image"),
        )

    def speech(self, request: Json, turn: Call | str, number: int) -> list[Json]:
        if isinstance(turn, Call):
            name = self.prefix + turn.tool
            begun: Json = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {}}
            delta: Json = {"type": "input_json_delta", "partial_json": json.dumps(turn.arguments)}
        else:
            begun, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": turn}
        message = {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": request["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
        stop = "tool_use" if isinstance(turn, Call) else "end_turn"
        return [
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": begun},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 1}},
            {"type": "message_stop"},
        ]


class OpenAI:
    """The Responses API, which Codex speaks. The tools of a server stand in a namespace."""

    def tools(self, request: Json) -> dict[str, Json]:
        return {
            tool["name"]: {"description": tool["description"], "schema": tool["parameters"]}
            for space in request.get("tools", [])
            if space["type"] == "namespace" and "ramet" in space["name"]
            for tool in space["tools"]
        }

    def shown(self, request: Json) -> list[Shown]:
        return [self._result(item["output"]) for item in request["input"] if item["type"] == "function_call_output"]

    def _result(self, output: str | list[Json]) -> Shown:
        if isinstance(output, str):
            return Shown(text=output)
        return Shown(
            text="\n".join(part["text"] for part in output if part["type"] == "input_text"),
            images=tuple(
                part["image_url"].removeprefix("data:").partition(";")[0]
                for part in output
                if part["type"] == "input_image"
            ),
        )

    def speech(self, request: Json, turn: Call | str, number: int) -> list[Json]:
        if isinstance(turn, Call):
            space = next(tool["name"] for tool in request["tools"] if "ramet" in tool.get("name", ""))
            item: Json = {
                "type": "function_call",
                "id": f"fc_{number}",
                "call_id": f"call_{number}",
                "namespace": space,
                "name": turn.tool,
                "arguments": json.dumps(turn.arguments),
            }
        else:
            text = {"type": "output_text", "text": turn, "annotations": []}
            item = {"type": "message", "id": f"msg_{number}", "role": "assistant", "content": [text]}
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        response = {
            "id": f"resp_{number}",
            "object": "response",
            "status": "completed",
            "output": [item],
            "usage": usage,
        }
        return [
            {"type": "response.created", "response": {"id": f"resp_{number}"}},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": response},
        ]


class Google:
    """The Gemini API, which Gemini CLI speaks. Tools are called `mcp_ramet_run`."""

    prefix = "mcp_ramet_"

    def tools(self, request: Json) -> dict[str, Json]:
        return {
            tool["name"].removeprefix(self.prefix): {
                "description": tool["description"],
                "schema": tool["parametersJsonSchema"],
            }
            for group in request.get("tools", [])
            for tool in group.get("functionDeclarations", [])
            if tool["name"].startswith(self.prefix)
        }

    def shown(self, request: Json) -> list[Shown]:
        # Pictures follow the result as parts of their own.
        return [
            Shown(
                text=next(iter(part["functionResponse"]["response"].values())),
                images=tuple(item["inlineData"]["mimeType"] for item in content["parts"] if "inlineData" in item),
            )
            for content in request["contents"]
            for part in content["parts"]
            if "functionResponse" in part
        ]

    def speech(self, request: Json, turn: Call | str, number: int) -> list[Json]:
        if isinstance(turn, Call):
            part: Json = {"functionCall": {"name": self.prefix + turn.tool, "args": turn.arguments}}
        else:
            part = {"text": turn}
        candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        return [{"candidates": [candidate], "usageMetadata": {"totalTokenCount": 2}}]


_DIALECTS: dict[str, Dialect] = {"/messages": Anthropic(), "/responses": OpenAI(), "GenerateContent": Google()}


@dataclass
class Model:
    """A model at `url` that makes the `calls`, one a turn, and then ends. Requests without our tools are small talk."""

    calls: Sequence[Call]
    url: str = ""
    requests: list[Json] = field(default_factory=list)
    tools: dict[str, Json] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)

    def answer(self, dialect: Dialect, request: Json) -> list[Json]:
        """The events of its next turn."""
        self.requests.append(request)
        offered = dialect.tools(request)
        if not offered:
            return dialect.speech(request, "nothing to say", len(self.requests))
        self.tools = offered
        self.shown = dialect.shown(request)
        turn = self.calls[len(self.shown)] if len(self.shown) < len(self.calls) else "that was all"
        return dialect.speech(request, turn, len(self.requests))


@contextmanager
def model(*calls: Call) -> Iterator[Model]:
    """A model that listens until the block is left."""
    made = Model(calls)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _line(event: Json) -> str:
    named = f"event: {event['type']}\n" if "type" in event else ""
    return f"{named}data: {json.dumps(event)}\n\n"


def _handler(made: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            dialect = next((one for word, one in _DIALECTS.items() if word in self.path), None)
            if dialect is None:
                self._send(404, "application/json", b"{}")
                return
            events = made.answer(dialect, request)
            self._send(200, "text/event-stream", "".join(map(_line, events)).encode())

        def do_GET(self) -> None:
            self._send(404, "application/json", b"{}")

        def do_HEAD(self) -> None:
            self.do_GET()

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not to the terminal."""

    return Handler
