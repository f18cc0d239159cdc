"""Branches: copies of a sleeping checkpoint that become sessions of their own.

The owner appends the folder of the session to be to a file beside the checkpoint's session, `branch-<pid>`, and sends
`BRANCH_SIGNAL`; both queue, so that many branches may be asked for at once.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time

from ..place import contents, read_spec
from ..stream import lone_frame
from .children import os_waitpid


class Branches:
    """The requests for branches of this checkpoint, those of the session in `folder`."""

    def __init__(self, folder: str) -> None:
        self._path = os.path.join(folder, f"branch-{os.getpid()}")
        self._read = 0

    def fork_next(self) -> str:
        """Make the branch asked for next; in it, return the folder of the session that it is to be, else ''."""
        with contextlib.suppress(OSError):
            asked = contents(os.open(self._path, os.O_RDONLY)).splitlines()
            if self._read < len(asked):
                self._read += 1
                folder = os.fsdecode(asked[self._read - 1])
                if self._fork(folder):
                    os.setsid()
                    return folder
        return ""

    def _fork(self, folder: str) -> bool:
        """Fork a child of the zygote, which inherits it from a parent that ends at once; return whether this is it."""
        try:
            pid = os.fork()
            if pid:
                os_waitpid(pid, 0)
                return False
        except OSError as error:
            _refuse(folder, error)
            return False
        between = os.getpid()
        try:
            if not os.fork():
                while os.getppid() == between:  # until then it would end with its family
                    time.sleep(0.0002)
                return True
        except OSError as error:
            _refuse(folder, error)
        os._exit(0)


def _refuse(folder: str, error: OSError) -> None:
    """Tell whoever waits for the session in `folder` that there will be none."""
    out = os.open(os.path.join(folder, "out"), os.O_WRONLY | os.O_NONBLOCK)
    try:
        os.write(out, lone_frame(read_spec(folder)["nonce"], "failed", {"code": "fork", "message": str(error)}))
    finally:
        os.close(out)


def shared(own: set[int], own_root: str) -> list[str]:
    """What a branch shares with the process it comes from, in words: sockets, and files open for writing.

    Descriptors in `own` and files below `own_root` are the session's own.
    """
    found = []
    for entry in sorted(os.listdir("/proc/self/fd"), key=int):
        with contextlib.suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{entry}")
            if int(entry) in own or target.startswith(own_root):
                continue
            if target.startswith("socket:"):
                found.append(_socket(int(entry)))
            elif target.startswith("/") and not target.startswith("/dev/") and _writable(entry):
                found.append(f"the file {target}, open for writing")
    return list(dict.fromkeys(found))


def _writable(fd: str) -> bool:
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as file:
        flags = next(line for line in file if line.startswith("flags:")).split()[1]
    return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY


def _socket(fd: int) -> str:
    with socket.socket(fileno=os.dup(fd)) as copy:
        try:
            return f"a connection to {_address(copy.getpeername())}"
        except OSError:
            return f"a socket at {_address(copy.getsockname())}"


def _address(name: object) -> str:
    if isinstance(name, tuple) and len(name) >= 2:
        return f"{name[0]}:{name[1]}"
    return str(name or "no address")
