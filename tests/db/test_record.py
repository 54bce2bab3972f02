from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from db import StoreError, finished
from db.health import health
from db.record import record
from db.rows import CheckpointRow, CurveRow, ScoreRow, SystemRow
from db.store import Store
from db.tables import checkpoints, datasets, runs, score_curves, scores
from db.views.runs import latest_of
from tests.db.sample_rows import CHECKPOINT, CURVES, DATASET, SCORES, make_run

TYPED_VIEWS = ("current_runs", "latest_runs", "latest_scores", "sts_scores", "sts_curve")


def ask(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def counts(store: Store) -> dict[str, int]:
    return {v: len(ask(store, f"SELECT * FROM {v}")) for v in TYPED_VIEWS}  # noqa: S608


def test_what_was_recorded_is_what_the_views_show(every_store: Store) -> None:
    assert record(every_store, make_run(), SCORES, CURVES, checkpoint=CHECKPOINT, dataset=DATASET)
    query = """
        SELECT checkpoint, task, language, pooling, whitening, k, spearman, ci_low, ci_high,
            pearson, pairs, is_full, spearman_wmean FROM sts_scores ORDER BY k
    """
    mini = ("mini", "STSBenchmark", "en", "native", "none")
    assert ask(every_store, query) == [
        (*mini, 256, 0.81, None, None, None, 1379, False, None),
        (*mini, 384, 0.82, 0.80, 0.84, 0.83, 1379, True, 0.79),
    ]
    curve = ask(every_store, "SELECT k, spearman FROM sts_curve ORDER BY k")
    assert curve == [(1, 0.1), (2, 0.2), (3, 0.3)]


def test_few_sentences_behind_a_whitening_are_flagged_beside_its_scores(every_store: Store) -> None:
    costs = {"few": {"few_fit_sentences": True}, "many": {"few_fit_sentences": False}, "old": {}}
    for whitening, cost in costs.items():
        run = make_run(whitening, parameters={"whitening": whitening}, cost=cost)
        assert record(every_store, run, SCORES)
    query = "SELECT DISTINCT whitening, few_fit_sentences FROM sts_scores ORDER BY 1"
    assert ask(every_store, query) == [("few", True), ("many", False), ("old", None)]


def test_the_same_job_recorded_again_writes_nothing(every_store: Store) -> None:
    assert record(every_store, make_run(), SCORES, CURVES)
    before = counts(every_store)
    assert not record(every_store, make_run(), SCORES, CURVES)
    assert counts(every_store) == before
    assert len(ask(every_store, "SELECT * FROM runs")) == 1


def test_a_duplicate_inserted_by_hand_doubles_no_view(every_store: Store) -> None:
    record(every_store, make_run(), SCORES, CURVES, checkpoint=CHECKPOINT, dataset=DATASET)
    before = counts(every_store)
    with every_store.read() as connection:
        first = dict(connection.execute(sa.select(runs)).mappings().one())
        rows = [dict(row) for row in connection.execute(sa.select(scores)).mappings()]
        lines = [dict(row) for row in connection.execute(sa.select(score_curves)).mappings()]
        names = [dict(row) for row in connection.execute(sa.select(checkpoints)).mappings()]
        data = [dict(row) for row in connection.execute(sa.select(datasets)).mappings()]
    with every_store.write() as connection:
        connection.execute(runs.insert(), [{**first, "run_id": "raced"}])
        connection.execute(scores.insert(), [{**row, "run_id": "raced"} for row in rows])
        connection.execute(score_curves.insert(), [{**row, "run_id": "raced"} for row in lines])
        connection.execute(checkpoints.insert(), names)
        connection.execute(datasets.insert(), data)
    assert counts(every_store) == before
    assert len(ask(every_store, "SELECT * FROM runs_log")) == 2
    assert [row for row in health(every_store).notes if "raced" in row] != []


def test_of_a_race_the_earliest_commit_counts_and_then_the_smallest_run(every_store: Store) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    row = dataclasses.asdict(make_run(started_at=moment, finished_at=moment))
    row |= {"parameters": "{}", "started_at": moment.replace(tzinfo=None)}
    row |= {"finished_at": moment.replace(tzinfo=None)}
    every_store.upgrade()
    late, early = datetime(2026, 1, 3), datetime(2026, 1, 2)
    with every_store.write() as connection:
        for run_id, committed in (("a", late), ("c", early), ("b", early)):
            connection.execute(
                runs.insert(), [{**row, "run_id": run_id, "committed_at": committed}]
            )
    assert ask(every_store, "SELECT run_id FROM current_runs") == [("b",)]
    assert finished(every_store, ["job"])["job"].run_id == "b"


def test_a_deliberate_repetition_supersedes(every_store: Store) -> None:
    record(every_store, make_run(), SCORES)
    better = [ScoreRow("spearman", 0.9, 1379, {"k": 384, "aggregate": "all"})]
    assert record(every_store, make_run(generation=1), better)
    assert ask(every_store, "SELECT spearman FROM sts_scores") == [(0.9,)]
    assert finished(every_store, ["job"])["job"].generation == 1


def test_a_newer_version_of_the_evaluator_supersedes_the_same_question(every_store: Store) -> None:
    record(every_store, make_run("old"), SCORES)
    record(every_store, make_run("new", evaluator_version="2"), SCORES[:1])
    assert ask(every_store, "SELECT spearman FROM sts_scores") == [(0.82,)]
    assert ask(every_store, "SELECT evaluator_version FROM latest_scores") == [("2",)]
    assert set(finished(every_store, ["old", "new"])) == {"old", "new"}


def test_latest_runs_of_one_task_are_found_among_its_runs_alone(file_store: Store) -> None:
    for task in ("STS12", "STS13"):
        record(file_store, make_run(f"{task} old", task=task), SCORES)
        record(file_store, make_run(f"{task} new", task=task, evaluator_version="2"), SCORES)
        record(file_store, make_run(f"{task} new", 1, task=task, evaluator_version="2"), SCORES)
    among = latest_of("(SELECT * FROM runs WHERE task = 'STS12')")
    found = ask(file_store, f"SELECT run_id, generation FROM ({among})")  # noqa: S608
    assert [generation for _, generation in found] == [1]
    query = "SELECT run_id, generation FROM latest_runs WHERE task = 'STS12'"
    assert ask(file_store, query) == found


def test_a_failed_repetition_hides_no_finished_run(every_store: Store) -> None:
    record(every_store, make_run(), SCORES)
    failed = make_run(generation=1, status="failed", error_type="MemoryError", error_text="full")
    assert record(every_store, failed)
    assert len(ask(every_store, "SELECT * FROM sts_scores")) == 2
    shown = ask(every_store, "SELECT error_type, error_text, resolved FROM failures")
    assert shown == [("MemoryError", "full", False)]
    assert finished(every_store, ["job"])["job"].generation == 0


def test_a_failure_that_was_repaired_says_so(every_store: Store) -> None:
    record(every_store, make_run(status="failed", error_type="X", error_text="y"))
    assert finished(every_store, ["job"]) == {}
    assert record(every_store, make_run(), SCORES)
    assert ask(every_store, "SELECT resolved FROM failures") == [(True,)]


def test_a_nan_never_reaches_the_store(every_store: Store) -> None:
    bad = [*SCORES, ScoreRow("spearman", float("nan"), 3)]
    with pytest.raises(StoreError, match="must be a finite number, got nan"):
        record(every_store, make_run(), bad)
    with pytest.raises(StoreError, match="must be a finite number, got inf"):
        record(every_store, make_run(), [], [CurveRow("spearman", "k", 1, (0.1, float("inf")))])
    assert finished(every_store, ["job"]) == {}


def test_a_moment_without_a_zone_is_refused_rather_than_guessed(file_store: Store) -> None:
    with pytest.raises(StoreError, match="time zone"):
        record(file_store, make_run(started_at=datetime(2026, 1, 1)))


def test_times_of_another_zone_come_back_as_the_same_moment(file_store: Store) -> None:
    from zoneinfo import ZoneInfo

    moment = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    record(file_store, make_run(started_at=moment, finished_at=moment), SCORES)
    assert finished(file_store, ["job"])["job"].finished_at == moment


def test_systems_and_names_are_kept_once(every_store: Store) -> None:
    system = SystemRow("fingerprint", {"torch": "2.13"}, {"cores": "2"}, host="here")
    for job in ("a", "b"):
        inputs = {"system": system, "checkpoint": CHECKPOINT, "dataset": DATASET}
        record(every_store, make_run(job), SCORES, **inputs)
    rows = health(every_store).rows
    assert (rows["systems"], rows["checkpoints"], rows["datasets"]) == (1, 1, 1)
    assert ask(every_store, "SELECT DISTINCT system_id FROM runs") == [("fingerprint",)]


def test_a_fallback_source_shows_in_the_run_that_used_it(every_store: Store) -> None:
    wheel = CheckpointRow("digest-of-mini", "mini", "package://wheel/model", fallback_used=True)
    record(every_store, make_run("a"), SCORES, checkpoint=CHECKPOINT)
    record(every_store, make_run("b"), SCORES, checkpoint=wheel)
    shown = ask(every_store, "SELECT job_key, checkpoint_source FROM runs_log ORDER BY job_key")
    assert shown == [("a", "hf://org/mini@abc"), ("b", "package://wheel/model")]


def test_a_failing_write_leaves_nothing_behind(every_store: Store) -> None:
    every_store.upgrade()

    def work(connection: sa.Connection) -> None:
        row = dataclasses.asdict(make_run())
        row |= {"parameters": "{}", "committed_at": datetime(2026, 1, 1)}
        connection.execute(runs.insert(), [row])
        assert connection.execute(sa.select(runs.c.run_id)).fetchall()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        every_store.transact(work)
    assert ask(every_store, "SELECT * FROM runs") == []


def test_asking_a_store_that_is_not_there_makes_none(absent_store: Store) -> None:
    assert finished(absent_store, ["job"]) == {}
    assert not absent_store.exists()


def test_the_first_record_makes_the_store_and_its_folder(absent_store: Store) -> None:
    assert record(absent_store, make_run(), SCORES)
    assert set(finished(absent_store, ["job"])) == {"job"}


def test_fifty_thousand_job_keys_fit_one_question(file_store: Store) -> None:
    record(file_store, make_run("job-7"), SCORES)
    assert set(finished(file_store, (f"job-{i}" for i in range(50_000)))) == {"job-7"}
