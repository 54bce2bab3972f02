"""Claims on CLUE tasks: judged over seeds and examples, from the answers that runs kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from db import open_store, run_files
from db.record import record
from db.rows import ScoreRow, VerdictRow
from db.store import Store
from evaluators.seeds_and_examples import crossed_interval
from evaluators.trainer.predictions import Predictions, to_table
from flows.judging.claims import judge_claims
from flows.runs.predictions import keep_tables
from tests.db.sample_rows import make_run

N = 400
GOLD = np.zeros(N, dtype=int)
METHODS = ("plain", "r-drop (alpha 4.0)")


@pytest.fixture
def store(tmp_path: Path, judged_store: Path) -> Store:
    shutil.copyfile(judged_store, tmp_path / "store.duckdb")
    return open_store(f"duckdb:///{tmp_path / 'store.duckdb'}")


def answers(arm: int, seed: int) -> list[int]:
    """Half of what an arm changes is the same for all of its seeds."""
    predicted = np.random.default_rng(0).random(N) < 0.3
    for place in ([arm, 99], [arm, seed]):
        predicted ^= np.random.default_rng(place).random(N) < 0.05 * arm
    return [int(each) for each in predicted]


def accuracy(predicted: list[int]) -> float:
    return float(np.mean(np.array(predicted) == GOLD))


def keep(
    store: Store,
    seed: int,
    predicted: list[int],
    *,
    method: str = METHODS[0],
    corrected: list[int] | None = None,
    column: bool = True,
    clusters: tuple[int, ...] | None = None,
) -> None:
    how = {"mode": "finetune", "selection": "last", "split": "validation", "epochs": 3}
    post = {"post": {"name": "can"}} if corrected else {}
    run = make_run(
        f"{method}{seed}",
        evaluator="clue",
        task="afqmc",
        seed=seed,
        parameters={**how, "trained_on": "afqmc/train", "head": "linear", "method": method, **post},
    )
    ids = tuple(map(str, range(N)))

    def said(values: list[int]) -> Predictions:
        gold = tuple(GOLD.tolist())
        return Predictions(
            "classification", ("0", "1"), ids, gold, tuple(values), clusters=clusters
        )

    table = to_table(
        said(predicted),
        task="afqmc",
        split="validation",
        corrected=said(corrected) if corrected and column else None,
    )
    keep_tables([table], run_files.folder(store.url), run.run_id)
    scores = [ScoreRow("accuracy", accuracy(predicted), N)]
    if corrected:
        scores.append(ScoreRow("accuracy", accuracy(corrected), N, {"post": "can"}))
    assert record(store, run, scores)


def judged(store: Store, claim: str) -> VerdictRow:
    (found,) = [row for row in judge_claims(store) if row.claim == claim and not row.combined]
    return found


def test_a_gain_on_a_clue_task_is_over_seeds_and_examples(store: Store) -> None:
    for arm, method in enumerate(METHODS):
        for seed in range(3):
            keep(store, seed, answers(arm, seed), method=method)
    found = judged(store, "rdrop-gain")
    right = [[np.array(answers(arm, seed)) == GOLD for seed in range(3)] for arm in (0, 1)]
    wanted = crossed_interval(100.0 * (np.array(right[1], float) - np.array(right[0], float)))
    assert (found.statistic, found.ci_low, found.ci_high) == pytest.approx(wanted[:3])
    assert "over 3 seeds × 400 examples" in str(found.detail)
    assert [row for row in judge_claims(store) if row.claim == "rdrop-gain"] == []


def test_texts_are_the_units_where_questions_share_one(store: Store) -> None:
    contexts = tuple(place // 4 for place in range(N))
    for arm, method in enumerate(METHODS):
        for seed in range(3):
            keep(store, seed, answers(arm, seed), method=method, clusters=contexts)
    assert "over 3 seeds × 100 contexts" in str(judged(store, "rdrop-gain").detail)


def test_arms_below_a_constant_answer_decide_nothing(store: Store) -> None:
    for arm, method in enumerate(METHODS):
        for seed in range(3):
            keep(store, seed, answers(arm, seed), method=method)
    decided = judged(store, "rdrop-gain")
    assert decided.verdict != "not testable here"
    constant = make_run(
        "constant",
        evaluator="clue",
        task="afqmc",
        parameters={"mode": "constant", "split": "validation"},
    )
    assert record(store, constant, [ScoreRow("accuracy", 0.9, N)])
    found = judged(store, "rdrop-gain")
    assert found.verdict == "not testable here"
    assert "nothing was learned" in str(found.detail)
    assert "a constant answer 90.0" in str(found.detail)
    assert (found.looks, found.evidence_digest) == (1, decided.evidence_digest)


def test_seeds_alone_decide_nothing_on_shared_examples(store: Store) -> None:
    for arm, method in enumerate(METHODS):
        for seed in range(3):
            keep(store, seed, answers(arm, seed), method=method)
    decided = judged(store, "rdrop-gain")
    shutil.rmtree(run_files.folder(store.url))
    found = judged(store, "rdrop-gain")
    assert found.verdict == "not testable here"
    assert "answers of seed 0 were not kept: run it again" in str(found.detail)
    assert (found.looks, found.evidence_digest) == (1, decided.evidence_digest)


@pytest.mark.parametrize("column", [True, False])
def test_the_arm_with_a_correction_needs_its_own_answers(store: Store, column: bool) -> None:
    for seed in range(3):
        keep(store, seed, answers(0, seed), corrected=answers(1, seed), column=column)
    found = judged(store, "can-gain")
    assert ("over 3 seeds × 400 examples" in str(found.detail)) is column
    assert ("were not kept" in str(found.detail)) is not column


def test_answers_that_give_another_score_are_not_those_of_the_run(store: Store) -> None:
    for arm, method in enumerate(METHODS):
        for seed in range(3):
            keep(store, seed, answers(arm, seed), method=method)
    folder = run_files.folder(store.url)
    first, second = sorted(folder.iterdir())[:2]
    for name in (first, second):
        run = Predictions("classification", ("0", "1"), ("a", "b"), (0, 1), (0, 1))
        keep_tables([to_table(run, task="afqmc", split="validation")], folder, name.name)
    assert judged(store, "rdrop-gain").verdict == "not testable here"


def test_a_gain_of_a_trained_arm_is_over_seeds_and_pairs(store: Store) -> None:
    """A pair's part in Spearman is the correlation and the pair's influence on it."""
    from evaluators.claims import RowEvidence
    from evaluators.dataset import PairDataset
    from evaluators.sts.dependence import spearman_influence
    from evaluators.sts.similarities import to_table as similarities
    from evaluators.sts.spearman import spearman
    from flows.judging.single_answers import with_answers

    gold = np.arange(60) % 6.0
    names = tuple(f"a{i}" for i in range(60)), tuple(f"b{i}" for i in range(60))
    data = PairDataset("STSB", "test", *names, gold)
    found = gold + np.random.default_rng(3).normal(0, 2, 60).astype(np.float32)
    folder = run_files.folder(store.url)
    keep_tables([similarities(data, found)], folder, "run-1")
    value = float(spearman(found, gold))
    row = {"evaluator": "sts_training", "metric": "spearman", "arm": "simcse", "seed": 0}
    rows = [
        {**row, "value": value, "run_id": "run-1"},
        {**row, "value": value + 0.01, "run_id": "run-1"},
        {**row, "metric": "best_step", "value": 5.0, "run_id": "run-1"},
        {**row, "value": value, "run_id": "lost"},
    ]
    first, *others = with_answers(RowEvidence(rows), folder).rows
    assert first["example units"] == "pairs"
    assert first["examples"].mean() == pytest.approx(value, abs=1e-5)
    expected = spearman_influence(found, gold)
    assert first["examples"] - value == pytest.approx(expected, abs=1e-3)
    assert not any("examples" in other for other in others)
