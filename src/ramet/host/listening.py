"""A door at a TCP address: who may open it where, and the token that it asks for."""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
from typing import TYPE_CHECKING

from ramet.errors import BrokenError, InvalidError
from ramet.host.doors import Certificate
from ramet.host.guard import Guard

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from ramet.places import Places
    from ramet.wire.calls import Listen

_BACKLOG = 128


def listening_socket(call: Listen) -> tuple[socket.socket, str]:
    """A socket that listens where `call` says, and the URL of it.

    Raises:
        InvalidError: the address is none, or open to other machines without a token.
        BrokenError: the system refuses the address.
    """
    host, port = _address(call.address)
    if not call.token and not _is_loopback(host):
        raise InvalidError(f"{host} is open to other machines, and needs a token", hint="or use 127.0.0.1")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise BrokenError(f"cannot listen at {call.address}: {error.strerror}", hint="choose another port") from error
    shown = f"[{host}]" if ":" in host else host
    return listening, f"{'https' if call.certificate else 'http'}://{shown}:{listening.getsockname()[1]}"


def protected(app: ASGIApp, call: Listen, places: Places) -> tuple[ASGIApp, Certificate | None]:
    """`app` behind the guard that `call` asks for, and the certificate of the door.

    Raises:
        InvalidError: it is no certificate, or a file of it is not there.
    """
    certificate = _certificate(call.certificate, call.certificate_key) if call.certificate else None
    return Guard(app, token_of(places) if call.token else "", call.names), certificate


def token_of(places: Places) -> str:
    """The token for TCP, made at first use in a file that only this user can read.

    Raises:
        BrokenError: the file cannot be made, or others can read it.
    """
    try:
        descriptor = os.open(places.token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise BrokenError(f"{places.token} cannot be made: {error.strerror}", hint="set RAMET_HOME") from error
    status = places.token.stat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise BrokenError(f"others may read {places.token}", hint="remove it: another one is made")
    token = places.token.read_text(encoding="ascii").strip()
    if not token:
        raise BrokenError(f"{places.token} is empty", hint="remove it: another one is made")
    return token


def _certificate(file: str, key: str | None) -> Certificate:
    import ssl  # here, because few need it

    try:  # now: a door that fails as it opens takes the host with it
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file, key, password="")  # or it asks the terminal
    except (OSError, ValueError) as error:
        files = file if key is None else f"{file} with {key}"
        hint = "give the paths of PEM files, the key without a password"
        raise InvalidError(f"{files} is no certificate: {error}", hint=hint) from error
    return Certificate(file=file, key=key)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise InvalidError(f"{text!r} is no address", hint="such as 127.0.0.1:8421")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
