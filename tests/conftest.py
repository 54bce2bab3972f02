"""What holds for every test."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from db import Store, open_store
from tests import frugal_duckdb

frugal_duckdb.use()

# A worker for each core: OpenMP's threads would wait for each other in loops that eat the cores,
# at four times the time of one thread. Set before numpy and torch read it; commands inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Hundreds of commands import the same sources: the first compiles them, even in a container that
# asks Python to keep nothing.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A landing must not hang on luck: the same examples each time. `make test-slow` explores new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_collection_finish() -> None:
    """Leave what was imported out of garbage collection.

    Streamlit collects after each run of a page, and would visit a million objects each time.
    """
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip the tests marked gpu where torch sees no CUDA device."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("torch sees no CUDA device")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of what all processes of this test run share; take a lock to write there."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without the bundled facts, to copy: making one takes a second."""
    path = tmp_path_factory.mktemp("empty") / "store.duckdb"
    open_store(f"duckdb:///{path}").upgrade()
    return path


@pytest.fixture
def store(tmp_path: Path, empty_store: Path) -> Store:
    """Return an empty store of the test's own."""
    shutil.copyfile(empty_store, tmp_path / "store.duckdb")
    return open_store(f"duckdb:///{tmp_path}/store.duckdb")


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start one Prefect server for all tests of a worker; starting one takes ten seconds."""
    home = tmp_path_factory.mktemp("prefect")
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from flows.prefect_server import ensure_prefect_api\n"
        "print(ensure_prefect_api(Path(sys.argv[1])), flush=True)\nsys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")},
        cwd=Path(__file__).parents[1],
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    url = holder.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    yield url
    holder.stdin.close()
    holder.stdout.close()
    holder.wait(timeout=30)
