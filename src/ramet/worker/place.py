"""What binds a process to one session: the two streams, the stack file and the lease, all found through a folder."""

from __future__ import annotations

import faulthandler
import json
import os
from typing import Any

from .lease import Lease
from .requests import Requests
from .signals import STACK_SIGNAL
from .stream import FrameWriter, private_fd


class Place:
    """The session that this process is; a branch takes another."""

    def __init__(self, frames: FrameWriter) -> None:
        self.folder = ""
        self.frames = frames
        self.requests = Requests(self._note_damage)
        self.lease = Lease()
        self._stacks = -1

    def take(self, folder: str) -> dict[str, Any]:
        """Be the session in `folder`, whose spec is returned.

        The spec has `nonce`, `lease` (a FIFO, or None to outlive the owner) and `checkpoints` (a policy); that of a new
        session, which is no branch, also `cwd`, `environ`, `first_cell` and `limit_bytes` (of memory, or None).
        """
        spec = read_spec(folder)
        self.folder = folder
        self.frames.open(os.path.join(folder, "out"), spec["nonce"])
        self.requests.open(os.path.join(folder, "in"))
        self.lease.take(spec["lease"])
        self._record_stacks(os.path.join(folder, "stack"))
        return spec

    def _record_stacks(self, path: str) -> None:
        former, self._stacks = self._stacks, private_fd(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        faulthandler.enable(file=self._stacks)
        faulthandler.register(STACK_SIGNAL, file=self._stacks, all_threads=True)
        if former >= 0:
            os.close(former)

    def _note_damage(self) -> None:
        self.frames.send("note", {"text": "a request arrived damaged and was ignored"})


def read_spec(folder: str) -> dict[str, Any]:
    """What the owner has written of the session in `folder`."""
    spec: dict[str, Any] = json.loads(contents(os.open(os.path.join(folder, "spec"), os.O_RDONLY)))
    return spec


def contents(fd: int) -> bytes:
    """All that can be read from `fd`. Plain system calls: file objects touch more of the pages shared with siblings."""
    data = b""
    try:
        while True:
            piece = os.read(fd, 1 << 14)
            if not piece:
                return data
            data += piece
    finally:
        os.close(fd)
