r"""One entry, one line: JSON that a person can read with `less` and `grep`, and a program with `jq`.

    {"crc":"5f1c0a9e","is":"text","characters":6,"lines":1,"open":false,"moves":false,...,"text":"hello\n"}

`crc` is the CRC-32 of the line's bytes after that field, without the line end: a line that was cut, or changed,
does not pass for a whole one. The figures of a text stand before it, so that counting lines does not decode them.

Forms of a display that are binary or long are files beside the journal, and the line names them. No I/O is done here.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from ramet.errors import InvalidError
from ramet.journal.entry import (
    Answered,
    Asking,
    Branched,
    Entry,
    Finished,
    NeverRan,
    Opened,
    Queued,
    Stands,
    Submitted,
    Waking,
)
from ramet.model.outcome import Completed
from ramet.model.output import Display, RichValue, Text
from ramet.model.plain import KINDS, Codec
from ramet.model.report import Began, Checkpointed, Gone, ReadTo, Up

if TYPE_CHECKING:
    from collections.abc import Callable

#: The version of the format, told by the first line of each file.
VERSION = 1

#: A text form of a display that is longer becomes a file.
LONG_FORM = 1 << 16

#: What stands in a journal beside the model's own values.
_CODEC = Codec(
    KINDS
    | {
        "journal": Opened,
        "submitted": Submitted,
        "began": Began,
        "answered": Answered,
        "finished": Finished,
        "never-ran": NeverRan,
        "stands": Stands,
        "branched": Branched,
        "up": Up,
        "gone": Gone,
        "checkpointed": Checkpointed,
        "queued": Queued,
        "asking": Asking,
        "waking": Waking,
        "read": ReadTo,
    }
)


class Printed(NamedTuple):
    """The figures of a text: `lines` are its line ends, `open` says that its last line has none.

    `moves` says that it may change other lines than its last one, by moving a terminal's cursor up, say.
    """

    characters: int
    lines: int
    open: bool
    moves: bool


def encode(entry: Entry, keep: Callable[[str, bytes], str]) -> bytes:
    """The line of `entry`. `keep` makes a file of a form, given its MIME type and content, and returns the name."""
    body = _body(entry, keep).encode("utf-8", "backslashreplace")  # a lone surrogate becomes its escape in JSON
    return _line(body)


def header(size: int = 0) -> bytes:
    """The first line of a file, padded to `size` bytes if that is more: JSON does not mind the spaces."""
    body = f'"is":"journal","version":{VERSION}}}'.encode()
    return _line(body + b" " * (size - _BODY_AT - len(body) - 1))


def whole(line: bytes) -> bool:
    """Whether `line`, its line end included, is as it was written."""
    head = b'{"crc":"%08x",' % zlib.crc32(line[_BODY_AT:-1])
    return line[-1:] == b"\n" and line[:_BODY_AT] == head


def decode(line: bytes, fetch: Callable[[str], bytes | None]) -> Entry:
    """The entry of a whole line. `fetch` returns the content of a file; a form whose file is gone is left out.

    Raises:
        InvalidError: a kind or a field that this version does not know.
    """
    try:
        data = json.loads(line)
        del data["crc"]
        match data.pop("is"):
            case "text":
                return Text(text=data["text"], stream=data["stream"], late=data["late"])
            case "display":
                return _display(data, fetch)
            case kind:
                entry: Entry = _CODEC.value({"is": kind, **data})
                return entry
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidError(
            f"a line of the journal cannot be read: {error!r}", hint="a newer ramet may know it"
        ) from error


def printed(line: bytes) -> Printed | None:
    """The figures of a line that holds a text, without decoding that; None if it holds something else."""
    match = _PRINTED.match(line, _BODY_AT)
    if match is None:
        return None
    return Printed(int(match[1]), int(match[2]), match[3] == b"true", match[4] == b"true")


def figures(text: str) -> Printed:
    """The figures of `text`."""
    # Seven plain searches are ten times as fast as the expression, and most text holds none of these.
    moves = any(sign in text for sign in _SIGNS) and _MOVES.search(text) is not None
    return Printed(len(text), text.count("\n"), not text.endswith("\n"), moves)


_BODY_AT = len('{"crc":"00000000",')
_PRINTED = re.compile(rb'"is":"text","characters":(\d+),"lines":(\d+),"open":(true|false),"moves":(true|false),')

#: All control characters but those that stay in their line: tab, backspace, carriage return, and these sequences of
#: escape: colours, moves within the line, erasing in it, a hidden cursor, and titles and links.
_MOVES = re.compile(
    r"[\x0b\x0c\x84\x85\x8d\x9b]|\x1b(?!\[[0-9;:]*[mKCDGPX@`]|\[\?25[hl]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\\|[()][AB0])"
)
_SIGNS = "\x1b\x0b\x0c\x84\x85\x8d\x9b"
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_BOOLS = ("false", "true")


def _body(entry: Entry, keep: Callable[[str, bytes], str]) -> str:
    """The JSON of `entry` without its opening brace. What each cell has is spelled out: that is twice as fast."""
    match entry:
        case Text(text=text):
            of = figures(text)
            return (
                f'"is":"text","characters":{of.characters},"lines":{of.lines},"open":{_BOOLS[of.open]},'
                f'"moves":{_BOOLS[of.moves]},"stream":"{entry.stream}","late":{_BOOLS[entry.late]},"text":{_json(text)}}}'
            )
        case Submitted(deadline_s=None, given=False, value=False):
            key = f',"key":{_json(entry.key)}' if entry.key else ""
            return f'"is":"submitted","request":{entry.request},"at":{entry.at!r}{key},"code":{_json(entry.code)}}}'
        case Began():
            return f'"is":"began","request":{entry.request},"cell":{entry.cell},"at":{entry.at!r}}}'
        case Finished(outcome=Completed(), notes=()):
            names = f',"came":{_json(entry.came)},"went":{_json(entry.went)}' if entry.came or entry.went else ""
            return (
                f'"is":"finished","request":{entry.request},"outcome":{{"is":"completed"}},'
                f'"seconds":{entry.seconds!r},"at":{entry.at!r}{names}}}'
            )
        case ReadTo():
            return f'"is":"read","process":{entry.process},"position":{entry.position},"clean":{entry.clean}}}'
        case Display(value=value):
            plain = value.data.get("text/plain")
            more = len(value.data) > 1 or value.metadata or value.about or entry.display_id is not None
            if more or type(plain) is not str or len(plain) > LONG_FORM:
                return _rich(entry, keep)
            return (
                f'"is":"display","kind":"{entry.kind}","display_id":null,"metadata":{{}},'
                f'"data":{{"text/plain":{_json(plain)}}}}}'
            )
        case _:
            return _json(_CODEC.plain(entry))[1:]


def _line(body: bytes) -> bytes:
    return b'{"crc":"%08x",%b\n' % (zlib.crc32(body), body)


def _rich(display: Display, keep: Callable[[str, bytes], str]) -> str:
    try:
        return _json(_forms(display, keep))[1:]
    except (RecursionError, TypeError, ValueError):
        # A handler of somebody's has shown what JSON cannot say, or something nested too deeply to say it from here.
        forms = {mime: form for mime, form in display.value.data.items() if isinstance(form, (str, bytes))}
        value = RichValue(data=forms, about=display.value.about)
        plain = Display(value=value, kind=display.kind, display_id=display.display_id)
        return _json(_forms(plain, keep))[1:]


def _forms(display: Display, keep: Callable[[str, bytes], str]) -> dict[str, Any]:
    shown: dict[str, Any] = {"is": "display", "kind": display.kind, "display_id": display.display_id}
    if display.value.about is not None:
        shown["about"] = _CODEC.plain(display.value.about)
    data: dict[str, Any] = {}
    for mime, form in display.value.data.items():
        if isinstance(form, bytes):
            shown.setdefault("files", {})[mime] = keep(mime, form)
        elif isinstance(form, str) and len(form) > LONG_FORM:
            shown.setdefault("texts", {})[mime] = keep(mime, form.encode("utf-8", "surrogatepass"))
        else:
            data[mime] = form
    return {**shown, "metadata": dict(display.value.metadata), "data": data}


def _display(data: dict[str, Any], fetch: Callable[[str], bytes | None]) -> Display:
    forms = data["data"]
    for mime, name in data.get("files", {}).items():
        content = fetch(name)
        if content is not None:
            forms[mime] = content
    for mime, name in data.get("texts", {}).items():
        content = fetch(name)
        if content is not None:
            forms[mime] = content.decode("utf-8", "surrogatepass")
    about = _CODEC.value(data["about"]) if "about" in data else None
    value = RichValue(data=forms, metadata=data["metadata"], about=about)
    return Display(value=value, kind=data["kind"], display_id=data["display_id"])
