from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from db import StoreError
from db.claims import write_verdicts
from db.health import health
from db.published import write_published
from db.record import record
from db.rows import CheckpointRow, ClaimRow, PublishedScoreRow, ScoreRow, VerdictRow
from db.store import Store
from tests.db.sample_rows import DATASET, make_run

MINI = "sentence-transformers/mini"
ROW = PublishedScoreRow(MINI, "STSBenchmark", 82.03, "results repository", split="test")


def measure(store: Store, checkpoint: CheckpointRow) -> None:
    scores = [
        ScoreRow("spearman", 0.8203, 1379, {"k": 384, "aggregate": "all"}),
        ScoreRow("pearson", 0.8274, 1379, {"k": 384, "aggregate": "all"}),
        ScoreRow("spearman", 0.81, 1379, {"k": 256, "aggregate": "all"}),
        ScoreRow("spearman", 0.79, 1379, {"k": 384, "aggregate": "wmean"}),
    ]
    run = make_run(checkpoint.name, checkpoint_digest=checkpoint.checkpoint_digest)
    assert record(store, run, scores, checkpoint=checkpoint, dataset=DATASET)


def ask(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_a_published_number_stands_beside_ours_in_its_own_unit(any_store: Store) -> None:
    measure(any_store, CheckpointRow("digest-of-mini", "mini", "file:///m"))
    rows = [
        ROW,
        replace(ROW, metric="pearson", value=0.8279, unit_max=1.0),
        replace(ROW, k=256, value=81.0),
        replace(ROW, aggregate="wmean", value=79.5),
        replace(ROW, pooling="cls", value=70.0),
        replace(ROW, split="dev", value=86.0),
        replace(ROW, model="someone/else"),
    ]
    write_published(any_store, {"mteb": rows})
    shown = ask(
        any_store,
        "SELECT metric, k, aggregate, published, round(measured, 6), round(difference, 6),"
        " matched_by FROM published_vs_measured ORDER BY ALL",
    )
    assert shown == [
        ("pearson", None, "all", 0.8279, 0.8274, -0.0005, "name"),
        ("spearman", 256, "all", 81.0, 81.0, 0.0, "name"),
        ("spearman", None, "all", 82.03, 82.03, 0.0, "name"),
        ("spearman", None, "wmean", 79.5, 79.0, -0.5, "name"),
    ]


def test_of_repeated_jobs_the_row_counts_that_the_sts_page_shows(any_store: Store) -> None:
    """The view puts these together by itself, for few models, as `sts_scores` does for all."""
    mini = CheckpointRow("digest-of-mini", "mini", "file:///m")
    for hour, (task_values, more) in enumerate(
        [((0.7, 0.6), {}), ((0.72, 0.62), {"resamples": 10}), ((0.9, 0.8), {"pooling": "cls"})]
    ):
        run = make_run(
            str(hour),
            finished_at=datetime(2026, 1, 1, 3 - hour, tzinfo=UTC),
            parameters={**make_run().parameters, **more},
        )
        scores = [
            ScoreRow("spearman", value, 1379, {"k": k, "aggregate": "all"})
            for k, value in zip((384, 256), task_values, strict=True)
        ]
        assert record(any_store, run, scores, checkpoint=mini, dataset=DATASET)
    rows = [ROW, replace(ROW, k=256), replace(ROW, pooling="cls")]
    write_published(any_store, {"mteb": rows})
    beside = "SELECT pooling, coalesce(k, 384), run_id, measured / 100 FROM published_vs_measured"
    shown = "SELECT pooling, k, run_id, spearman FROM sts_scores"
    found = ask(any_store, f"{beside} ORDER BY ALL")
    assert [row[3] for row in found] == pytest.approx([0.9, 0.6, 0.7])
    kept = {row[:3]: row[3] for row in ask(any_store, shown)}
    assert [kept[row[:3]] for row in found] == pytest.approx([row[3] for row in found])


def test_a_published_method_stands_beside_the_mean_of_our_seeds(any_store: Store) -> None:
    how = {"mode": "finetune", "split": "validation", "trained_on": "tnews/train", "head": "linear"}
    for seed, value in enumerate((0.575, 0.581)):
        for method, more in (("plain", 0.0), ("r-drop", 0.01)):
            run = make_run(
                f"{method}{seed}",
                evaluator="clue",
                task="tnews",
                seed=seed,
                checkpoint_digest="bert",
                parameters={**how, "method": method},
            )
            scores = [
                ScoreRow("accuracy", value + more, 10_000),
                ScoreRow("accuracy", value + 2 * more, 10_000, {"post": "can"}),
            ]
            bert = CheckpointRow("bert", "bert-base-chinese", "hf://google-bert/bert-base-chinese")
            assert record(any_store, run, scores, checkpoint=bert)
    row = PublishedScoreRow(
        "google-bert/bert-base-chinese", "tnews", 57.51, "8496", "accuracy", split="validation"
    )
    rows = [
        replace(row, method="r-drop/linear"),
        replace(row, method="plain/linear", value=56.58),
        replace(row, method="plain/linear/can", value=56.86),
        replace(row, method="plain/crf"),
        replace(row, method="plain/linear", split="test"),
        replace(row, model="hfl/chinese-roberta-wwm-ext", method="plain/linear"),
        row,  # without a method it is no claim about training
    ]
    write_published(any_store, {"r-drop": rows})
    shown = ask(
        any_store,
        "SELECT method, published, round(measured, 6), seeds, setting, matched_by"
        " FROM published_vs_measured ORDER BY published",
    )
    setting = "finetune, validation, float32"
    assert shown == [
        ("plain/linear", 56.58, 57.8, 2, setting, "name"),
        ("plain/linear/can", 56.86, 57.8, 2, setting, "name"),
        ("r-drop/linear", 57.51, 58.8, 2, setting, "name"),
    ]


def test_other_weights_of_the_same_name_are_not_compared(any_store: Store) -> None:
    measure(any_store, CheckpointRow("a", "mini", "file:///m", weights_sha256="theirs"))
    measure(any_store, CheckpointRow("b", "renamed", "file:///r", weights_sha256="right"))
    write_published(any_store, {"mteb": [replace(ROW, weights_sha256="right")]})
    assert ask(any_store, "SELECT checkpoint, matched_by FROM published_vs_measured") == [
        ("renamed", "weights")
    ]


def test_other_widths_are_found_by_weights_and_by_each_name_in_the_newest_version(
    any_store: Store,
) -> None:
    measure(any_store, CheckpointRow("b", "renamed", "file:///r", weights_sha256="right"))
    newer = make_run("newer", checkpoint_digest="b", evaluator_version="2")
    scores = [
        ScoreRow("spearman", value, 1379, {"k": k, "aggregate": "all"})
        for k, value in ((384, 0.84), (256, 0.83))
    ]
    copy = CheckpointRow("b", "copy", "file:///c", weights_sha256="right")
    assert record(any_store, newer, scores, checkpoint=copy, dataset=DATASET)
    rows = [replace(ROW, weights_sha256="right", k=256), replace(ROW, model="org/Copy", k=256)]
    write_published(any_store, {"mteb": rows})
    query = "SELECT model, checkpoint, k, measured, matched_by FROM published_vs_measured"
    assert ask(any_store, f"{query} ORDER BY ALL") == [
        ("org/Copy", "copy", 256, 83.0, "name"),
        (ROW.model, "copy", 256, 83.0, "weights"),
        (ROW.model, "renamed", 256, 83.0, "weights"),
    ]


def test_a_corrected_list_supersedes_and_an_unchanged_one_is_not_written(
    any_store: Store,
) -> None:
    measure(any_store, CheckpointRow("digest-of-mini", "mini", "file:///m"))
    assert write_published(any_store, {"mteb": [ROW], "other": [replace(ROW, value=80.0)]}) == 2
    assert write_published(any_store, {"mteb": [ROW], "other": [replace(ROW, value=80.0)]}) == 0
    assert write_published(any_store, {"mteb": [replace(ROW, value=82.0)]}) == 1
    query = "SELECT published FROM published_vs_measured ORDER BY published"
    assert ask(any_store, query) == [(80.0,), (82.0,)]


def test_an_infinite_published_number_is_refused(file_store: Store) -> None:
    with pytest.raises(StoreError, match="must be a finite number"):
        write_published(file_store, {"mteb": [replace(ROW, value=float("inf"))]})


def test_a_verdict_retried_is_kept_once_and_keeps_the_wording_it_judged(any_store: Store) -> None:
    old = ClaimRow("humans-lead", "Humans lead.", "a paper", "rank = 1")
    new = replace(old, sentence="Humans lead under the geometric mean.")
    first = VerdictRow("v1", "humans-lead", datetime(2026, 1, 1, tzinfo=UTC), "holds", 1.0)
    second = VerdictRow("v2", "humans-lead", datetime(2026, 1, 2, tzinfo=UTC), "refuted", 3.0)
    write_verdicts(any_store, [first], [old])
    write_verdicts(any_store, [first], [old])
    write_verdicts(any_store, [second], [new])
    write_verdicts(any_store, [replace(second, verdict_id="v3", claim="drift")])
    query = "SELECT claim, verdict, statistic, sentence FROM claim_history ORDER BY decided_at"
    shown = ask(any_store, query)
    assert shown[0] == ("humans-lead", "holds", 1.0, "Humans lead.")
    assert ("humans-lead", "refuted", 3.0, new.sentence) in shown
    assert ("drift", "refuted", 3.0, None) in shown
    assert len(shown) == 3


def test_evidence_precedes_a_new_rule_and_no_rule_in_other_words(file_store: Store) -> None:
    old = ClaimRow("humans-lead", "Humans lead.", "a paper", "rank = 1", title="lead")
    write_verdicts(file_store, [], [old])
    measured = datetime.now(UTC)
    verdict = VerdictRow("v1", "humans-lead", measured, "holds", evidence_from=measured)
    query = "SELECT precedes_rule FROM claim_history WHERE verdict = '{}'"
    worded = replace(old, title="humans lead", sentence="Humans are first.", source="the paper")
    write_verdicts(file_store, [verdict], [worded])
    assert ask(file_store, query.format("holds")) == [(False,)]
    ruled = replace(verdict, verdict_id="v2", verdict="refuted")
    write_verdicts(file_store, [ruled], [replace(worded, decision_rule="rank = 1 for sure")])
    assert ask(file_store, query.format("refuted")) == [(True,)]


def test_the_freshness_changes_with_every_write_and_with_no_read(any_store: Store) -> None:
    measure(any_store, CheckpointRow("digest-of-mini", "mini", "file:///m"))
    before = any_store.freshness()
    ask(any_store, "FROM sts_scores")
    health(any_store)
    assert any_store.freshness() == before
    write_published(any_store, {"mteb": [ROW]})
    assert any_store.freshness() != before


def test_two_training_sets_are_two_rows_beside_a_published_number(any_store: Store) -> None:
    how = {"mode": "finetune", "split": "validation", "head": "linear", "method": "plain"}
    bert = CheckpointRow("bert", "bert-base-chinese", "hf://google-bert/bert-base-chinese")
    for trained_on, value in (("tnews/train", 0.57), ("tnews/part", 0.47)):
        run = make_run(
            trained_on,
            evaluator="clue",
            task="tnews",
            seed=0,
            checkpoint_digest="bert",
            parameters={**how, "trained_on": trained_on},
        )
        assert record(any_store, run, [ScoreRow("accuracy", value, 9)], checkpoint=bert)
    row = PublishedScoreRow(
        "google-bert/bert-base-chinese", "tnews", 56.58, "8496", "accuracy", split="validation"
    )
    write_published(any_store, {"r-drop": [replace(row, method="plain/linear")]})
    query = "SELECT round(measured, 6), seeds FROM published_vs_measured ORDER BY 1"
    assert ask(any_store, query) == [(47.0, 1), (57.0, 1)]
