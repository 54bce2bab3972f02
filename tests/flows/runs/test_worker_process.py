"""What a worker does on its machine before it evaluates for a plan run."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from db import plan_runs
from db.machine_locks import MachineLocks
from flows.runs.worker_process import WorkerRefusedError, plan_run_lock, validate_store


def test_a_worker_with_another_store_than_its_plan_run_is_refused(tmp_path: Path) -> None:
    ours, other = (f"duckdb:///{tmp_path}/{name}/store.duckdb" for name in ("ours", "other"))
    with plan_runs.mark(ours, "nightly", "the-run"):
        validate_store(ours, "the-run")
        with pytest.raises(WorkerRefusedError, match=r"RANKCHECK_STORE on .* must be the store of"):
            validate_store(other, "the-run")
    with pytest.raises(WorkerRefusedError):  # it has ended
        validate_store(ours, "the-run")


def test_on_another_machine_the_server_knows_the_plan_run(postgres_url: str) -> None:
    with closing(MachineLocks(postgres_url)) as plan_run:
        with plan_run.held([plan_run_lock("the-run")], wait=True):
            validate_store(postgres_url, "the-run")
            with pytest.raises(WorkerRefusedError):
                validate_store(postgres_url, "another")
        with pytest.raises(WorkerRefusedError):
            validate_store(postgres_url, "the-run")
