"""Static pictures of charts that are drawn by a browser or by a program, each in a process of its own.

In this process the renderers would leave threads behind (vl-convert's run for ever), after which it could not be copied
for a checkpoint; and a child can be ended when it takes too long.
"""

from __future__ import annotations

import contextlib
import glob
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys

_TIMEOUT_S = 8.0
_INPUT_MAX_BYTES = 20_000_000
#: A renderer that failed so often without a success before is not tried again: each time may cost the whole timeout.
_FAILURES_MAX = 2

_VEGA_LITE = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
import vl_convert
sys.stdout.buffer.write(vl_convert.vegalite_to_png(sys.stdin.read(), scale=1))
"""
_PLOTLY = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
import plotly.io
sys.stdout.buffer.write(plotly.io.to_image(json.load(sys.stdin), format="png", validate=False))
"""

_BROWSERS = (
    "chromium", "chromium-browser", "chrome", "google-chrome", "google-chrome-stable", "Google Chrome", "brave-browser",
    "microsoft-edge", "microsoft-edge-stable",
)  # fmt: skip
_BROWSERS_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "~/.local/share/choreographer/deps/chrome-*/chrome",  # where `plotly_get_chrome` puts one
    "~/Library/Application Support/choreographer/deps/chrome-*/*.app/Contents/MacOS/*",
)

_failures: dict[str, int] = {}


class NoPictureError(Exception):
    """There is no picture; the message says why, to the reader of the reply."""


def vega_lite(specification: str) -> bytes:
    """The PNG of a Vega-Lite chart; data behind an address are fetched by the renderer."""
    return _python("vl-convert", _VEGA_LITE, ["vl_convert"], specification)


def plotly(figure: str) -> bytes:
    """The PNG of a Plotly figure given as JSON, drawn by a browser."""
    kaleido = importlib.util.find_spec("kaleido")
    folders = list(kaleido.submodule_search_locations or ()) if kaleido is not None else []
    if folders and not os.path.isdir(os.path.join(folders[0], "executable")) and not _browser():  # 0.x had one inside
        raise NoPictureError("kaleido finds no Chrome; `plotly_get_chrome` installs one")
    return _python("kaleido", _PLOTLY, ["kaleido", "plotly"], figure)


def graphviz(source: str, engine: str) -> bytes:
    """The PNG of a graph in the language of Graphviz."""
    program = shutil.which(engine)
    if program is None:
        raise NoPictureError(f"Graphviz's program {engine} is not installed")
    return _png("graphviz", [program, "-Tpng", "-Gdpi=72"], source)


def _python(name: str, code: str, packages: list[str], text: str) -> bytes:
    """What `code` makes of `text` with `packages`, in an isolated interpreter that finds them where this one does."""
    folders = []
    for package in packages:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            raise NoPictureError(f"{'vl-convert-python' if package == 'vl_convert' else package} is not installed")
        folders.append(os.path.dirname(os.path.dirname(spec.origin)))
    return _png(name, [sys.executable, "-I", "-W", "ignore", "-c", code, json.dumps(folders)], text)


def _png(name: str, command: list[str], text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > _INPUT_MAX_BYTES:
        raise NoPictureError(f"it would be drawn from {len(data) / 1e6:.0f} MB, more than {name} is given here")
    if _failures.get(name, 0) >= _FAILURES_MAX:
        raise NoPictureError(f"{name} has failed before and is not tried again in this session")
    _failures[name] = _failures.get(name, 0) + 1
    status, picture, complaint = _output(name, command, data)
    if not picture.startswith(b"\x89PNG"):
        lines = complaint.decode("utf-8", "replace").strip().splitlines()
        raise NoPictureError(f"{name} failed: {lines[-1][:200] if lines else f'exit status {status}'}")
    _failures[name] = -1_000_000  # it works: what fails from now on is the chart
    return picture


def _output(name: str, command: list[str], data: bytes) -> tuple[int, bytes, bytes]:
    """The exit status, output and complaints of `command`; it and all that it started are gone afterwards."""
    process = subprocess.Popen(  # noqa: S603 - the renderers that the user has installed
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        picture, complaint = process.communicate(data, timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise NoPictureError(f"{name} took longer than {_TIMEOUT_S:.0f} s") from None
    finally:
        _end(process)
    return process.returncode, picture, complaint


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process's group, browsers included, and reap it."""
    with contextlib.suppress(OSError):  # all of it may have ended
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what was not written yet can no longer be
                pipe.close()
    process.wait()


def _browser() -> str | None:
    """A browser that kaleido would find, looked for where it costs no time."""
    named = os.environ.get("BROWSER_PATH")
    if named and os.path.exists(named):
        return named
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    elsewhere = (path for pattern in _BROWSERS_ELSEWHERE for path in glob.glob(os.path.expanduser(pattern)))
    return found or next(elsewhere, None)
