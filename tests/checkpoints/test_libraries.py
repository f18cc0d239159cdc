"""Libraries at full parallelism across an undo: they work on, or the reply says why there is no way; none hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import wait_until, with_libraries

import ramet

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLINE_S = 60.0

ROWS = "import numpy as np; X = np.linspace(0, 1, 100_000).reshape(-1, 5); y = X[:, 0]"

#: By name: the cell that imports and prepares, and an expression that uses what can be used in parallel.
WORK = {
    "numpy": ("import numpy as np; a = np.ones((1500, 1500))", "float((a @ a).sum())"),
    "pandas": ("import pandas as pd; df = pd.DataFrame({'a': range(1_000_000)})", "df.groupby('a').size().sum()"),
    "scipy": ("import numpy as np, scipy.fft as f; a = np.ones((600, 600))", "float(abs(f.fft2(a, workers=2)).sum())"),
    "pyarrow": (
        "import pyarrow as pa; t = pa.table({'a': list(range(1_000_000))})",
        "t.group_by('a').aggregate([('a', 'count')]).num_rows",
    ),
    "duckdb": (
        "import duckdb; c = duckdb.connect(); c.sql('create table t as select range a from range(3_000_000)')",
        "c.sql('select count(distinct a) from t').fetchall()",
    ),
    "random forest": (
        f"{ROWS}; from sklearn.ensemble import RandomForestRegressor as R",
        "R(n_jobs=2, n_estimators=8, max_depth=3, random_state=0).fit(X, y).score(X, y)",
    ),
    "joblib threads": (
        "from joblib import Parallel, delayed",
        "sum(Parallel(n_jobs=2, backend='threading')(delayed(abs)(i) for i in range(9)))",
    ),
    "dask": ("import dask.array as da; a = da.ones((4000, 4000), chunks=1000)", "float(a.sum().compute())"),
    "tokenizers": (
        "from tokenizers import Tokenizer, models; t = Tokenizer(models.BPE({'a': 0, 'b': 1}, []))",
        "sum(len(e.ids) for e in t.encode_batch(['abab'] * 20_000))",
    ),
    "matplotlib": (
        "import io, matplotlib.pyplot as plt",
        "(plt.plot([1, 2]), plt.savefig(io.BytesIO()), plt.close())[1:]",
    ),
    "sqlalchemy": (
        (
            "from sqlalchemy import create_engine, text; engine = create_engine('sqlite://')\n"
            "with engine.begin() as c: _ = c.execute(text('create table t (a)'))"
        ),
        "engine.connect().execute(text('select count(*) from t')).scalar()",
    ),
    "polars, imported": ("import polars as pl", "1"),
}

#: The same for those that keep a pool of libgomp.
OPENMP = {
    "gradient boosting": (
        f"{ROWS}; from sklearn.ensemble import HistGradientBoostingRegressor as H",
        "H(max_iter=5, random_state=0).fit(X, y).score(X, y)",
    ),
    "k-means": (f"{ROWS}; from sklearn.cluster import KMeans", "KMeans(4, n_init=1, random_state=0).fit(X).inertia_"),
    "torch": ("import torch; a = torch.ones(3000, 3000)", "float(torch.nn.functional.relu(a).sum())"),
    "autograd": (
        "import torch; a = torch.ones(500, 500, requires_grad=True)",
        "float(torch.autograd.grad((a @ a).relu().sum(), a)[0].sum())",
    ),
    "xgboost": (
        f"{ROWS}; import xgboost; data = xgboost.DMatrix(X, y)",
        "round(float(xgboost.train({'max_depth': 3}, data, 5).predict(data).sum()), 2)",
    ),
    "lightgbm": (
        f"{ROWS}; import lightgbm",
        "round(float(lightgbm.LGBMRegressor(n_estimators=5, verbose=-1).fit(X, y).predict(X).sum()), 2)",
    ),
}

#: By name: the cell that makes it impossible to copy the process, what the reply says, the cell that mends it (if any).
REFUSED = {
    "polars": (
        "import polars as pl; pl.DataFrame({'a': range(1_000_000)}).group_by('a').len()",
        "polars has started threads .* until restart",
        "",
    ),
    "joblib processes": (
        "from joblib import Parallel, delayed; Parallel(n_jobs=2)(delayed(abs)(i) for i in range(4))",
        "joblib's pool of processes is open,.*get_reusable_executor",
        "import joblib; joblib.externals.loky.get_reusable_executor().shutdown()",
    ),
    "grpc": (
        (
            "import grpc\nchannel = grpc.insecure_channel('127.0.0.1:1'); call = channel.unary_unary('/a/b')\n"
            "try: call(b'', timeout=5)\nexcept grpc.RpcError as error: del error"
        ),
        "gRPC has started threads .*close its channels",
        "channel.close(); del call, channel",
    ),
    "tokenizers, told to be parallel": (
        f"import os; os.environ['TOKENIZERS_PARALLELISM'] = 'true'\n{WORK['tokenizers'][0]}\n{WORK['tokenizers'][1]}",
        "TOKENIZERS_PARALLELISM is set",
        "del os.environ['TOKENIZERS_PARALLELISM']",
    ),
    "numba": (
        (
            "import numba\n@numba.njit(parallel=True)\ndef f(a):\n    for i in numba.prange(a): pass\n"
            "numba.config.THREADING_LAYER = 'omp'; f(1000)"
        ),
        "numba has started its OpenMP threads.*workqueue",
        "",
    ),
    "jax": ("import jax.numpy as jnp; (jnp.ones((1500, 1500)) @ jnp.ones((1500, 1500))).sum()", "JAX has started", ""),
    "tensorflow": (
        "import tensorflow as tf; tf.reduce_sum(tf.ones((1500, 1500)) @ tf.ones((1500, 1500)))",
        "Tensor",
        "",
    ),
    "ray": ("import ray; ray.init(num_cpus=1, include_dashboard=False)", "Ray has started", ""),
}


@pytest.fixture
def libraries() -> Iterator[ramet.Session]:
    """A session on the interpreter that has them."""
    with ramet.Session(python=with_libraries(), checkpoints="every") as session:
        session.run("import os\ndef threads(): return len(os.listdir('/proc/self/task'))")
        yield session


def done(session: ramet.Session, code: str) -> ramet.Result:
    """Run `code`, which must come to its end in time; the test is skipped without the library it imports."""
    result = session.run(code, deadline_s=DEADLINE_S)
    if isinstance(result.outcome, ramet.Raised) and result.outcome.error.type == "ModuleNotFoundError":
        pytest.skip(result.outcome.error.message)
    assert isinstance(result.outcome, ramet.Completed), result.outcome
    return result


def settle(session: ramet.Session) -> None:
    """Wait for the checkpoint of the present state."""
    present = int(done(session, "0").cell or 0) + 1
    wait_until(
        lambda: any(checkpoint.cell == present for checkpoint in session.checkpoints), facts=lambda: session.last
    )


def undone(session: ramet.Session) -> None:
    """Change something, and take it back."""
    settle(session)
    done(session, "changed = True")
    session.undo()
    assert "changed" not in session.names


def can_be_undone(session: ramet.Session) -> bool:
    """Whether checkpoints are made again: threads may take a moment to end."""
    done(session, "1")
    done(session, "1")
    try:
        session.undo()
    except ramet.InvalidError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("name", WORK)
def test_it_works_on_after_an_undo(libraries: ramet.Session, name: str) -> None:
    """The same result, in the copy and in the copy's copy."""
    prepare, use = WORK[name]
    done(libraries, prepare)
    expected = done(libraries, use).text
    for _ in range(2):
        undone(libraries)
        assert done(libraries, use).text == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", OPENMP)
def test_openmp_is_parallel_again(libraries: ramet.Session, name: str) -> None:
    """Its pool ends for the checkpoint and starts again: in the process that goes on, and in the copy's copy."""
    prepare, use = OPENMP[name]
    count = f"before = threads(); result = {use}; threads() > before"
    done(libraries, prepare)
    parallel, expected = done(libraries, count).text, done(libraries, use).text
    settle(libraries)
    assert done(libraries, count).text == parallel
    for _ in range(2):
        undone(libraries)
        assert (done(libraries, count).text, done(libraries, "result").text) == (parallel, expected)


@pytest.mark.slow
def test_what_a_thread_keeps_goes_back_too(libraries: ramet.Session) -> None:
    """OpenMP or not, the copy's main thread is that of the process: thread-local values and SQLite connections hold."""
    done(libraries, "import sqlite3, torch; torch.relu(torch.ones(3000, 3000)); torch.set_grad_enabled(False)")
    done(libraries, "c = sqlite3.connect(':memory:'); c.execute('create table t (a)')")
    undone(libraries)
    assert done(libraries, "torch.is_grad_enabled(), c.execute('select * from t').fetchall()").text == "(False, [])"


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_a_reason(libraries: ramet.Session, name: str) -> None:
    """What would hang is not copied; the reply says why and what to do, and doing that helps."""
    prevent, reason, mend = REFUSED[name]
    done(libraries, prevent)
    notes = done(libraries, "1").notes
    assert libraries.run("1").notes == (), "said once"
    with pytest.raises(ramet.InvalidError, match=reason):
        libraries.undo()
    assert len(notes) == 1
    if mend:
        done(libraries, mend)
        wait_until(lambda: can_be_undone(libraries))
