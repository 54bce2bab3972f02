"""Real stores to look at: one with two nights and leaderboards, one with nothing in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from filelock import FileLock
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner

from dashboard.charts import drawing
from db import Store, open_store
from tests.dashboard.chart_schema import check_chart
from tests.dashboard.experiments import keep_experiments
from tests.dashboard.look import opened_page
from tests.dashboard.served import browser, served
from tests.dashboard.stores import Fill, keep_everything, keep_gaps, keep_hostile
from tests.dashboard.vectors import keep_vectors
from tests.dashboard.watched import Watched

# AppTest does not read the configuration beside app.py. And it runs pages so often that a garbage
# collection after each would cost more than the pages. By settings of the environment it would be
# too late: Streamlit has read those when it was imported.
config.set_option("runner.magicEnabled", False)
config.set_option("runner.postScriptGC", False)
config.set_option("browser.gatherUsageStats", False)


@pytest.fixture(scope="session")
def filled(
    empty_store: Path, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fill]:
    """Yield a function that fills a store once for all processes, and gives each a copy to read.

    Only the test run's first process that asks for a name fills it. The copy stays open, since
    opening it takes longer than most questions of a page.
    """
    kept_open = ExitStack()

    def fill(name: str, keep: Callable[[Store], object]) -> str:
        made = shared_folder / f"filled-{name}.duckdb"
        with FileLock(f"{made}.lock"):
            if not made.exists():
                new = shutil.copy(empty_store, tmp_path_factory.mktemp(name) / "store.duckdb")
                keep(open_store(f"duckdb:///{new}"))
                shutil.copy(new, made.with_suffix(".part"))
                made.with_suffix(".part").rename(made)
        own = shutil.copy(made, tmp_path_factory.mktemp(name) / "store.duckdb")
        kept_open.enter_context(duckdb.connect(own, read_only=True))
        return f"duckdb:///{own}"

    with kept_open:
        yield fill


@pytest.fixture(scope="session")
def full(filled: Fill) -> str:
    """The URL of a store with everything in it."""
    return filled("full", keep_everything)


@pytest.fixture(scope="session")
def address_of_full(
    full: str, warm_words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of one server of `full`, for all tests that need no fresh one."""
    log = tmp_path_factory.mktemp("served") / "log"
    with served(full, log, warm_words) as address:
        yield address
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def experiments(filled: Fill) -> str:
    """The URL of a store with sweeps, dimensions, claims and two checkpoints in it."""
    return filled("experiments", keep_experiments)


@pytest.fixture(scope="session")
def vectors(filled: Fill) -> str:
    """The URL of a store with prompts, sizes of vectors, pairs of two classes and MTEB's board."""
    from flows.boards.leaderboards import store_leaderboards

    def keep(store: Store) -> None:
        keep_vectors(store)
        store_leaderboards(store, ["mteb-eng-v2"])

    return filled("vectors", keep)


@pytest.fixture(scope="session")
def gappy(filled: Fill) -> str:
    """The URL of a store with one board, of which no model has all tasks."""
    return filled("gappy", keep_gaps)


@pytest.fixture(scope="session")
def judged(filled: Fill) -> str:
    """The URL of a store with SuperGLUE and the verdicts of the claims on it."""
    from flows.boards.leaderboards import store_boards
    from flows.judging.claims import judge_claims

    def keep(store: Store) -> None:
        store_boards(store, ["superglue"])
        judge_claims(store)

    return filled("judged", keep)


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
def hostile(filled: Fill) -> str:
    """The URL of a store in which every name is an attack."""
    return filled("hostile", keep_hostile)


@pytest.fixture(scope="session", autouse=True)
def pages_cost_what_they_do_on_a_server() -> Iterator[None]:
    """Do once what AppTest would do at every run of a page, and a server does once too.

    It looks for components among the installed packages, whose metadata takes as long to read as a
    page to draw; it compiles the scripts; and it asks a thousand times a second whether a page is
    drawn, which stops the thread that draws it each time.
    """
    found = manifest_scanner.scan_component_manifests()
    compiled = ScriptCache()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        for module in (app_test, local_script_runner):
            patched.setattr(module, "ScriptCache", lambda: compiled)
        patched.setattr(local_script_runner, "require_widgets_deltas", _wait_for_page)
        yield


def _wait_for_page(runner: local_script_runner.LocalScriptRunner, timeout: float = 3) -> None:
    """Wait until a page is drawn.

    Raises:
        RuntimeError: It takes more than so many seconds.
    """
    thread = runner._script_thread
    assert thread is not None
    thread.join(timeout)
    if not runner.script_stopped():
        runner.request_stop()
        runner.join()
        raise RuntimeError(f"AppTest ran a page for more than {timeout} s")


@pytest.fixture(scope="session", autouse=True)
def checked_charts() -> Iterator[None]:
    """Check every chart that a page draws against Vega-Lite's schema."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(drawing, "CHECK", check_chart)
        yield


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Return a function that opens one screen of the app on a store, with all that is folded."""
    return partial(opened_page, monkeypatch)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser of a module: while one runs, no test can start a loop of asyncio."""
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def tab(chromium: Any) -> Watched:
    """The tab in which all visits of a module take place, one after another."""
    return Watched(chromium.new_page(), "")


@pytest.fixture
def watched(tab: Watched, address: str) -> Iterator[Watched]:
    """A visit of the dashboard at the module's address, to which nobody may object."""
    tab.address = address
    yield tab
    assert tab.leave() == []
