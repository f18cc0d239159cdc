"""The sessions of a host, with the face of `AsyncManager`."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import quote

from ramet.client.address import address
from ramet.client.channel import Channel
from ramet.client.exchange import Request
from ramet.client.session import AsyncRemoteSession
from ramet.client.starting import wait_for_end
from ramet.errors import error_of
from ramet.wire import calls
from ramet.wire.arguments import arguments
from ramet.wire.values import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from types import TracebackType

    from ramet.errors import RametError
    from ramet.model.branch import Tree
    from ramet.model.session import CheckpointPolicy, ShellChoice
    from ramet.model.status import HostStatus, SessionStatus, Stopped


class AsyncRemoteManager:
    """The sessions of a host, which outlive this process.

    Args:
        url: where the host is, such as "http://127.0.0.1:8421". If not given, it is in `RAMET_HOST`, or else it is the
            host of this user on this machine, which is started when it is needed.
        token: for a host at a URL; if not given, it is in `RAMET_TOKEN`, or else that of this user's host.

    Raises:
        InvalidError: `url` is none.
    """

    def __init__(self, url: str | None = None, *, token: str | None = None) -> None:
        self._channel = Channel(address(url, token))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self._channel.address}>"

    async def start(
        self,
        name: str | None = None,
        *,
        shell: ShellChoice = "auto",
        python: str | PathLike[str] | None = None,
        cwd: str | PathLike[str] | None = None,
        env: Mapping[str, str | None] | None = None,
        preload: Sequence[str] | None = None,
        checkpoints: CheckpointPolicy = "auto",
        limit_bytes: int | None = None,
        checkpoints_limit_bytes: int | None = None,
        max_processes: int | None = 1000,
        or_get: bool = False,
    ) -> AsyncRemoteSession:
        """Start a session as `AsyncManager.start` does: by default with this process's Python, folder and environment.

        Of a host at a URL they are those of the host. With `or_get` a session that is there under that name already is
        returned, whatever its options are.
        """
        near = self._channel.address.path is not None
        call = calls.Start(
            name=name,
            shell=shell,
            python=_near(python) if python is not None else sys.executable if near else None,
            cwd=_folder(cwd) if cwd is not None or near else None,
            env={} if env is None else env,
            environ=dict(os.environ) if near else None,
            preload=None if preload is None else tuple(preload),
            checkpoints=checkpoints,
            limit_bytes=limit_bytes,
            checkpoints_limit_bytes=checkpoints_limit_bytes,
            max_processes=max_processes,
            or_get=or_get,
        )
        repeatable = or_get and name is not None
        return self._session(await self._ask("POST", "/v1/sessions", call, repeatable=repeatable))

    async def branch(self, name: str, branch: str | None = None, *, at: int | None = None) -> AsyncRemoteSession:
        """Branch off the session called `name`, as `Session.branch` does; the new one is called `branch`."""
        return await (await self.get(name)).branch(branch, at=at)

    async def tree(self) -> tuple[Tree, ...]:
        """All open sessions, each below the one that it is a branch of; `print` draws them."""
        return cast("tuple[Tree, ...]", await self._ask("GET", "/v1/tree"))

    async def get(self, name: str) -> AsyncRemoteSession:
        """The session called `name`.

        Raises:
            UnknownSessionError: there is none.
        """
        found = await self._ask("GET", f"/v1/sessions/{quote(name, safe='')}")
        return self._session(found)

    async def list(self) -> tuple[AsyncRemoteSession, ...]:
        """All open sessions, oldest first."""
        found = cast("tuple[SessionStatus, ...]", await self._ask("GET", "/v1/sessions"))
        return tuple(AsyncRemoteSession(self._channel, status) for status in found)

    async def close_session(self, name: str) -> None:
        """Close the session called `name`.

        Raises:
            UnknownSessionError: there is none.
        """
        await self._ask("DELETE", f"/v1/sessions/{quote(name, safe='')}")

    async def unadopted(self) -> dict[str, RametError]:
        """The sessions that live on but that the host could not go on with, and why.

        To end one, close it by its name.
        """
        return {one.name: error_of(one.code, one.reason, one.hint) for one in (await self.status()).unadopted}

    async def status(self) -> HostStatus:
        """The host at this moment."""
        return cast("HostStatus", await self._ask("GET", "/v1/host"))

    async def stop(self, *, end_sessions: bool = False) -> Stopped:
        """End the host, and return when it has ended. Its sessions go on without it, unless they shall end, too.

        The next host has them again. Who asks for something starts it, with the ramet that runs there.
        """
        stopped = cast("Stopped", await self._ask("POST", "/v1/host/stop", calls.Stop(end_sessions=end_sessions)))
        if self._channel.address.path is not None:
            await asyncio.to_thread(wait_for_end, stopped.pid)
        return stopped

    async def close(self) -> None:
        """Hang up. The host and its sessions go on; to end one, close it. May be called twice."""
        await self._channel.close()

    def _session(self, status: object) -> AsyncRemoteSession:
        return AsyncRemoteSession(self._channel, cast("SessionStatus", status))

    async def _ask(
        self, method: str, path: str, call: calls.Start | calls.Stop | None = None, *, repeatable: bool = False
    ) -> object:
        body = None if call is None else arguments(call)
        repeatable = repeatable or method == "GET"
        answer = await self._channel.ask(Request(method=method, path=path, body=body, repeatable=repeatable))
        return decoded(answer["answer"])


def _folder(cwd: str | PathLike[str] | None) -> str:
    return os.path.abspath(os.fspath(cwd) if cwd is not None else os.curdir)  # noqa: PTH100 - no links resolved


def _near(python: str | PathLike[str]) -> str:
    """The path of an interpreter as the host understands it, which works in another folder."""
    path = os.path.expanduser(os.fspath(python))  # noqa: PTH111 - Path would normalise what the user wrote
    return os.path.abspath(path) if os.sep in path or os.path.isdir(path) else path  # noqa: PTH100, PTH112
