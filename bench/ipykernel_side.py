"""The measures of ipykernel: `ipykernel_side.py MEASURE` prints figures as JSON.

It runs in the interpreter that the kernels use, with jupyter_client driving them in its default way: TCP, and
`wait_for_ready` before the first cell. A cell counts as done when the kernel is idle again and its reply is there.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import workloads
from jupyter_client.manager import AsyncKernelManager, KernelManager
from memory import pss_mb
from workloads import FIRST_CELL, FIRST_TEXT, SMALL_CELL, SMALL_TEXT, Figures, check, timed

_PATIENCE_S = 60


class Kernel:
    """One kernel and its asynchronous client."""

    def __init__(self) -> None:
        self._manager = AsyncKernelManager()
        self._client: Any = None

    @property
    def pid(self) -> int:
        """The kernel's process."""
        pid: int = self._manager.provisioner.pid
        return pid

    async def launch(self) -> None:
        """Start the process, and the client without knowing whether the kernel listens yet."""
        await self._manager.start_kernel()
        self._client = self._manager.client()
        self._client.start_channels()

    async def start(self) -> None:
        """Start and wait until the kernel is ready."""
        await self.launch()
        await self._client.wait_for_ready(timeout=_PATIENCE_S)

    async def run(self, code: str) -> str:
        """Everything printed, and the result."""
        output = Output(self._client.execute(code))
        while not output.take(await self._client.get_iopub_msg(timeout=_PATIENCE_S)):
            pass
        while not output.replied(await self._client.get_shell_msg(timeout=_PATIENCE_S)):
            pass
        return output.text

    async def close(self) -> None:
        """Kill the process: quicker than to ask."""
        self._client.stop_channels()
        await self._manager.shutdown_kernel(now=True)


class Output:
    """What the messages that answer `request` say."""

    def __init__(self, request: str) -> None:
        self._request = request
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """Everything printed, and the result."""
        return "".join(self._pieces)

    def take(self, message: Any) -> bool:
        """Take a message from the output channel; return whether it is the last."""
        if not self.replied(message):
            return False
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            self._pieces.append(content["text"])
        elif kind == "execute_result":
            self._pieces.append(content["data"]["text/plain"])
        return bool(kind == "status" and content["execution_state"] == "idle")

    def replied(self, message: Any) -> bool:
        """Whether `message` belongs to the request."""
        belongs: bool = message["parent_header"].get("msg_id") == self._request
        return belongs


class Bench:
    """Every public method is a measure."""

    async def start(self) -> Figures:
        """New kernels: waiting until they are ready first, and without that."""
        waited = [await _start_to_first_result("start") for _ in range(workloads.IPYKERNEL_STARTS)]
        unwaited = [await _start_to_first_result("launch") for _ in range(workloads.IPYKERNEL_STARTS)]
        return {"start_s": waited, "unwaited_s": unwaited}

    async def round_trip(self) -> Figures:
        """The smallest cell in a kernel that has run it before, through both clients."""
        kernel = Kernel()
        await kernel.start()
        samples = [await timed(lambda: kernel.run(SMALL_CELL), SMALL_TEXT) for _ in _round_trips()]
        await kernel.close()
        return {"async_s": samples[1:], "blocking_s": await asyncio.to_thread(_blocking_round_trips)}

    async def memory(self) -> Figures:
        """Idle kernels side by side, before and after their first cell."""
        kernels = await _start_many(workloads.IPYKERNEL_IDLE)
        started = [pss_mb(kernel.pid) for kernel in kernels]
        for kernel in kernels:
            check(await kernel.run(FIRST_CELL), FIRST_TEXT)
        used = [pss_mb(kernel.pid) for kernel in kernels]
        await _close_all(kernels)
        return {"started_mb": started, "used_mb": used}

    async def lines(self) -> Figures:
        """Many printed lines, until the caller holds all of the text."""
        return {"lines_s": await _printed(workloads.LINES_CELL, workloads.lines_text())}

    async def bulk(self) -> Figures:
        """One large print, likewise."""
        return {"bulk_s": await _printed(workloads.BULK_CELL, workloads.bulk_text())}

    async def crowd(self) -> Figures:
        """Some kernels at once, from their start to their end."""
        figures: Figures = {"start_s": [], "run_s": [], "session_mb": [], "close_s": []}
        for _ in range(workloads.CROWD_ROUNDS):
            times = [time.perf_counter()]
            kernels = await _start_many(workloads.IPYKERNEL_CROWD)
            times.append(time.perf_counter())
            texts = await asyncio.gather(*(kernel.run(SMALL_CELL) for kernel in kernels))
            times.append(time.perf_counter())
            check("".join(texts), SMALL_TEXT * len(kernels))
            figures["session_mb"] += [pss_mb(kernel.pid) for kernel in kernels]
            closing = time.perf_counter()
            await _close_all(kernels)
            figures["start_s"].append(times[1] - times[0])
            figures["run_s"].append(times[2] - times[1])
            figures["close_s"].append(time.perf_counter() - closing)
        return figures


async def _start_to_first_result(way: str) -> float:
    kernel = Kernel()

    async def start_and_run() -> str:
        await getattr(kernel, way)()
        return await kernel.run(FIRST_CELL)

    try:
        return await timed(start_and_run, FIRST_TEXT)
    finally:
        await kernel.close()


async def _start_many(count: int) -> list[Kernel]:
    kernels = [Kernel() for _ in range(count)]
    await asyncio.gather(*(kernel.start() for kernel in kernels))
    return kernels


async def _close_all(kernels: list[Kernel]) -> None:
    await asyncio.gather(*(kernel.close() for kernel in kernels))


async def _printed(code: str, expected: str) -> list[float]:
    kernel = Kernel()
    await kernel.start()
    try:
        return [await timed(lambda: kernel.run(code), expected) for _ in range(workloads.PRINT_ROUNDS)]
    finally:
        await kernel.close()


def _blocking_round_trips() -> list[float]:
    manager = KernelManager()
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=_PATIENCE_S)
    samples = []
    for _ in _round_trips():
        began = time.perf_counter()
        text = _blocking_run(client, SMALL_CELL)
        samples.append(time.perf_counter() - began)
        check(text, SMALL_TEXT)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return samples[1:]


def _blocking_run(client: Any, code: str) -> str:
    output = Output(client.execute(code))
    while not output.take(client.get_iopub_msg(timeout=_PATIENCE_S)):
        pass
    while not output.replied(client.get_shell_msg(timeout=_PATIENCE_S)):
        pass
    return output.text


def _round_trips() -> range:
    """One more than is counted: the first cell of a kernel is not a warm one."""
    return range(workloads.ROUND_TRIPS + 1)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(getattr(Bench(), sys.argv[1])())))
