"""IPython as its users know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import ramet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("%timeit -n1 -r1 sum(range(10))", "per loop"),
        ("%%time\nx = 1", "Wall time"),
        ("%%bash\necho from bash\necho $((6 * 7))", "from bash\n42"),
        ("%who", "marker"),
        ("%env RAMET_TEST=1", "env: RAMET_TEST=1"),
        ("%pwd", "/"),
        ("len?", "Return the number of items in a container"),
        ("area??", "return 3 * r * r"),
        ("!echo from a shell", "from a shell"),
        ("lines = !printf 'a\\nb\\n'\nprint(lines)", "['a', 'b']"),
        ("%pip --version", "pip "),
        ("%load_ext autoreload\n%autoreload 2\nprint('loaded')", "loaded"),
        ("%history", "marker = 1"),
        ("%%writefile /dev/null\ntext", "/dev/null"),
        ("%lsmagic", "%timeit"),
    ],
)
def test_magics_help_and_shell(ipython: ramet.Session, code: str, said: str) -> None:
    """Each gives what it gives in a terminal, printed."""
    ipython.run("marker = 1\ndef area(r):\n    return 3 * r * r")
    result = ipython.run(code)
    assert result.ok, result.text
    assert said in result.text


def test_capture_keeps_output_away(ipython: ramet.Session) -> None:
    """`%%capture` holds text and values."""
    result = ipython.run("%%capture held\nprint('inside')\nimport sys; print('err', file=sys.stderr)\ndisplay(1)")
    assert result.text == ""
    assert ipython.run("print(held.stdout, held.stderr, len(held.outputs))").text == "inside\n err\n 1"


def test_results_are_remembered(ipython: ramet.Session) -> None:
    """`_`, `_n`, `Out` and `In` count as the cells do."""
    ipython.run("40 + 2")
    ipython.run("")
    assert ipython.run("_1, _, Out[1], In[1]").text == "(42, 42, 42, '40 + 2')"


def test_out_is_capped(ipython: ramet.Session) -> None:
    """Old results are let go, silently."""
    texts = {ipython.run(f"{n} + 0").text for n in range(130)}
    assert len(texts) == 130
    assert int(ipython.run("len(Out)").text) <= 101


def test_running_a_script(ipython: ramet.Session, tmp_path: Path) -> None:
    """`%run` and its traceback, in the order of what was printed."""
    script = tmp_path / "script.py"
    script.write_text("print('before')\nvalue = 1\nraise ValueError('in the script')\n")
    result = ipython.run(f"%run {script}\nprint('after', value)")
    assert result.text.index("before") < result.text.index("in the script") < result.text.index("after 1")
    assert result.text.count("in the script") == 2  # the source line and the message, once each


def test_displays(ipython: ramet.Session) -> None:
    """`display`, its updates and `clear_output` arrive as values."""
    result = ipython.run(
        "from IPython.display import HTML, display, clear_output\n"
        "display(HTML('<b>x</b>'))\nhandle = display('first', display_id=True)\nhandle.update('second')"
    )
    assert [value.text for value in result.displays] == ["<IPython.core.display.HTML object>", "'second'"]
    assert result.displays[0].data["text/html"] == "<b>x</b>"
    cleared = ipython.run("print('gone')\nclear_output(wait=True)\nprint('stays')")
    assert (cleared.text, cleared.stdout) == ("stays", "gone\nstays\n")


def test_tables_have_all_forms(ipython: ramet.Session) -> None:
    """The result of a cell in text and HTML."""
    result = ipython.run("import pandas as pd\npd.DataFrame({'a': [1, 2]})")
    assert result.value is not None
    assert "<table" in result.value.data["text/html"]
    assert result.value.text == "   a\n0  1\n1  2"


def test_a_broken_repr_does_not_break_the_cell(ipython: ramet.Session) -> None:
    """The other forms are shown, the failure too."""
    result = ipython.run(
        "class B:\n    def _repr_html_(self): raise OSError('broken')\n    def __repr__(self): return 'B!'\nB()"
    )
    assert "B!" in result.text
    assert "broken" in result.text


def test_post_mortem_debugging(ipython: ramet.Session) -> None:
    """`%debug` asks at `ipdb>`, and answers move it."""
    ipython.run("def f(n):\n    return n / 0")
    ipython.run("f(5)")
    execution = ipython.submit("%debug")
    answers = iter(["p n * 2", "q"])
    for event in execution:
        if isinstance(event, ramet.InputRequested):
            assert event.prompt.startswith("ipdb>")
            ipython.answer(next(answers))
    assert "\n10\n" in f"\n{execution.result.text}\n"


def test_errors_are_printed_once(ipython: ramet.Session) -> None:
    """Also those that IPython prints in ways of its own."""
    assert ipython.run("%nosuch").text.count("UsageError") == 1


def test_exit_is_an_outcome(ipython: ramet.Session) -> None:
    """`exit` and `quit` end the cell and nothing else."""
    ipython.run("x = 1")
    for code in ("exit", "quit()", "raise SystemExit(0)"):
        assert ipython.run(code).outcome == ramet.Exited(code=0)
    assert ipython.run("exit(7)").outcome == ramet.Exited(code=7)
    assert ipython.run("x").text == "1"
