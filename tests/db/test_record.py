from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from db import StoreError, finished
from db.record import record
from db.rows import CheckpointRow, CurveRow, DatasetRow, ScoreRow, SystemRow
from db.store import Store
from db.tables import checkpoints, datasets, runs, score_curves, scores
from tests.db.conftest import make_run

SCORES = [
    ScoreRow("spearman", 0.82, 1379, {"k": 384, "aggregate": "all"}, 0.80, 0.84),
    ScoreRow("pearson", 0.83, 1379, {"k": 384, "aggregate": "all"}),
    ScoreRow("spearman", 0.81, 1379, {"k": 256, "aggregate": "all"}),
    ScoreRow("spearman", 0.79, 1379, {"k": 384, "aggregate": "wmean"}),
    ScoreRow("spearman", 0.70, 200, {"k": 384, "aggregate": "subset", "subset": "MSRvid"}),
]
CURVES = [CurveRow("spearman", "k", 1, (0.1, 0.2, 0.3), {"aggregate": "all"})]
CHECKPOINT = CheckpointRow("digest-of-mini", "mini", "hf://org/mini@abc")
DATASET = DatasetRow("digest-of-rows", "STSBenchmark", "en", split="test")
TYPED_VIEWS = ("current_runs", "latest_runs", "latest_scores", "sts_scores", "sts_curve")


def ask(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def counts(store: Store) -> dict[str, int]:
    return {v: len(ask(store, f"SELECT * FROM {v}")) for v in TYPED_VIEWS}  # noqa: S608


def test_what_was_recorded_is_what_the_views_show(any_store: Store) -> None:
    assert record(any_store, make_run(), SCORES, CURVES, checkpoint=CHECKPOINT, dataset=DATASET)
    query = """
        SELECT checkpoint, task, language, pooling, whitening, k, spearman, ci_low, ci_high,
            pearson, pairs, is_full, spearman_wmean FROM sts_scores ORDER BY k
    """
    mini = ("mini", "STSBenchmark", "en", "native", "none")
    assert ask(any_store, query) == [
        (*mini, 256, 0.81, None, None, None, 1379, False, None),
        (*mini, 384, 0.82, 0.80, 0.84, 0.83, 1379, True, 0.79),
    ]
    curve = ask(any_store, "SELECT k, spearman FROM sts_curve ORDER BY k")
    assert curve == [(1, 0.1), (2, 0.2), (3, 0.3)]


def test_the_same_job_recorded_again_writes_nothing(any_store: Store) -> None:
    assert record(any_store, make_run(), SCORES, CURVES)
    before = counts(any_store)
    assert not record(any_store, make_run(), SCORES, CURVES)
    assert counts(any_store) == before
    assert len(ask(any_store, "SELECT * FROM runs")) == 1


def test_a_duplicate_inserted_by_hand_doubles_no_view(any_store: Store) -> None:
    record(any_store, make_run(), SCORES, CURVES, checkpoint=CHECKPOINT, dataset=DATASET)
    before = counts(any_store)
    with any_store.read() as connection:
        first = dict(connection.execute(sa.select(runs)).mappings().one())
        rows = [dict(row) for row in connection.execute(sa.select(scores)).mappings()]
        lines = [dict(row) for row in connection.execute(sa.select(score_curves)).mappings()]
        names = [dict(row) for row in connection.execute(sa.select(checkpoints)).mappings()]
        data = [dict(row) for row in connection.execute(sa.select(datasets)).mappings()]
    with any_store.write() as connection:
        connection.execute(runs.insert(), [{**first, "run_id": "raced"}])
        connection.execute(scores.insert(), [{**row, "run_id": "raced"} for row in rows])
        connection.execute(score_curves.insert(), [{**row, "run_id": "raced"} for row in lines])
        connection.execute(checkpoints.insert(), names)
        connection.execute(datasets.insert(), data)
    assert counts(any_store) == before
    assert len(ask(any_store, "SELECT * FROM runs_log")) == 2
    assert [row for row in any_store.check().notes if "raced" in row] != []


def test_of_a_race_the_earliest_commit_counts_and_then_the_smallest_run(any_store: Store) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    row = dataclasses.asdict(make_run(started_at=moment, finished_at=moment))
    row |= {"parameters": "{}", "started_at": moment.replace(tzinfo=None)}
    row |= {"finished_at": moment.replace(tzinfo=None)}
    any_store.upgrade()
    late, early = datetime(2026, 1, 3), datetime(2026, 1, 2)
    with any_store.write() as connection:
        for run_id, committed in (("a", late), ("c", early), ("b", early)):
            connection.execute(
                runs.insert(), [{**row, "run_id": run_id, "committed_at": committed}]
            )
    assert ask(any_store, "SELECT run_id FROM current_runs") == [("b",)]
    assert finished(any_store, ["job"])["job"].run_id == "b"


def test_a_deliberate_repetition_supersedes(any_store: Store) -> None:
    record(any_store, make_run(), SCORES)
    better = [ScoreRow("spearman", 0.9, 1379, {"k": 384, "aggregate": "all"})]
    assert record(any_store, make_run(generation=1), better)
    assert ask(any_store, "SELECT spearman FROM sts_scores") == [(0.9,)]
    assert finished(any_store, ["job"])["job"].generation == 1


def test_a_newer_version_of_the_evaluator_supersedes_the_same_question(any_store: Store) -> None:
    record(any_store, make_run("old"), SCORES)
    record(any_store, make_run("new", evaluator_version="2"), SCORES[:1])
    assert ask(any_store, "SELECT spearman FROM sts_scores") == [(0.82,)]
    assert ask(any_store, "SELECT evaluator_version FROM latest_scores") == [("2",)]
    assert set(finished(any_store, ["old", "new"])) == {"old", "new"}


def test_a_failed_repetition_hides_no_finished_run(any_store: Store) -> None:
    record(any_store, make_run(), SCORES)
    failed = make_run(generation=1, status="failed", error_type="MemoryError", error_text="full")
    assert record(any_store, failed)
    assert len(ask(any_store, "SELECT * FROM sts_scores")) == 2
    shown = ask(any_store, "SELECT error_type, error_text, resolved FROM failures")
    assert shown == [("MemoryError", "full", False)]
    assert finished(any_store, ["job"])["job"].generation == 0


def test_a_failure_that_was_repaired_says_so(any_store: Store) -> None:
    record(any_store, make_run(status="failed", error_type="X", error_text="y"))
    assert finished(any_store, ["job"]) == {}
    assert record(any_store, make_run(), SCORES)
    assert ask(any_store, "SELECT resolved FROM failures") == [(True,)]


def test_a_nan_never_reaches_the_store(any_store: Store) -> None:
    bad = [*SCORES, ScoreRow("spearman", float("nan"), 3)]
    with pytest.raises(StoreError, match="nan: only finite"):
        record(any_store, make_run(), bad)
    with pytest.raises(StoreError, match="inf: only finite"):
        record(any_store, make_run(), [], [CurveRow("spearman", "k", 1, (0.1, float("inf")))])
    assert finished(any_store, ["job"]) == {}


def test_a_moment_without_a_zone_is_refused_rather_than_guessed(file_store: Store) -> None:
    with pytest.raises(StoreError, match="time zone"):
        record(file_store, make_run(started_at=datetime(2026, 1, 1)))


def test_times_of_another_zone_come_back_as_the_same_moment(file_store: Store) -> None:
    from zoneinfo import ZoneInfo

    moment = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    record(file_store, make_run(started_at=moment, finished_at=moment), SCORES)
    assert finished(file_store, ["job"])["job"].finished_at == moment


def test_systems_and_names_are_kept_once(any_store: Store) -> None:
    system = SystemRow("fingerprint", {"torch": "2.13"}, {"cores": "2"}, host="here")
    for job in ("a", "b"):
        inputs = {"system": system, "checkpoint": CHECKPOINT, "dataset": DATASET}
        record(any_store, make_run(job), SCORES, **inputs)
    rows = any_store.check().rows
    assert (rows["systems"], rows["checkpoints"], rows["datasets"]) == (1, 1, 1)
    assert ask(any_store, "SELECT DISTINCT system_id FROM runs") == [("fingerprint",)]


def test_a_fallback_source_shows_in_the_run_that_used_it(any_store: Store) -> None:
    wheel = CheckpointRow("digest-of-mini", "mini", "package://wheel/model", fallback_used=True)
    record(any_store, make_run("a"), SCORES, checkpoint=CHECKPOINT)
    record(any_store, make_run("b"), SCORES, checkpoint=wheel)
    shown = ask(any_store, "SELECT job_key, checkpoint_source FROM runs_log ORDER BY job_key")
    assert shown == [("a", "hf://org/mini@abc"), ("b", "package://wheel/model")]


def test_a_failing_write_leaves_nothing_behind(any_store: Store) -> None:
    any_store.upgrade()

    def work(connection: sa.Connection) -> None:
        row = dataclasses.asdict(make_run())
        row |= {"parameters": "{}", "committed_at": datetime(2026, 1, 1)}
        connection.execute(runs.insert(), [row])
        assert connection.execute(sa.select(runs.c.run_id)).fetchall()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        any_store.transact(work)
    assert ask(any_store, "SELECT * FROM runs") == []


def test_asking_a_store_that_is_not_there_makes_none(absent_store: Store) -> None:
    assert finished(absent_store, ["job"]) == {}
    assert not absent_store.exists()


def test_the_first_record_makes_the_store_and_its_folder(absent_store: Store) -> None:
    assert record(absent_store, make_run(), SCORES)
    assert set(finished(absent_store, ["job"])) == {"job"}


def test_fifty_thousand_job_keys_fit_one_question(file_store: Store) -> None:
    record(file_store, make_run("job-7"), SCORES)
    assert set(finished(file_store, (f"job-{i}" for i in range(50_000)))) == {"job-7"}
