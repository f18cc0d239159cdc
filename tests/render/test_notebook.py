"""A session as a notebook."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from ramet.model.cell import Result
from ramet.model.frame import ErrorInfo
from ramet.model.outcome import Completed, Died, Outcome, Raised
from ramet.model.output import Clear, Display, Omitted, Output, RichValue, Text
from ramet.model.past import PastCell
from ramet.render.notebook import notebook

if TYPE_CHECKING:
    import ramet


def past(*outputs: Output, outcome: Outcome | None = None, **more: Any) -> PastCell:
    """A cell of a session."""
    number = more.pop("cell", 3)
    result = Result(code="f()", outcome=outcome or Completed(), cell=number, outputs=outputs)
    values = {"serial": 5, "handle": "out:3", "undone": False, "began_at": 1.0, "ended_at": 2.0, **more}
    return PastCell(result=result, **values)


def outputs(*cells: PastCell, **more: Any) -> list[list[dict[str, Any]]]:
    """The outputs of the cells of a notebook."""
    return [cell["outputs"] for cell in json.loads(notebook(cells, **more))["cells"]]


def test_a_cell_has_its_number_and_code() -> None:
    """And an identifier that no other cell has."""
    made = json.loads(notebook([past()]))
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)
    (cell,) = made["cells"]
    assert (cell["id"], cell["execution_count"], cell["source"]) == ("cell-5", 3, "f()")


def test_what_was_printed_keeps_its_order_and_stream() -> None:
    """Pieces of one stream are one output; what was cleared is gone, what was too much is told."""
    shown = [Text(text="gone"), Clear(), Text(text="a"), Text(text="b\n"), Text(text="e\n", stream="stderr")]
    (made,) = outputs(past(*shown, Omitted(characters=10, lines=2, stream="stderr")))
    assert [(one["name"], one["text"]) for one in made] == [
        ("stdout", "ab\n"),
        ("stderr", "e\n[... 10 characters, 2 lines left out ...]\n"),
    ]


def test_values_keep_all_their_forms() -> None:
    """Binary ones in base64; the result has the cell's number."""
    figure = RichValue(data={"text/plain": "<Figure>", "image/png": b"\x89PNG"}, metadata={"image/png": {"width": 3}})
    table = RichValue(data={"text/plain": "df", "application/json": {"a": [1]}})
    ((shown, result),) = outputs(past(Display(value=figure), Display(value=table, kind="result")))
    assert shown["output_type"] == "display_data"
    assert base64.b64decode(shown["data"]["image/png"]) == b"\x89PNG"
    assert shown["metadata"] == {"image/png": {"width": 3}}
    assert (result["output_type"], result["execution_count"]) == ("execute_result", 3)
    assert result["data"]["application/json"] == {"a": [1]}


def test_a_failure_is_an_error() -> None:
    """Of the code, or of its process."""
    raised = Raised(error=ErrorInfo(type="ValueError", message="no", traceback="Traceback\nValueError: no"))
    (error,), (death,) = outputs(past(outcome=raised), past(outcome=Died(signal=11)))
    assert (error["ename"], error["evalue"]) == ("ValueError", "no")
    assert error["traceback"] == ["Traceback", "ValueError: no"]
    assert death["ename"] == "Died"
    assert "SIGSEGV" in death["evalue"]


def test_what_the_session_does_not_stand_on_is_left_out() -> None:
    """What was undone, and what never ran."""
    assert outputs(past(undone=True), past(cell=None), past()) == [[]]


def test_older_outputs_go_first() -> None:
    """Where there is too much."""
    cells = [past(Text(text=letter * 500), serial=number) for number, letter in enumerate("abc")]
    assert [made[0]["text"][:3] for made in outputs(*cells, limit=1500)] == ["[wh", "bbb", "ccc"]


def test_any_text_can_be_written() -> None:
    """Also what is no Unicode."""
    text = notebook([past(Text(text="\udcff"))]).encode()
    assert json.loads(text)["cells"][0]["outputs"][0]["text"] == "\udcff"


def test_a_session_as_jupyter_reads_it(ipython: ramet.Session) -> None:
    """By its own rules."""
    nbformat = pytest.importorskip("nbformat")
    for code in (
        "print(1)\n{'a': 1}",
        "1 / 0",
        "from IPython.display import HTML; HTML('<b>x</b>')",
        "import os; os.abort()",
    ):
        ipython.run(code)
    nbformat.validate(nbformat.reads(notebook(ipython.history()), as_version=4))
