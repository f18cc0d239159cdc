"""Images that a reply can hold, and words for what it cannot."""

from __future__ import annotations

import io
import sys
import wave
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from ramet.render.image import fit
from ramet.render.media import media


def encoded(picture: Pillow.Image, file_format: str = "PNG", **options: Any) -> bytes:
    """`picture` as the bytes of a file."""
    buffer = io.BytesIO()
    picture.save(buffer, file_format, **options)
    return buffer.getvalue()


def noise(side: int) -> Pillow.Image:
    """A picture that hardly compresses."""
    return Pillow.effect_noise((side, side), 90).convert("RGB")


RED = Pillow.new("RGB", (50, 30), "red")


@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
def test_what_fits_is_untouched_and_needs_no_pillow(file_format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is read from its header."""
    data = encoded(RED, file_format)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    fitted = fit(data, f"image/{file_format.lower()}")
    assert (fitted.data, fitted.width, fitted.height, fitted.note) == (data, 50, 30, "")


def test_a_large_image_is_scaled_and_says_so() -> None:
    """At most the given pixels a side, its shape kept."""
    fitted = fit(encoded(Pillow.new("RGB", (4000, 1000))), "image/png")
    assert (fitted.width, fitted.height) == (2000, 500) == Pillow.open(io.BytesIO(fitted.data)).size
    assert fitted.note == "scaled down from 4000x1000"


def test_a_heavy_image_is_compressed() -> None:
    """A picture that is no drawing becomes a JPEG of fewer bytes than allowed."""
    data = encoded(noise(700))
    fitted = fit(data, "image/png", max_bytes=100_000)
    assert len(data) > 500_000
    assert 0 < len(fitted.data) <= 100_000
    assert fitted.mime == "image/jpeg"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_can_be_scaled(mode: str) -> None:
    """Palettes, transparency, 16 bits and inks too."""
    picture = Pillow.new(mode, (3000, 10))
    fitted = fit(encoded(picture, "JPEG" if mode == "CMYK" else "PNG"), "image/png", max_side=300)
    assert (fitted.width, fitted.height) == (300, 1)
    assert Pillow.open(io.BytesIO(fitted.data)).size == (300, 1)


def test_sixteen_bits_keep_their_shades() -> None:
    """A middle grey is not made white."""
    fitted = fit(encoded(Pillow.new("I;16", (3000, 3000), 32768)), "image/png", max_side=100)
    assert Pillow.open(io.BytesIO(fitted.data)).convert("L").getpixel((5, 5)) == 128


@pytest.mark.parametrize("file_format", ["GIF", "WEBP"])
def test_an_animation_is_its_first_frame(file_format: str) -> None:
    """As a still picture, and the reader is told of how many."""
    data = encoded(RED, file_format, save_all=True, append_images=[Pillow.new("RGB", (50, 30), "blue")])
    fitted = fit(data, f"image/{file_format.lower()}")
    assert fitted.note == "the first of 2 frames"
    shown = Pillow.open(io.BytesIO(fitted.data)).convert("RGB").getpixel((5, 5))
    assert isinstance(shown, tuple)
    assert shown[0] > 200 > shown[2]


def test_a_bomb_is_not_opened() -> None:
    """A small file that claims gigabytes."""
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4, "big") * 2
    fitted = fit(header + bytes(100), "image/png")
    assert fitted.data == b""
    assert "60000x60000" in fitted.note


def test_a_broken_image_has_a_note_and_no_data() -> None:
    """Cut off, damaged in the middle, empty, or something else altogether."""
    whole = encoded(noise(100))
    damaged = whole[:9000] + b"????" + whole[9004:]
    for data in (whole[:5000], damaged, b"", b"hello", encoded(noise(100), "JPEG")[:1000]):
        fitted = fit(data, "image/png")
        assert fitted.data == b""
        assert fitted.note.startswith("the image is broken")


starts = st.sampled_from([b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"GIF89a", b"RIFF....WEBPVP8X", b"\xff\xd8\xff\xc0"])


@given(start=starts, rest=st.binary(max_size=60))
def test_no_bytes_raise(start: bytes, rest: bytes) -> None:
    """Whatever they begin with."""
    assert fit(start + rest, "image/png").note


def test_a_drawing_is_told_by_its_words() -> None:
    """Size, title and texts of an SVG."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10pt" height="20pt"><title>G</title><text>a\n b</text></svg>'
    assert media("image/svg+xml", svg) == f"SVG image, {len(svg)} bytes, 10ptx20pt; title: G; text: a b"
    assert media("image/svg+xml", "<svg>") == "SVG image, 5 bytes, not well formed"


def test_a_drawing_cannot_blow_up() -> None:
    """Entities are not expanded."""
    bomb = '<!DOCTYPE svg [<!ENTITY a "xxxxxxxxxx">]><svg><text>&a;&a;</text></svg>'
    assert media("image/svg+xml", bomb) == f"SVG image, {len(bomb)} bytes"


def test_sound_has_a_length() -> None:
    """That of a WAV is in its header; a broken one is told by its size."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(24_000))
    assert media("audio/wav", buffer.getvalue()) == "WAV audio, 24 kB, 1.5 s"
    assert media("audio/wav", buffer.getvalue()[:30]) == "WAV audio, 30 bytes"
    assert media("audio/mpeg", bytes(3_000_000)) == "MPEG audio, 3 MB"


@pytest.mark.parametrize(
    ("mime", "data", "text"),
    [
        ("text/latex", "$x^2$", "$x^2$"),
        ("text/markdown", "# Title\n", "# Title"),
        ("application/json", {"a": [1, "é"]}, '{"a": [1, "é"]}'),
        ("application/vnd.vegalite.v6+json", {"mark": "bar"}, '{"mark": "bar"}'),
        ("application/javascript", "alert(1)", "alert(1)"),
        ("application/pdf", bytes(3000), "PDF document, 3 kB"),
        ("video/mp4", bytes(10), "MP4 video, 10 bytes"),
        ("application/x-unknown", b"xx", "application/x-unknown, 2 bytes"),
    ],
)
def test_other_media_in_words(mime: str, data: object, text: str) -> None:
    """Their text where they have one, else what they are."""
    assert media(mime, data) == text


def test_shapes_on_a_map_are_counted() -> None:
    """GeoJSON begins with what it holds."""
    point = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}
    told = media("application/geo+json", {"type": "FeatureCollection", "features": [point, point, {}]})
    assert told.startswith("GeoJSON of 3 features: 2 Point, 1 without a shape\n{")


def test_long_texts_are_cut() -> None:
    """And the reader learns how much is missing."""
    assert media("text/markdown", "x" * 5000, 100) == f"{'x' * 74}\n... 4,926 more characters"
