"""What the gallery shows: code, and what is asked of its session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ramet import reply
from ramet.render.inspection import inspection_text, variables_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from ramet import Session

#: Runs first in the session of each section.
PREAMBLE = """\
import numpy as np, pandas as pd, matplotlib.pyplot as plt
cars = pd.DataFrame({"hp": [130, 165, 150], "mpg": [18.0, None, 15.5]}, index=["buick", "ford", "amc"])
big = pd.DataFrame({"n": range(100_000), "half": np.arange(100_000) / 2, "odd": [False, True] * 50_000})
wide = pd.DataFrame({f"column_{n}": np.arange(1000) * n for n in range(60)})"""


@dataclass(frozen=True)
class Example:
    """`code` as a cell; its reply, of `limit` characters if that is not the usual number."""

    title: str
    code: str
    limit: int = 8000


@dataclass(frozen=True)
class Asked:
    """What a session is asked, and how it answers."""

    title: str
    call: str
    ask: Callable[[Session], object]


def _deadline(session: Session) -> object:
    return reply(session.run("import time\ntime.sleep(60)", deadline_s=0.2))


def _wait(session: Session) -> object:
    return reply(session.run("print('started')\nname = input('who? ')\nname.upper()", wait_s=30))


def _answer(session: Session) -> object:
    session.answer("Ada")
    last = session.last
    assert last is not None
    return reply(last.wait())


VALUES = (
    Example("A number", "1 + 1"),
    Example("Nothing", "x = 1"),
    Example("Text that is printed, and a result", "print('loaded')\n'done'"),
    Example("A long text", "'word ' * 10_000", 500),
    Example("A dict", "{'name': 'Ada', 'born': 1815, 'works': ['notes', 'letters']}"),
    Example("A long list", "list(range(10_000))"),
    Example("A long dict", "{f'key {n}': n * n for n in range(5000)}"),
    Example("A list of 300 texts", "[f'some words, number {n}' for n in range(300)]", 600),
    Example("Records", "[{'name': f'item {n}', 'price': n / 4} for n in range(100)]"),
    Example("An object", "class Point:\n    x = 1\nPoint()"),
)
TABLES = (
    Example("A small frame, with a missing value", "cars"),
    Example("A long frame", "big"),
    Example("A wide frame", "wide"),
    Example("The head of a wide frame", "wide.iloc[:2, :14]"),
    Example("describe()", "cars.describe()"),
    Example("A column", "cars['mpg']"),
    Example("dtypes", "big.dtypes"),
    Example("groupby", "big.groupby('odd')"),
    Example("An aggregate", "big.groupby('odd').agg(['min', 'max'])"),
    Example("Two levels of index", "pd.DataFrame({'v': range(4)}, pd.MultiIndex.from_product([[1, 2], [3, 4]]))"),
    Example("Moments", "pd.DataFrame({'v': [1, 2]}, index=pd.date_range('2024-01-01', periods=2, freq='36h'))"),
    Example("No rows", "cars[cars.hp > 999]"),
    Example("Nothing but missing values", "pd.DataFrame({'a': [np.nan] * 3})"),
    Example("Columns of the same name", "pd.DataFrame([[1, 2, 3]], columns=['a', 'a', 'b'])"),
    Example("A matrix", "np.arange(1_000_000.0).reshape(1000, 1000)"),
    Example("Three dimensions", "np.zeros((2, 3, 8))"),
)
PICTURES = (
    Example("A plot", "plt.plot([1, 2, 3], [1, 4, 9], label='squares')\nplt.title('Growth')\nplt.legend()"),
    Example(
        "Several in a cell", "for name in 'ab':\n    plt.figure()\n    plt.bar(['x', 'y'], [1, 2])\n    plt.title(name)"
    ),
    Example(
        "Subplots", "figure, axes = plt.subplots(1, 2)\naxes[0].hist([1, 2, 2, 3])\naxes[1].scatter([1, 2], [3, 4]);"
    ),
    Example("An image", "import PIL.Image\nPIL.Image.new('RGB', (64, 32), 'red')"),
    Example(
        "HTML and Markdown",
        "from IPython.display import HTML, JSON, SVG, Latex, Markdown, display\n"
        "display(HTML('<h2>Report</h2><p>Some <b>bold</b> words.</p>'), Markdown('* one\\n* two'))",
    ),
    Example("A table in HTML", "HTML('<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>')"),
    Example(
        "SVG",
        'SVG(\'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="9"><title>Dot</title></svg>\')',
    ),
    Example("JSON", "JSON({'a': [1, 2, None]})"),
    Example("LaTeX", "Latex(r'$\\frac{1}{2}$')"),
    Example("500 displays", "for n in range(500): display(pd.DataFrame({'n': [n]}))", 600),
    Example(
        "A display that is updated", "h = display('0 %', display_id=True)\nfor n in range(101): h.update(f'{n} %')"
    ),
)
PRINTED = (
    Example(
        "A progress bar",
        "import sys\n"
        "for n in range(101):\n"
        "    print(f'\\r{n:3}% |{\"#\" * (n // 10):10}|', end='', file=sys.stderr, flush=True)",
    ),
    Example("200,000 lines", "for n in range(200_000): print('line', n)", 500),
    Example("A very long line", "print('before')\nprint('x' * 1_000_000)\nprint('after')", 400),
    Example("The same line again and again", "for n in range(5000): print('retrying...')\nprint('gave up')"),
    Example("Colours and wide characters", "print('\\x1b[31mred\\x1b[0m', '漢字', '😀', sep='\\t')"),
    Example("A warning", "import warnings\nwarnings.warn('careful')\n1"),
    Example("A command", "!echo from the shell; exit 3"),
    Example(
        "Output that is cleared", "from IPython.display import clear_output\nprint('one')\nclear_output()\nprint('two')"
    ),
)
ERRORS = (
    Example("A column that is not there", "cars['pmg']"),
    Example("A name that is not there", "pritn('hello')"),
    Example(
        "An error in a function, with its cause",
        "def parse(text):\n"
        "    try:\n"
        "        return int(text)\n"
        "    except ValueError as error:\n"
        "        raise RuntimeError('cannot read the number') from error\n"
        "def total(texts):\n"
        "    return sum(parse(text) for text in texts)\n"
        "total(['1', 'two'])",
    ),
    Example("Recursion without end", "def down(n):\n    return down(n)\ndown(3)"),
    Example("A syntax error", "print('a'"),
    Example("A group", "raise ExceptionGroup('several', [ValueError('a'), TypeError('b')])"),
    Example("A missing module", "import panda"),
    Example("Output before an error", "for n in range(3):\n    print(n, 6 / (2 - n))"),
    Example("An attribute that is not there", "cars.desribe()"),
)
SITUATIONS = (
    Asked("A deadline", "session.run('import time\\ntime.sleep(60)', deadline_s=0.2)", _deadline),
    Asked("Code that asks", "session.run(\"print('started')\\nname = input('who? ')\\nname.upper()\")", _wait),
    Asked("Its answer", 'session.answer("Ada"); session.last.wait()', _answer),
    Example("Exit", "import sys\nsys.exit(3)"),
    Example("A crash", "import os\nos.abort()"),
    Example("A mistake", "del cars['mpg']\ncars.columns"),
    Asked("Undone", "session.undo()", lambda session: session.undo()),
    Asked("A brief", "session.brief()", lambda session: session.brief()),
    Asked("The variables", "session.variables()", lambda session: variables_text(session.variables())),
    Asked("An object", 'session.inspect("cars")', lambda session: inspection_text(session.inspect("cars"))),
    Asked("A search", "session.search('who')", lambda session: session.search("who")),
)

SECTIONS: tuple[tuple[str, tuple[Example | Asked, ...]], ...] = (
    ("Values", VALUES),
    ("Tables", TABLES),
    ("Pictures and other forms", PICTURES),
    ("What is printed", PRINTED),
    ("Errors", ERRORS),
    ("Situations", SITUATIONS),
)
