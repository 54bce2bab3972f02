"""Case pythia #195: branches of one repository that serve identical weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.record import record
from db.store import Store
from evaluators.result import Score
from flows.checkpoints import Checkpoint
from flows.runs.checkpoint_names import record_names
from flows.runs.outcomes import RunReport
from flows.runs.recording import checkpoint_row
from tests.db.sample_rows import make_run

BOTH = """
    SELECT n.checkpoint, n.listed_as, s.value
    FROM checkpoint_names AS n JOIN latest_scores AS s USING (checkpoint_digest) ORDER BY 1
"""


def checkpoint(name: str, digest: str = "same") -> Checkpoint:
    source = f"hf://EleutherAI/pythia@{name}"
    return Checkpoint(name, source, source, name, "0" * 40, Path(name), digest, "f" * 64, 7)


@pytest.fixture
def store(store: Store) -> Store:
    """Return a store with one run."""
    run = make_run(checkpoint_digest="same")
    row = checkpoint_row(checkpoint("step1000"))
    record(store, run, [Score("spearman", 0.5, n=10)], checkpoint=row)
    return store


def test_copy_under_another_name_is_reported_and_has_the_same_scores_in_sql(store: Store) -> None:
    plan = [checkpoint("step1000"), checkpoint("step2000"), checkpoint("step3000", "other")]
    for _ in range(2):  # a second plan run says the same and writes nothing
        lines = record_names(store, plan)
        assert lines == ["step2000 has the same content as step1000: one run counts for both"]
        with store.read() as connection:
            assert connection.exec_driver_sql(BOTH).fetchall() == [
                ("step1000", "step1000", 0.5),
                ("step2000", "step1000", 0.5),
            ]
            stored = connection.exec_driver_sql("SELECT name FROM checkpoints ORDER BY name")
            assert stored.scalars().all() == ["step1000", "step2000", "step3000"]
    assert lines[0] in RunReport("plan", [], 1, duplicates=lines).lines()


def test_checkpoint_with_runs_of_its_own_is_no_duplicate(store: Store) -> None:
    row = checkpoint_row(checkpoint("step2000"))
    run = make_run(
        "other job", checkpoint_digest="same", task="SICK-R", checkpoint_id=row.checkpoint_id
    )
    record(store, run, [Score("spearman", 0.5, n=10)], checkpoint=row)
    assert record_names(store, [checkpoint("step1000"), checkpoint("step2000")]) == []
