"""Two runs paired by example on the compare page, and runs that cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from db import run_files
from db.rows import ScoreRow
from evaluators.dataset import PairDataset
from evaluators.paired import paired
from evaluators.result import Table
from evaluators.sts import similarities as sts_similarities
from evaluators.sts.spearman import pearson, spearman
from evaluators.trainer.predictions import Predictions, to_table
from flows.runs import predictions
from tests.dashboard.experiments import keep
from tests.dashboard.look import everything
from tests.dashboard.stores import FIRST_NIGHT, SECOND_NIGHT

ASKED = {"pooling": "native", "whitening": "none", "fit_digests": []}
FOLD = "Example by example: each difference with its paired interval"


def similarities(task: str, noise: float, n: int = 150) -> Table:
    gold = np.random.default_rng(len(task)).integers(0, 6, size=n).astype(float)
    words = tuple(f"sentence {i}" for i in range(n))
    said = gold + noise * np.random.default_rng(7).normal(size=n)
    return sts_similarities.to_table(PairDataset(task, "test", words, words, gold), said)


def file_of(store, run_id: str, name: str = sts_similarities.NAME) -> Path:
    return run_files.path_of(run_files.folder(store.url), run_id, name)


def keep_pairs(store, task: str, checkpoint: str, noise: float, kept: bool = True, **given) -> str:
    """Record a run of sentence pairs with its scores, and what it said of each."""
    table = similarities(task, noise)
    columns = [np.array(table.columns[name]) for name in ("similarity", "gold")]
    variant = {"k": 8, "aggregate": "all"}
    scores = [
        ScoreRow(name, float(compute(*columns)), 150, variant)
        for name, compute in (("spearman", spearman), ("pearson", pearson))
    ]
    keep(store, "sts", ASKED, scores, task=task, checkpoint=checkpoint, **given)
    with store.read() as connection:
        from sqlalchemy import text

        run_id = connection.execute(
            text("SELECT run_id FROM runs ORDER BY committed_at DESC LIMIT 1")
        ).scalar()
    if kept:
        predictions.keep_tables([table], run_files.folder(store.url), run_id)
    return str(run_id)


def examples(app):
    """Return the table of differences paired by example."""
    (found,) = [each.value for each in app.dataframe if "examples" in each.value.columns]
    return found


def test_sentence_pairs_are_paired_by_example_task_by_task(open_page, store) -> None:
    for task in ("STS12", "STS13"):
        keep_pairs(store, task, "one", 3.0)
        keep_pairs(store, task, "two", 1.0)
    app = open_page(store.url, "compare", left="digest of one", right="digest of two")
    assert not app.exception
    table = examples(app)
    assert table.what.tolist() == ["STS12", "STS13"]
    again = paired(
        similarities("STS12", 1.0), similarities("STS12", 3.0), seed=0, metric="spearman"
    ).metrics[0]
    first = table.iloc[0]
    assert (first.difference, first.ci_low, first.ci_high) == again[3:]
    assert 0 < first.ci_low < first.difference < first.ci_high
    assert "mcnemar_p" not in table  # a similarity is neither right nor wrong
    shown = everything(app)
    assert "2,000 bootstrap samples" in shown
    assert "answers to single examples" not in shown
    app.selectbox(key="kind").set_value(0).run()  # Pearson
    assert examples(app).difference.iloc[0] != first.difference


def test_nothing_is_read_while_the_fold_is_closed(
    open_page, store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_pairs(store, "STS12", "one", 3.0)
    keep_pairs(store, "STS12", "two", 1.0)
    opened = []
    real = run_files.read
    monkeypatch.setattr(run_files, "read", lambda *given: opened.append(given) or real(*given))
    app = open_page(store.url, "compare", folded=True, left="digest of one", right="digest of two")
    assert FOLD in [fold.label for fold in app.expander]
    assert not opened
    app.session_state["fold-by-example"] = True
    app.run()
    assert len(opened) == 2
    app.run()
    assert len(opened) == 2  # kept until a file changes


def test_a_run_without_answers_is_named_with_the_command_that_fills_it(open_page, store) -> None:
    keep_pairs(store, "STS12", "one", 3.0, kept=False)
    keep_pairs(store, "STS12", "two", 1.0)
    app = open_page(store.url, "compare", left="digest of one", right="digest of two")
    assert not app.exception
    shown = everything(app)
    assert "STS12: a run has no stored answers to single examples" in shown
    assert "rankcheck run plans/nightly.yaml --rerun always" in shown


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def foreign(path: Path) -> None:
    path.write_bytes(b"\x80\x04\x95 a pickle, or anything else")


def parquet_of_another(path: Path) -> None:
    rows = Table(sts_similarities.NAME, {"x": [1, 2]}, {"task": "STS12", "split": "test"})
    predictions.keep_tables([rows], path.parents[1], path.parent.name)


def other_pairs(path: Path) -> None:
    predictions.keep_tables([similarities("STS12", 3.0, n=90)], path.parents[1], path.parent.name)


def other_answers(path: Path) -> None:
    predictions.keep_tables([similarities("STS12", 0.2)], path.parents[1], path.parent.name)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (damaged, "is damaged"),
        (foreign, "is damaged"),
        (a_folder, "is damaged"),
        (parquet_of_another, "holds no similarities"),
        (other_pairs, "different examples"),
        (other_answers, "do not give the score in the store"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_note(open_page, store, tmp_path, harm, why) -> None:
    harm(file_of(store, keep_pairs(store, "STS12", "one", 3.0)))
    keep_pairs(store, "STS12", "two", 1.0)
    app = open_page(store.url, "compare", left="digest of one", right="digest of two")
    assert not app.exception
    shown = everything(app)
    assert (
        f"STS12: {'' if why != 'is damaged' else sts_similarities.NAME + '.parquet of run'}"
        in shown
    )
    assert why in shown
    assert str(tmp_path) not in shown
    assert not [each for each in app.dataframe if "examples" in each.value.columns]


def said(right: int) -> Table:
    gold = tuple(i % 2 for i in range(40))
    predicted = tuple(g if i < right else 1 - g for i, g in enumerate(gold))
    answers = Predictions("classification", ("0", "1"), tuple(map(str, range(40))), gold, predicted)
    return to_table(answers, task="afqmc", split="validation")


def test_accuracies_of_clue_come_with_mcnemar_and_seeds_stand_apart(open_page, store) -> None:
    root = run_files.folder(store.url)
    for checkpoint, rights in (("one", (20, 24)), ("two", (34, 30))):
        for seed, right in enumerate(rights):
            score = [ScoreRow("accuracy", right / 40, 40, {})]
            keep(store, "clue", {"mode": "probe"}, score, task="afqmc", checkpoint=checkpoint,
                 seed=seed)  # fmt: skip
            run_id = f"clue-afqmc-{checkpoint}-{seed}-[('mode', 'probe')]-night-1"
            predictions.keep_tables([said(right)], root, run_id)
    app = open_page(store.url, "compare", left="digest of one", right="digest of two")
    assert not app.exception
    table = examples(app)
    assert table.what.tolist() == ["afqmc, seed 0", "afqmc, seed 1"]
    assert table.difference.round(6).tolist() == [0.35, 0.15]
    assert (table.gained.tolist(), table.lost.tolist()) == ([14, 6], [0, 0])
    assert table.mcnemar_p.tolist() == pytest.approx([2 * 0.5**14, 2 * 0.5**6])
    assert "McNemar" in everything(app)


def test_an_evaluator_that_keeps_no_answers_offers_none(open_page, store) -> None:
    for checkpoint in ("one", "two"):
        keep(store, "simcse", {}, [ScoreRow("spearman", 0.5, 9, {})], checkpoint=checkpoint)
    app = open_page(store.url, "compare", left="digest of one", right="digest of two")
    assert FOLD not in [fold.label for fold in app.expander]
    assert "keep no answers to single examples" in everything(app)


def test_two_plan_runs_are_paired_by_example_too(open_page, store) -> None:
    keep_pairs(store, "STS12", "one", 3.0, at=FIRST_NIGHT)
    keep_pairs(store, "STS12", "one", 1.0, night="night-2", at=SECOND_NIGHT)
    app = open_page(store.url, "compare", what="nights", left="night-1", right="night-2")
    assert not app.exception
    assert examples(app).difference.iloc[0] > 0


def test_a_run_whose_id_leads_elsewhere_reads_nothing(open_page, store) -> None:
    from sqlalchemy import text

    run_id = keep_pairs(store, "STS12", "one", 3.0)
    keep_pairs(store, "STS12", "two", 1.0)
    with store.write() as connection:
        for table in ("runs", "scores", "headline_scores"):
            connection.execute(
                text(f"UPDATE {table} SET run_id = '../store.duckdb.tables/' || run_id"  # noqa: S608
                     " WHERE run_id = :run_id"), {"run_id": run_id}
            )  # fmt: skip
    app = open_page(store.url, "compare", left="digest of one", right="digest of two")
    assert not app.exception
    assert "a run has no stored answers to single examples" in everything(app)
