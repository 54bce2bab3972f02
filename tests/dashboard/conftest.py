"""Real stores to look at: one with two nights and leaderboards, one with nothing in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard.charts import drawing
from db import open_store
from tests.dashboard.experiments import keep_experiments
from tests.dashboard.look import unfold
from tests.dashboard.served import served
from tests.dashboard.stores import keep_everything, keep_gaps, keep_hostile
from tests.dashboard.vectors import keep_vectors

APP = Path(__file__).parents[2] / "dashboard" / "app.py"


@pytest.fixture(scope="session")
def full(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with everything in it."""
    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('full'))}"
    keep_everything(open_store(url))
    return url


@pytest.fixture(scope="session")
def address_of_full(full: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one server of `full`, for all tests that need no fresh one."""
    log = tmp_path_factory.mktemp("served") / "log"
    with served(full, log) as address:
        yield address
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def experiments(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with sweeps, dimensions, claims and two checkpoints in it."""
    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('experiments'))}"
    keep_experiments(open_store(url))
    return url


@pytest.fixture(scope="session")
def vectors(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with prompts, sizes of vectors, pairs of two classes and MTEB's board."""
    from flows.boards.leaderboards import store_leaderboards

    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('vectors'))}"
    store = open_store(url)
    keep_vectors(store)
    store_leaderboards(store, ["mteb-eng-v2"])
    return url


@pytest.fixture(scope="session")
def gappy(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with one board, of which no model has all tasks."""
    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('gappy'))}"
    keep_gaps(open_store(url))
    return url


@pytest.fixture(scope="session")
def judged(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with SuperGLUE and the verdicts of the claims on it."""
    from flows.boards.leaderboards import store_boards
    from flows.judging.claims import judge_claims

    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('judged'))}"
    store = open_store(url)
    store_boards(store, ["superglue"])
    judge_claims(store)
    return url


@pytest.fixture(scope="session")
def empty(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with tables and nothing in them."""
    return f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('tables'))}"


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a DuckLake with everything in it."""
    url = f"ducklake:sqlite:{tmp_path_factory.mktemp('lake')}/catalog.sqlite"
    keep_everything(open_store(url))
    return url


@pytest.fixture(scope="session")
def hostile(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store in which every name is an attack."""
    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('hostile'))}"
    keep_hostile(open_store(url))
    return url


@pytest.fixture(scope="session", autouse=True)
def components_found_once() -> Iterator[None]:
    """Look for Streamlit components among the installed packages once, not at every AppTest.

    Reading the metadata of 180 packages takes as long as drawing a page.
    """
    with pytest.MonkeyPatch.context() as patched:
        found = manifest_scanner.scan_component_manifests()
        patched.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(autouse=True)
def checked_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check every chart that a page draws against Vega-Lite's schema."""
    monkeypatch.setattr(drawing, "CHECKED", True)


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch):
    """Return a function that opens one screen of the app on a store, with all that is folded."""

    def open_it(url: str, screen: str = "home", folded: bool = False, **query: str) -> AppTest:
        screen, _, asked = screen.partition("?")
        query |= dict(parse_qsl(asked))
        monkeypatch.setenv("RANKCHECK_STORE", url)
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.run()
        for name, value in query.items():
            app.query_params[name] = value
        if screen != "home" or query:
            app.switch_page(f"screens/{screen}.py").run()
        return app if folded else unfold(app)

    return open_it
