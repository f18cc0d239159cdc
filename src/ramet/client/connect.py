"""The way in for who has a program to write."""

from __future__ import annotations

from ramet.client.blocking import RemoteManager


def connect(url: str | None = None, *, token: str | None = None) -> RemoteManager:
    """The sessions of a host, which outlive this process; `AsyncRemoteManager` is the same for asynchronous code.

    Without a `url` it is the host of this user on this machine, which is started when it is needed; or the one that
    `RAMET_HOST` names. For the arguments see `AsyncRemoteManager`.
    """
    return RemoteManager(url, token=token)
