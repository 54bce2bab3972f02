"""A fresh store for each test, and rows to put in it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db import open_store
from db.rows import RunRow
from db.store import Store


def make_run(job: str = "job", generation: int = 0, **more: Any) -> RunRow:
    moment = datetime.now(UTC)
    row: dict[str, Any] = {
        "run_id": uuid.uuid4().hex,
        "job_key": job,
        "generation": generation,
        "night_id": "night",
        "evaluator": "sts",
        "evaluator_version": "1",
        "task": "STSBenchmark",
        "checkpoint_digest": "digest-of-mini",
        "dataset_digest": "digest-of-rows",
        "parameters": {"pooling": "native", "whitening": "none", "prompt": "", "max_length": None},
        "seed": 0,
        "dtype": "float32",
        "status": "finished",
        "started_at": moment,
        "finished_at": moment,
        "seconds": 1.0,
    }
    return RunRow(**{**row, **more})


ENGINES = ["file", "lake"]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store to copy: making one costs most of a second."""
    path = tmp_path_factory.mktemp("template") / "store.duckdb"
    open_store(f"duckdb:///{path}").upgrade()
    return path


@pytest.fixture
def file_store(tmp_path: Path, template: Path) -> Store:
    shutil.copyfile(template, tmp_path / "store.duckdb")
    return open_store(f"duckdb:///{tmp_path}/store.duckdb")


@pytest.fixture(params=ENGINES)
def absent_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store on each engine that nobody has made yet, in a folder that is not there."""
    urls = {
        "file": f"duckdb:///{tmp_path}/new/store.duckdb",
        "lake": f"ducklake:sqlite:{tmp_path}/new/catalog.sqlite",
    }
    store = open_store(urls[request.param])
    yield store
    store.close()


@pytest.fixture(params=ENGINES)
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store on each engine: what holds on one must hold on the other."""
    if request.param == "file":
        yield request.getfixturevalue("file_store")
        return
    store = open_store(f"ducklake:sqlite:{tmp_path}/lake/catalog.sqlite")
    store.upgrade()
    yield store
    store.close()
