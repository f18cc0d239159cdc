"""Where a host is, and how to get in."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ramet.errors import BrokenError, InvalidError
from ramet.places import Places, socket_address

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The socket at `path`; or, if that is None, a TCP port where requests carry the `token`.

    Requests say that they come from `folder`, if that is given: there `main` is the session of its project.
    """

    path: Path | None = None
    host: str = ""
    port: int = 0
    tls: bool = False
    token: str = field(default="", repr=False)
    folder: Path | None = None

    def __str__(self) -> str:
        return str(self.path) if self.path is not None else f"{'https' if self.tls else 'http'}://{self.authority}"

    @property
    def authority(self) -> str:
        """What the Host header says."""
        if self.path is not None:
            return "localhost"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def headers(self) -> list[tuple[str, str]]:
        """The headers that every request has."""
        token = [("authorization", f"Bearer {self.token}")] if self.token else []
        folder = [("ramet-folder", _encoded(self.folder))] if self.folder is not None else []
        return [("host", self.authority), ("content-type", "application/json"), *token, *folder]

    def connected(self) -> socket.socket:
        """A blocking socket that is connected, without TLS.

        Raises:
            OSError: there is nobody.
        """
        if self.path is None:
            return socket.create_connection((self.host, self.port))
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with socket_address(self.path) as place:
                connection.connect(place)
        except BaseException:
            connection.close()
            raise
        return connection

    def tls_context(self) -> ssl.SSLContext | None:
        """What TLS needs; `SSL_CERT_FILE` names further authorities."""
        if not self.tls:
            return None
        import ssl  # here, because it takes 5 ms that few need

        return ssl.create_default_context()


def address(url: str | None = None, token: str | None = None) -> Address:
    """The address of the host at `url`; if not given, that in `RAMET_HOST`, else the socket of this user.

    The token is that in `RAMET_TOKEN`, else the one of a host of this user. A host at a URL may be on another machine,
    and is not told the present folder.

    Raises:
        InvalidError: `url` is none.
        BrokenError: there is no token.
    """
    url = url or os.environ.get("RAMET_HOST")
    places = Places.of_user()
    if not url:
        return Address(path=places.socket, folder=_here())
    scheme, _, rest = url.rstrip("/").partition("://")
    host, _, port = rest.rpartition(":")
    if scheme not in ("http", "https") or not host or not port.isdecimal():
        raise InvalidError(f"{url!r} is no address of a host", hint="such as http://127.0.0.1:8421")
    return Address(
        host=host.removeprefix("[").removesuffix("]"),
        port=int(port),
        tls=scheme == "https",
        token=token or os.environ.get("RAMET_TOKEN") or _token_of(places),
    )


def _here() -> Path | None:
    """The present folder, if it is still there."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def _encoded(folder: Path) -> str:
    return quote(os.fsencode(folder))


def _token_of(places: Places) -> str:
    try:
        return places.token.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise BrokenError(f"the token in {places.token} cannot be read: {error}", hint="set RAMET_TOKEN") from error
