"""What holds for every test."""

from __future__ import annotations

import gc
import logging
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import settings

from db import Store, open_store
from flows.prefect_server import WITHOUT_CERTIFICATES
from tests import environment, frugal_duckdb, shared_process, warm_client
from tests.flows.home import new_environment
from tests.prefect_server import UNUSED
from tests.warm import StartCode, Warm, warmed

frugal_duckdb.use()
gc.disable()  # until all is collected: imports make a million objects, and hardly any garbage

# A landing must not hang on luck: the same examples each time. `make test-slow` explores new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are cores: tests wait for a quarter of their time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what mostly waits first: one worker gets it and waits, while the others work."""
    items.sort(key=lambda item: not item.get_closest_marker("waits"))


def pytest_collection_finish() -> None:
    """Leave what was imported out of garbage collection, and look for garbage less often.

    Streamlit collects after each run of a page, and would visit a million objects each time. With
    Python's own thresholds a twentieth of the time goes into looking.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip the tests marked gpu where torch sees no CUDA device."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("torch sees no CUDA device")


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """The text of everything that is logged, also by loggers that keep it to themselves."""
    text = StringIO()
    handler = logging.StreamHandler(text)
    known = logging.root.manager.loggerDict.values()
    own = [each for each in known if isinstance(each, logging.Logger) and not each.propagate]
    level = logging.root.level
    logging.root.setLevel(logging.DEBUG)
    for logger in (logging.root, *own):
        logger.addHandler(handler)
    yield text
    for logger in (logging.root, *own):
        logger.removeHandler(handler)
    logging.root.setLevel(level)


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
def prefect_server(shared_folder: Path) -> Iterator[str]:
    """Join the Prefect server of this test run; starting one takes ten seconds."""
    own = {k: v for k, v in environment.AT_START.items() if not k.startswith("PREFECT_")}
    home = shared_folder / "prefect"
    end, url = shared_process.join(home, "tests.prefect_server", environment=own)
    assert url.startswith("http://127.0.0.1:")
    with end:
        yield url


@pytest.fixture
def own_prefect(shared_folder: Path, prefect_server: str, tmp_path: Path) -> Path:
    """Return a folder for a Prefect of the test's own: servers of one folder share a database.

    It has the database, since making one takes a server five seconds.
    """
    home = tmp_path / "own-prefect"
    home.mkdir()
    shutil.copyfile(shared_folder / "prefect" / UNUSED, home / "prefect.db")
    return home


@pytest.fixture(scope="session")
def warm(shared_folder: Path, prefect_server: str) -> Iterator[Warm]:
    """A process to fork commands from, which talk to the Prefect server."""
    folder = shared_folder / "warm"
    folder.mkdir(exist_ok=True)  # Prefect makes its own folder there, but none above it
    # What a plan run with a server of its own sets before it imports Prefect.
    of_server = {"PREFECT_API_URL": prefect_server, **WITHOUT_CERTIFICATES}
    with warmed(folder, new_environment(folder, **of_server)) as started:
        yield started


@pytest.fixture(scope="session")
def warm_words(warm: Warm, shared_folder: Path) -> list[str]:
    """The words before a program and its arguments that run it in a fork."""
    client = [sys.executable, "-SE", warm_client.__file__]
    return [*client, shared_process.address(shared_folder / "warm")]


@pytest.fixture(scope="session")
def warm_command(warm_words: list[str]) -> str:
    """The same words for a shell."""
    return shlex.join(warm_words)


@pytest.fixture(scope="session")
def start_code(warm: Warm) -> StartCode:
    """Return a function that starts Python code, with arguments, in a process of its own."""
    return lambda code, *arguments: warm.start("-c", [code, *arguments], warm.environment)
