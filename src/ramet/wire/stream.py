r"""The out stream: text as a terminal would get it, with frames in between.

A frame is `ESC ] 7771 ; nonce ; pid ; seq ; kind ; part ; payload ESC \`, at most `FRAME_MAX` bytes. Its body is
printable ASCII, so a frame that was torn ends at the first byte that is not. Everything that is not a whole frame
with our nonce is text, whatever it looks like: foreign escape sequences, forged frames, binary garbage. Nothing is
ever dropped.

The result does not depend on how the stream is cut into chunks, but for where one `Text` ends and the next begins.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ramet.model.output import StreamName, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

#: POSIX promises that a pipe keeps a write of this many bytes whole (PIPE_BUF on Linux; less elsewhere).
FRAME_MAX = 4096

_STREAMS: tuple[StreamName, ...] = ("stdout", "stderr")
_ESC = b"\x1b"
_ST = b"\x1b\\"
_INTRO = b"\x1b]7771;"
_BODY = re.compile(rb"[\x20-\x7e]*")
_HEADER = re.compile(rb"(\d{1,10});(\d{0,18});([a-z]{1,16});((?:\d{1,18}[+.])?);")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A whole event as the worker sent it: its kind, its JSON payload, the process that wrote it."""

    kind: str
    payload: dict[str, Any]
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """`missing` frames of process `pid` never arrived: a former reader had taken them."""

    pid: int
    missing: int


Item = Text | Message | Gap


class StreamDecoder:
    """Feed it chunks; it returns what is complete.

    `nonce` is the secret of the stream. `resume` maps process ids to the sequence number expected next, for a reader
    that goes on where another stopped (`expected` of that other); without it, a process's first frame is expected to
    be 0. `midway` is for a reader that begins somewhere in the middle, at a place where another one was `clean`: there
    a process's first frame may have any number.
    """

    def __init__(self, nonce: str, *, resume: Mapping[int, int] | None = None, midway: bool = False) -> None:
        self._intro = _INTRO + nonce.encode("ascii") + b";"
        self._rest = b""
        self._expected = dict(resume or {})
        self._midway = midway
        self._parts: dict[tuple[int, bytes], list[bytes]] = {}
        self._stream: StreamName = "stdout"
        make = codecs.getincrementaldecoder("utf-8")
        self._decoders = {name: make("backslashreplace") for name in _STREAMS}

    @property
    def expected(self) -> Mapping[int, int]:
        """The sequence number expected next from each process seen so far."""
        return dict(self._expected)

    @property
    def clean(self) -> bool:
        """Whether nothing is half said: another reader can begin `midway` with the byte that comes next."""
        unfinished = self._rest or self._parts or self._stream != "stdout"
        return not unfinished and not any(decoder.getstate()[0] for decoder in self._decoders.values())

    def feed(self, data: bytes) -> list[Item]:
        """Take the next chunk of the stream."""
        data = self._rest + data if self._rest else data
        items: list[Item] = []
        position = 0
        while True:
            start = data.find(self._intro, position)
            if start < 0:
                keep = len(data) - self._possible_intro(data, position)
                self._text(data[position:keep], items)
                self._rest = data[keep:]
                return items
            self._text(data[position:start], items)
            body = start + len(self._intro)
            end = _body_end(data, body, start + FRAME_MAX - len(_ST))
            if end is None:
                self._rest = data[start:]
                return items
            if end and self._frame(data[body:end], items):
                position = end + len(_ST)
            else:
                # Torn or not ours: the intro is text, and what follows it is looked at afresh.
                self._text(data[start:body], items)
                position = body

    def finish(self) -> list[Item]:
        """The stream has ended: return what was held back as text."""
        items: list[Item] = []
        self._text(self._rest, items)
        self._rest = b""
        self._flush(items)
        items += [Gap(pid=pid, missing=1) for pid, _ in self._parts]
        self._parts.clear()
        return items

    def _flush(self, items: list[Item]) -> None:
        for name in _STREAMS:
            tail = self._decoders[name].decode(b"", final=True)
            self._decoders[name].reset()
            if tail:
                items.append(Text(text=tail, stream=name))

    def _possible_intro(self, data: bytes, position: int) -> int:
        """How many bytes at the end of `data` could be the beginning of an intro."""
        escape = data.rfind(_ESC, max(position, len(data) - len(self._intro) + 1))
        if escape < 0 or not self._intro.startswith(data[escape:]):
            return 0
        return len(data) - escape

    def _text(self, data: bytes, items: list[Item]) -> None:
        text = self._decoders[self._stream].decode(data) if data else ""
        if text:
            items.append(Text(text=text, stream=self._stream))

    def _frame(self, body: bytes, items: list[Item]) -> bool:
        """Take the body of a frame; return False if it is none."""
        header = _HEADER.match(body)
        if header is None:
            return False
        pid, kind, part, payload = int(header[1]), header[3].decode("ascii"), header[4], body[header.end() :]
        # Text marked as stderr and its two marks are one write, so any other frame means stdout.
        self._stream = "stderr" if kind == "err" else "stdout"
        if header[2]:
            self._check_sequence(pid, int(header[2]), items)
        if kind in ("err", "out"):
            return True
        if part:
            message = (pid, part[:-1])
            self._parts.setdefault(message, []).append(payload)
            if part.endswith(b"+"):
                return True
            payload = b"".join(self._parts.pop(message))
        self._message(pid, kind, payload, items)
        return True

    def _check_sequence(self, pid: int, seq: int, items: list[Item]) -> None:
        expected = self._expected.get(pid, seq if self._midway else 0)
        self._expected[pid] = seq + 1
        if seq > expected:
            items.append(Gap(pid=pid, missing=seq - expected))
            for message in [key for key in self._parts if key[0] == pid]:
                del self._parts[message]

    def _message(self, pid: int, kind: str, payload: bytes, items: list[Item]) -> None:
        try:
            value = json.loads(payload)
            if b"\\ud" in payload:
                value = _sayable(value)
        except (ValueError, RecursionError):
            value = None
        if kind == "done":
            self._flush(items)  # a character that the cell left unfinished is not part of the next one
        if isinstance(value, dict):
            items.append(Message(kind=kind, payload=value, pid=pid))
        else:  # its earlier parts are missing
            items.append(Gap(pid=pid, missing=1))


def _body_end(data: bytes, body: int, limit: int) -> int | None:
    """Where the frame body that starts at `body` ends, `limit` at most; 0 if it is none; None while that is open."""
    match = _BODY.match(data, body, limit + 1)
    end = match.end() if match else body
    if end > limit:
        return 0
    if len(data) < end + len(_ST) and _ST.startswith(data[end:]):
        return None
    return end if data.startswith(_ST, end) else 0


def _sayable(value: Any) -> Any:
    """`value` with lone surrogates, which no encoding can say, written as escapes."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode("utf-8")
        case list():
            return [_sayable(item) for item in value]
        case dict():
            return {_sayable(key): _sayable(item) for key, item in value.items()}
        case _:
            return value
