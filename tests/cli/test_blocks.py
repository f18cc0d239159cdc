"""When what a person types is sent."""

from __future__ import annotations

import pytest

from ramet.cli.attach.blocks import Blocks


@pytest.mark.parametrize("shell", ["ipython", "python"])
@pytest.mark.parametrize(
    ("code", "indent"),
    [
        ("x = 1", None),
        ("for i in x:", 4),
        ("for i in x:\n    print(i)", 4),
        ("for i in x:\n    print(i)\n    ", None),
        ("if x:\n    y\nelse:", 4),
        ("f(1,", 0),
        ("f(1,\n2)", None),
        ("'''text", 0),
        ("x = 1 \\", 0),
        ("@decorator", 0),
        ("await f()", None),
        ("def f(x):\n    y = x\n\n    return y\n\nf(3)", None),
        ("no python at all", None),
        ("print 'from an older one'", None),
    ],
)
def test_python(shell: str, code: str, indent: int | None) -> None:
    """By Python's grammar; what it cannot read is the session's business."""
    assert Blocks("ipython" if shell == "ipython" else "python").indent_after(code) == indent


@pytest.mark.parametrize(
    ("code", "indent"),
    [("%timeit x", None), ("!ls", None), ("x?", None), ("%%bash", 0), ("%%bash\nls", 0), ("%%bash\nls\n", None)],
)
def test_ipython(code: str, indent: int | None) -> None:
    """A cell magic ends with an empty line, as a block does."""
    assert Blocks("ipython").indent_after(code) == indent


def test_plain_python_has_no_magics() -> None:
    """So nothing is waited for that would never come."""
    assert Blocks("python").indent_after("%%bash") is None
