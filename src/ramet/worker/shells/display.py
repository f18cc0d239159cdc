"""Rich values: an object's MIME forms, brought into the stream."""

from __future__ import annotations

import base64
import weakref
from typing import TYPE_CHECKING, Any

from ..facts import portraits

if TYPE_CHECKING:
    from ..standard_streams import Streams
    from ..stream import FrameWriter

#: The rich forms that an object may offer by itself, as IPython defines them.
REPR_METHODS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_latex_": "text/latex",
    "_repr_json_": "application/json",
    "_repr_javascript_": "application/javascript",
    "_repr_pdf_": "application/pdf",
}


#: Types whose forms are bytes.
_BINARY = ("image/", "audio/", "video/", "application/pdf")


class Displays:
    """Sends rich values and the wish to clear them."""

    def __init__(self, frames: FrameWriter) -> None:
        self._frames = frames
        self.streams: Streams | None = None
        #: The figures that the running cell has shown already.
        self.figures_shown: weakref.WeakSet[Any] = weakref.WeakSet()

    def show(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *,
        kind: str = "display",
        display_id: str | None = None,
        about: dict[str, Any] | None = None,
    ) -> None:
        """Send one bundle, and what it is about (see `portraits`). `kind` is "result", "display" or "update"."""
        self._flush()
        forms = {str(mime): form for mime, form in data.items() if form is not None}
        encoded = {mime: text for mime, form in forms.items() if (text := _base64(mime, form)) is not None}
        payload: dict[str, Any] = {"kind": kind, "data": {**forms, **encoded}, "binary": [*encoded]}
        about = about or (metadata or {}).pop(portraits.ABOUT, None)
        if metadata:
            payload["metadata"] = metadata
        if about:
            payload["about"] = about
        if display_id is not None:
            payload["id"] = str(display_id)
        self._frames.send("display", payload)

    def clear(self, wait: bool) -> None:
        """Ask the reader to clear the cell's output, at once or with the next output."""
        self._flush()
        self._frames.send("clear", {"wait": bool(wait)})

    def _flush(self) -> None:
        if self.streams is not None:
            self.streams.flush()


def _base64(mime: str, form: object) -> str | None:
    """A binary form in base64, None for all others. By convention it may be in base64 already, broken into lines."""
    if isinstance(form, (bytes, bytearray, memoryview)):
        return base64.b64encode(form).decode("ascii")
    if isinstance(form, str) and mime != "image/svg+xml" and mime.startswith(_BINARY):
        return "".join(form.split())
    return None


def bundle(value: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """All MIME forms that `value` offers without IPython, and their metadata. A form that fails is left out."""
    data: dict[str, Any] = {"text/plain": repr(value)}
    metadata: dict[str, Any] = {}
    if isinstance(value, type):  # the methods below are meant for instances
        return data, metadata
    for method, mime in REPR_METHODS.items():
        form = _call(value, method)
        if isinstance(form, tuple) and len(form) == 2:
            form, metadata[mime] = form
        if form is not None:
            data[mime] = form
    whole = _call(value, "_repr_mimebundle_")
    if isinstance(whole, tuple) and len(whole) == 2:
        whole, extra = whole
        metadata.update(extra if isinstance(extra, dict) else {})
    if isinstance(whole, dict):
        data.update(whole)
    return data, metadata


def _call(value: object, method: str) -> Any:
    try:
        function = getattr(value, method, None)
        return function() if callable(function) else None
    except Exception:  # noqa: BLE001 - a broken rich form leaves the plain one; IPython does likewise
        return None
