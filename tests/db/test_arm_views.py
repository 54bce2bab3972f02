"""Arms of experiments as the views show them, and their intervals beside scipy's."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from scipy import stats

from db.record import record
from db.rows import ScoreRow
from db.store import Store
from tests.db.sample_rows import make_run

BASE = {0: 0.60, 1: 0.62, 2: 0.67}
CAN = {0: 0.65, 1: 0.64, 2: 0.73, 7: 0.1}  # nobody else has seed 7
SETTING = "119 classes, prior permuted"


def keep(
    store: Store, arms: dict[str, dict[int, float]], *, setting: str = SETTING, **more: Any
) -> None:
    run = make_run(
        f"{arms}{setting}{more}",
        evaluator="can",
        task="can-gaussian",
        checkpoint_digest="",
        dataset_digest="",
        parameters={"seeds": sorted({seed for by in arms.values() for seed in by}), **more},
    )
    scores = [
        ScoreRow("accuracy", value, 500, {"arm": arm, "setting": setting, "seed": seed})
        for arm, by_seed in arms.items()
        for seed, value in by_seed.items()
    ]
    assert record(store, run, [*scores, ScoreRow("seconds", 1.0, 1, {"seed": 0})])


def keep_task(store: Store, value: float, *, seed: int = 0, **more: Any) -> None:
    how = {"mode": "finetune", "selection": "held-out", "split": "validation", "epochs": 3}
    parameters = {**how, "trained_on": "tnews/train", "family": "classification", **more}
    run = make_run(
        f"{parameters}{seed}", evaluator="clue", task="tnews", seed=seed, parameters=parameters
    )
    scores = [
        ScoreRow("accuracy", value, 500),
        ScoreRow("accuracy", value + 0.01, 500, {"post": "can"}),
        ScoreRow("class_f1", 0.2, 40, {"class": "sport"}),
    ]
    assert record(store, run, scores)


def rows(store: Store, query: str) -> list[dict[str, Any]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


def test_arms_are_compared_on_common_seeds(any_store: Store) -> None:
    keep(any_store, {"none": BASE, "can": CAN})
    keep(any_store, {"none": BASE}, setting="3 classes, prior permuted")
    assert len(rows(any_store, "FROM arm_scores")) == len(BASE) * 2 + len(CAN)
    found = {(row["arm"], row["base"]): row for row in rows(any_store, "FROM arm_differences")}
    assert set(found) == {("can", "none"), ("none", "can")}
    row = found["can", "none"]
    off = [CAN[seed] - BASE[seed] for seed in BASE]
    low, high = stats.ttest_1samp(off, 0).confidence_interval()
    assert (row["seeds"], row["setting"], row["checkpoint"]) == (3, SETTING, "")
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high))
    assert row["arm_mean"] - row["base_mean"] == pytest.approx(row["difference"])
    assert found["none", "can"]["ci_low"] == pytest.approx(-high)


def test_a_seed_of_two_jobs_counts_once_and_one_seed_has_no_interval(file_store: Store) -> None:
    keep(file_store, {"none": BASE, "can": {0: 0.65}})
    keep(file_store, {"none": {0: 0.5, 5: 0.6}})
    shown = rows(file_store, "SELECT seed, value FROM arm_scores WHERE arm = 'none' ORDER BY seed")
    assert [tuple(row.values()) for row in shown] == [(0, 0.5), (1, 0.62), (2, 0.67), (5, 0.6)]
    (one,) = rows(file_store, "FROM arm_differences WHERE arm = 'can'")
    assert one["difference"] == pytest.approx(0.15)
    assert (one["seeds"], one["ci_low"], one["ci_high"]) == (1, None, None)


def test_methods_and_post_processing_of_a_clue_task_are_arms(any_store: Store) -> None:
    for seed in (0, 1):
        keep_task(any_store, 0.5, seed=seed, head="linear", method="plain")
        keep_task(any_store, 0.6, seed=seed, head="linear", method="r-drop (alpha 1.0)")
        keep_task(any_store, 0.9, seed=seed, head="linear", method="plain", epochs=9)
    found = {
        (row["arm"], row["base"]): row
        for row in rows(any_store, "FROM arm_differences WHERE setting LIKE '%3 epochs%'")
    }
    arms = {arm for arm, _ in found}
    r_drop = "r-drop (alpha 1.0)/linear"
    assert arms == {"plain/linear", "plain/linear/can", r_drop, f"{r_drop}/can"}
    assert found[r_drop, "plain/linear"]["difference"] == pytest.approx(0.1)
    assert found["plain/linear/can", "plain/linear"]["difference"] == pytest.approx(0.01)
    assert found[r_drop, "plain/linear"]["trained_on"] == "tnews/train"
    assert {row["metric"] for row in found.values()} == {"accuracy"}


def test_runs_that_differ_in_how_they_were_trained_are_no_one_setting(any_store: Store) -> None:
    usual = {
        "head": "linear",
        "method": "plain",
        "rate": 3e-5,
        "head_rate": 3e-5,
        "batch": 32,
        "max_length": 128,
        "warmup": 0.1,
        "weight_decay": 0.01,
        "clip": 1.0,
        "held_out": 0.1,
    }
    others: list[dict[str, Any]] = [
        {"rate": 5e-4, "head_rate": 5e-4},
        {"head_rate": 1e-3},
        {"batch": 16},
        {"micro_batch": 8},
        {"max_length": 64},
        {"max_scored": 100},
        {"warmup": 0.0},
        {"weight_decay": 0.0},
        {"clip": 0.0},
        {"held_out": 0.2},
        {"leaks": "keep"},
    ]
    for number, other in enumerate([{}, *others]):
        keep_task(any_store, 0.3 + number / 100, **{**usual, **other})
    query = "SELECT setting, value FROM arm_scores WHERE arm = 'plain/linear' ORDER BY value"
    found = [row["setting"] for row in rows(any_store, query)]
    assert len(set(found)) == 1 + len(others)
    start = "finetune, held-out, validation, 3 epochs, rate 3e-05, batch 32, 128 tokens"
    assert found[0] == f"{start}, float32"
    assert rows(any_store, "FROM arm_differences WHERE arm = 'plain/linear' AND base = arm") == []


def test_can_with_options_is_another_arm_than_can(any_store: Store) -> None:
    for post in ({"name": "can"}, {"name": "can", "tau": 0.7, "confusion": "official"}):
        keep_task(any_store, 0.5, head="linear", method="plain", post=post)
    found = {row["arm"] for row in rows(any_store, "FROM arm_scores")}
    told = "plain/linear/can (confusion official, tau 0.7)"
    assert found == {"plain/linear", "plain/linear/can", told}
