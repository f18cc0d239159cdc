"""Images within bounds: what a reader can look at and a connection can carry.

Pillow is needed only for what exceeds the bounds; what does not is recognised by its bytes.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

#: An image of more pixels than this is not opened: a small file can claim to be one of gigabytes.
_PIXELS_MAX = 100_000_000
_QUALITIES = (85, 70, 50, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image to be shown, or why there is none: then `data` is empty and `note` says it.

    `width` and `height` are those of `data`, 0 where they are not known. `note` also says what was changed.
    """

    data: bytes
    mime: str
    width: int = 0
    height: int = 0
    note: str = ""


def fit(data: bytes, mime: str, *, max_side: int = 2000, max_bytes: int = 500_000) -> Image:
    """`data` as an image of at most `max_side` pixels a side and `max_bytes` bytes.

    One that is within the bounds is returned untouched. Otherwise PNG, JPEG, GIF and WebP are scaled down, and of an
    animation the first frame is kept. Never raises for what is wrong with `data`.
    """
    size = _size(data)
    if size is None:
        return Image(data=b"", mime=mime, note=f"the image is broken: {len(data):,} bytes that are no {_name(mime)}")
    actual, width, height = size
    if not 0 < width * height <= _PIXELS_MAX:
        return Image(data=b"", mime=actual, note=f"the image claims {width}x{height} pixels and is not opened")
    within = max(width, height) <= max_side and len(data) <= max_bytes
    if within and actual in ("image/png", "image/jpeg") and _is_whole(data, actual):
        return Image(data=data, mime=actual, width=width, height=height)
    return _through_pillow(data, actual, max_side, max_bytes, within=within)


def _through_pillow(data: bytes, mime: str, max_side: int, max_bytes: int, *, within: bool) -> Image:
    import PIL.Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = PIL.Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF", "WEBP"))
            frames = getattr(picture, "n_frames", 1)
            picture.seek(0)
            picture.load()
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, MemoryError, OverflowError) as error:
        return Image(data=b"", mime=mime, note=f"the image is broken: {str(error) or type(error).__name__}"[:200])
    if within and frames == 1 and mime in ("image/gif", "image/webp"):
        return Image(data=data, mime=mime, width=picture.width, height=picture.height)
    return _smaller(picture, mime, frames, max_side, max_bytes)


def _smaller(picture: Picture, mime: str, frames: int, max_side: int, max_bytes: int) -> Image:
    """`picture` scaled down until it is within the bounds: as PNG while that is small enough, then as JPEG."""
    original = picture.size
    made, kind = b"", mime
    side = max_side
    while side >= 1:
        scaled = _scaled(picture, side)
        made, kind = _encoded(scaled, mime, max_bytes)
        if len(made) <= max_bytes:
            return Image(
                data=made,
                mime=kind,
                width=scaled.width,
                height=scaled.height,
                note=_note(frames, original, scaled.size),
            )
        side = max(scaled.size) * 3 // 4
    return Image(data=b"", mime=mime, note=f"no image of at most {max_bytes:,} bytes could be made of this one")


def _scaled(picture: Picture, side: int) -> Picture:
    if picture.mode.startswith("I"):  # 16 bits and more, of which the upper ones are what can be seen
        picture = picture.convert("I").point(lambda value: value * (1 / 256))
    frame = picture.convert(_plain_mode(picture))
    frame.thumbnail((side, side))
    return frame


def _plain_mode(picture: Picture) -> str:
    """A mode that every format can hold and that scales well, as a palette does not."""
    if picture.mode in ("L", "LA", "RGB", "RGBA"):
        return picture.mode
    if picture.mode == "PA" or "transparency" in picture.info:
        return "RGBA"
    return "L" if picture.mode in ("1", "I", "F") else "RGB"


def _encoded(picture: Picture, mime: str, max_bytes: int) -> tuple[bytes, str]:
    """As PNG where the original may have been one and it is small enough, else as the best JPEG that is."""
    if mime != "image/jpeg":
        data = _saved(picture, "PNG")
        if len(data) <= max_bytes:
            return data, "image/png"
    opaque = _on_white(picture)
    for quality in _QUALITIES:
        data = _saved(opaque, "JPEG", quality=quality)
        if len(data) <= max_bytes:
            break
    return data, "image/jpeg"


def _on_white(picture: Picture) -> Picture:
    if picture.mode not in ("LA", "RGBA"):
        return picture
    import PIL.Image

    ground = PIL.Image.new("RGBA", picture.size, "white")
    return PIL.Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")


def _saved(picture: Picture, file_format: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def _note(frames: int, original: tuple[int, int], shown: tuple[int, int]) -> str:
    parts = []
    if frames > 1:
        parts.append(f"the first of {frames} frames")
    if original != shown:
        parts.append(f"scaled down from {original[0]}x{original[1]}")
    return ", ".join(parts) or "compressed"


def _name(mime: str) -> str:
    return mime.partition("/")[2].partition("+")[0].upper() or "image"


def _size(data: bytes) -> tuple[str, int, int] | None:
    """The true type and the size, read from the header; None if it is of no type that is known here."""
    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
            return "image/png", *struct.unpack(">II", data[16:24])
        if data[:6] in (b"GIF87a", b"GIF89a"):
            return "image/gif", *struct.unpack("<HH", data[6:10])
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return "image/webp", *_webp_size(data)
        return ("image/jpeg", *_jpeg_size(data)) if data[:2] == b"\xff\xd8" else None
    except (struct.error, IndexError):
        return None


def _webp_size(data: bytes) -> tuple[int, int]:
    if data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """From the frame header, which follows any number of other segments."""
    place = 2
    while True:
        mark, kind, length = struct.unpack(">BBH", data[place : place + 4])
        if mark != 0xFF:
            raise IndexError
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        place += 2 + length


def _is_whole(data: bytes, mime: str) -> bool:
    """Whether it is all there and unharmed, as far as the file tells; what is not goes to Pillow, which says more."""
    return _png_is_whole(data) if mime == "image/png" else data.rstrip(b"\0").endswith(b"\xff\xd9")


def _png_is_whole(data: bytes) -> bool:
    """Whether each part has the checksum that it says; a client that gets a broken one may refuse the whole reply."""
    place, kinds = 8, set()
    while place + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        end = place + 8 + length
        if data[end : end + 4] != struct.pack(">I", zlib.crc32(data[place + 4 : end])):
            return False
        kinds.add(kind)
        place = end + 4
    return {b"IDAT", b"IEND"} <= kinds
