"""What is no picture and no plain text, in words: drawings, documents, sound, formulas, data."""

from __future__ import annotations

import io
import json
import re
import wave
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from ramet.model.memory import readable
from ramet.render.bounds import beginning

if TYPE_CHECKING:
    from ramet.model.output import MimeData

_LIMIT = 2000
#: An SVG with more is not read for its texts.
_SVG_MAX_CHARACTERS = 2_000_000
_TEXTS_SHOWN = 20

#: Types whose text is what a reader wants.
_TEXTS = frozenset(
    {"text/latex", "text/markdown", "application/javascript", "text/vnd.graphviz", "text/x-python", "text/csv"}
)


def media(mime: str, data: MimeData, limit: int = _LIMIT) -> str:
    """`data` in words of at most about `limit` characters: its text if it has one, else its type, size and title."""
    if mime == "image/svg+xml":
        return beginning(_svg(_as_text(data)), limit)
    if mime == "application/geo+json" and isinstance(data, dict):
        return beginning(f"{_geojson(data)}\n{_json(data)}", limit)
    if mime.endswith("json"):
        return beginning(_json(data), limit)
    if mime in _TEXTS or (mime.startswith("text/") and isinstance(data, str)):
        return beginning(_as_text(data).strip("\n"), limit)
    content = data if isinstance(data, bytes) else _as_text(data).encode("utf-8", "replace")
    return ", ".join(filter(None, (_kind(mime), readable(len(content)), _duration(content))))


def _as_text(data: MimeData) -> str:
    if isinstance(data, bytes):
        return data.decode("utf-8", "replace")
    return data if isinstance(data, str) else str(data)


def _kind(mime: str) -> str:
    """`WAV audio`, `PDF document`: the type as a reader would say it."""
    family, _, form = mime.partition("/")
    form = form.removeprefix("x-").partition("+")[0].partition(";")[0]
    word = {"audio": " audio", "video": " video", "image": " image"}.get(family, "")
    return "PDF document" if mime == "application/pdf" else f"{form.upper()}{word}" if word else mime


def _duration(content: bytes) -> str:
    """How long a WAV file sounds; empty for all else."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return ""
    try:
        with wave.open(io.BytesIO(content)) as sound:
            return f"{sound.getnframes() / sound.getframerate():.1f} s"
    except (wave.Error, EOFError, ZeroDivisionError, RuntimeError):
        return ""


def _svg(source: str) -> str:
    """The size of a drawing, its title, and the words in it."""
    facts = f"SVG image, {readable(len(source))}"
    if len(source) > _SVG_MAX_CHARACTERS or "<!ENTITY" in source:  # entities can make gigabytes of a line
        return facts
    try:
        root = ET.fromstring(source)  # noqa: S314 - without entities there is nothing to expand
    except (ET.ParseError, ValueError):
        return f"{facts}, not well formed"
    size = "x".join(filter(None, (root.get("width", ""), root.get("height", "")))) or root.get("viewBox", "")
    titles = [_words(element) for element in root.iter() if _tag(element) in ("title", "desc")]
    texts = [_words(element) for element in root.iter() if _tag(element) == "text"]
    lines = [", ".join(filter(None, (facts, size))), _listed("title", titles[:1]), _listed("text", texts)]
    return "; ".join(filter(None, lines))


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""  # comments have a function there


def _words(element: ET.Element) -> str:
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def _listed(name: str, words: list[str]) -> str:
    told = [word for word in words if word]
    more = f" and {len(told) - _TEXTS_SHOWN} more" if len(told) > _TEXTS_SHOWN else ""
    return f"{name}: {', '.join(told[:_TEXTS_SHOWN])}{more}" if told else ""


def _json(data: Any) -> str:
    try:
        return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(data)


def _geojson(data: dict[str, Any]) -> str:
    """How many of which shapes there are."""
    features = data.get("features")
    if not isinstance(features, list):
        return f"GeoJSON: {data.get('type', 'of unknown type')}"
    shapes: dict[str, int] = {}
    for feature in features:
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        shape = str(geometry.get("type")) if isinstance(geometry, dict) else "without a shape"
        shapes[shape] = shapes.get(shape, 0) + 1
    told = ", ".join(f"{number:,} {shape}" for shape, number in shapes.items())
    return f"GeoJSON of {len(features):,} feature{'' if len(features) == 1 else 's'}{told and f': {told}'}"
