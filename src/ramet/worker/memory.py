"""The session's limit of memory, as far as the process can keep it itself: an allocation beyond it is a MemoryError.

`RLIMIT_DATA` bounds private writable address space, touched or not, with that which was inherited from the zygote. So
it is set anew for each cell: to what there is, and what is left of the limit. When the cell is over, there is some room
more, so that its error can be told. `RLIMIT_AS` would count mapped files too, and what libraries reserve. What is not
counted here, memory that is shared and that of child processes, the owner watches.
"""

from __future__ import annotations

import contextlib
import inspect
import signal
import traceback
from typing import TYPE_CHECKING, Any

from .failures.failure import cell_traceback
from .looking.sizes import sizes
from .provenance import is_cell
from .signals import SIZES_SIGNAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .interrupts import Interrupts
    from .shells.shell import Shell
    from .stream import FrameWriter

_NEAR = 0.8
_ROOM = 256 << 20
_LEAST = 8 << 20  #: for a cell that frees memory
_RESERVE = 4 << 20  #: address space that is never touched, to be given back when nothing else is left
_NOTHING = bytearray()
_TOLD = 12
_SMALL = 1 << 20
_FRAMES_MAX = 20


class Memory:
    """`limit_bytes` is what the session may have beyond what it was born with; None is no limit."""

    def __init__(self, limit_bytes: int | None, shell: Shell, frames: FrameWriter, interrupts: Interrupts) -> None:
        self._shell, self._frames, self._interrupts = shell, frames, interrupts
        self._limit_bytes = limit_bytes
        self._inherited = 0
        self._loose, self._near = True, False
        self._reserve = _NOTHING

    def install(self) -> None:
        """Take this moment for that of birth."""
        if self._limit_bytes is None:
            return
        import resource

        self._set, self._get, self._data = resource.setrlimit, resource.getrlimit, resource.RLIMIT_DATA
        self._inherited = _data()[1]
        signal.signal(SIZES_SIGNAL, lambda _, frame: self.tell(frame))
        self._shell.before_traceback = self.loosen

    def tighten(self) -> None:
        """A cell begins: from here on the limit holds."""
        if self._limit_bytes is None:
            return
        mapped, used = _data()
        self._reserve = bytearray(_RESERVE)
        soft = mapped + _RESERVE + max(_LEAST, self._limit_bytes - (used - self._inherited))
        hard = self._get(self._data)[1]
        self._tight, self._wide = (soft, hard), (soft + _ROOM, hard)
        with contextlib.suppress(ValueError, OSError):  # the machine's own limit may be lower
            self._set(self._data, self._tight)
            self._loose = False

    def loosen(self) -> None:
        """The cell is over: there is room to tell of it. This must not need memory itself."""
        if not self._loose:
            self._reserve = _NOTHING
            self._set(self._data, self._wide)
            self._loose = True

    def cell_ended(self, error: BaseException | None) -> None:
        """Tell who has the memory when it has become scarce, and let go of what only `error` keeps of it."""
        if self._limit_bytes is None:
            return
        was_near, self._near = self._near, self._is_near(self._limit_bytes)
        failed = isinstance(error, MemoryError)
        if failed or (self._near and not was_near):
            steps = traceback.walk_tb(cell_traceback(error)) if error is not None else ()
            self._send(_locals(frame for frame, _ in steps))
        if error is not None and (failed or self._near):
            traceback.clear_frames(error.__traceback__)
        if self._near:
            _give_back()
            self._near = self._is_near(self._limit_bytes)

    def _is_near(self, limit_bytes: int) -> bool:
        return _data()[1] - self._inherited >= limit_bytes * _NEAR

    def tell(self, frame: Any) -> None:
        """Tell the sizes of the largest variables: the session's, and those of the functions that run in `frame`."""
        with self._interrupts.hold(), self._loosened():
            self._send(_locals(frame for frame, _ in traceback.walk_stack(frame)))

    def _send(self, locals_of_functions: dict[str, Any]) -> None:
        try:
            found = sizes({**self._shell.variables(), **locals_of_functions})
            largest = sorted(found.items(), key=lambda item: -item[1])[:_TOLD]
            self._frames.send("sizes", {"bytes": {name: size for name, size in largest if size >= _SMALL}})
        except Exception:  # noqa: BLE001, S110 - there may be no memory for this either; it is a hint, and no more
            pass

    @contextlib.contextmanager
    def _loosened(self) -> Iterator[None]:
        was_loose = self._loose
        self.loosen()
        try:
            yield
        finally:
            if not was_loose:
                self._reserve = bytearray(_RESERVE)
                self._set(self._data, self._tight)
                self._loose = False


def _locals(frames: Iterable[Any]) -> dict[str, Any]:
    """The variables of the functions of cells among `frames`, as `x in f`."""
    found: dict[str, Any] = {}
    for frame, _ in zip(frames, range(_FRAMES_MAX)):
        code = frame.f_code
        if is_cell(code.co_filename) and code.co_flags & inspect.CO_OPTIMIZED:
            now = frame.f_locals
            found.update({f"{name} in {code.co_name}": value for name, value in now.items()})
            if isinstance(now, dict):
                now.clear()  # before Python 3.13 it is a copy that the frame keeps, with all that it refers to
    return found


def _give_back() -> None:
    """Have the C library return what was freed to the system; it keeps it for later, and the limit counts it."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).malloc_trim(0)


def _data() -> tuple[int, int]:
    """The private writable memory of this process: what is mapped, as `RLIMIT_DATA` counts it, and what is used."""
    with open("/proc/self/status", "rb") as file:
        found = {line.partition(b":")[0]: line for line in file if line.endswith(b" kB\n")}
    mapped, touched, swapped = (int(found[name].split()[1]) << 10 for name in (b"VmData", b"RssAnon", b"VmSwap"))
    return mapped, touched + swapped
