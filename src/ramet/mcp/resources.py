"""What sessions showed, as resources.

`ramet://sessions/main/out/7` is a cell, `ramet://sessions/main/out/7/image/1` one of its pictures, and
`ramet://sessions/main/notebook` all that the session stands on.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import mcp_types as types

from ramet.errors import InvalidError
from ramet.mcp.reading import reading_of
from ramet.render.notebook import notebook
from ramet.render.reply import reply

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from ramet.mcp.desk import Desk
    from ramet.render.image import Image

_TEXT = "ramet://sessions/{session}/out/{cell}"
_IMAGE = "ramet://sessions/{session}/out/{cell}/image/{number}"
_NOTEBOOK = "ramet://sessions/{session}/notebook"
_URI = re.compile(
    r"ramet://sessions/(?P<session>[\w.-]+)/"
    r"(?:notebook|out/(?P<cell>\d+(?:\.\d+)?)(?:/image/(?P<image>\d+))?)"
)

_IPYNB = "application/x-ipynb+json"

#: Nobody pays for a resource by the character as for a reply, yet it has to pass through a client.
_LIMIT = 1_000_000


class Resources:
    """The resources of the sessions on a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list(
        self, _context: ServerRequestContext, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """The newest output of each session; the templates tell of the others."""
        newest = [(session.name, session.last.cell) for session in self._desk.manager.list() if session.last]
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    uri=_TEXT.format(session=session, cell=cell), name=f"{session} out:{cell}", mime_type="text/plain"
                )
                for session, cell in newest
                if cell is not None
            ]
        )

    async def templates(
        self, _context: ServerRequestContext, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """What can be asked for."""
        text = types.ResourceTemplate(uri_template=_TEXT, name="what a cell showed", mime_type="text/plain")
        image = types.ResourceTemplate(uri_template=_IMAGE, name="a picture that a cell showed")
        whole = types.ResourceTemplate(uri_template=_NOTEBOOK, name="a session as a notebook", mime_type=_IPYNB)
        return types.ListResourceTemplatesResult(resource_templates=[text, image, whole])

    async def read(
        self, _context: ServerRequestContext, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """What a cell showed, as text or as one of its pictures.

        Raises:
            MCPError: there is no such resource.
        """
        from mcp.shared.exceptions import MCPError

        try:
            contents = await self._contents(str(params.uri))
        except InvalidError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from error
        return types.ReadResourceResult(contents=[contents])

    async def _contents(self, uri: str) -> types.TextResourceContents | types.BlobResourceContents:
        found = _URI.fullmatch(uri)
        if found is None:
            raise InvalidError(f"{uri} is no resource", hint=f"there are {_TEXT}, {_IMAGE} and {_NOTEBOOK}")
        session = await self._desk.ready(found["session"])
        if found["cell"] is None:
            return types.TextResourceContents(uri=uri, mime_type=_IPYNB, text=notebook(await session.history(), _LIMIT))
        past = await session.cell(f"out:{found['cell']}")
        made = reply(past.result, limit=_LIMIT, handle=past.handle, reading=reading_of(session))
        if found["image"] is None:
            return types.TextResourceContents(uri=uri, mime_type="text/plain", text=made.text)
        image = _numbered(made.images, int(found["image"]), past.handle)
        data = base64.b64encode(image.data).decode("ascii")
        return types.BlobResourceContents(uri=uri, mime_type=image.mime, blob=data)


def _numbered(images: tuple[Image, ...], number: int, handle: str) -> Image:
    if not 1 <= number <= len(images):
        raise InvalidError(f"{handle} has no image {number}", hint=f"it has {len(images)}")
    return images[number - 1]
