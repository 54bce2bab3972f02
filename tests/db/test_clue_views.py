"""CLUE runs as the views show them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from db.record import record
from db.rows import ScoreRow
from db.store import Store
from tests.db.sample_rows import make_run


def keep(store: Store, task: str = "tnews", seed: int = 0, **parameters: Any) -> None:
    given = {
        "family": "classification",
        "mode": "finetune",
        "head": "linear",
        "method": "plain",
        "split": "validation",
        "trained_on": "tnews/train",
        "selection": "held-out",
        "epochs": 3,
        **parameters,
    }
    run = make_run(f"{task}{seed}{given}", evaluator="clue", task=task, seed=seed, parameters=given)
    scores = [
        ScoreRow("accuracy", 0.5, 10, {}, 0.2, 0.8),
        ScoreRow("accuracy", 0.6, 10, {"post": "can"}, 0.3, 0.9),
        *(ScoreRow(f"class_{m}", 0.4, 6, {"class": "体育"}) for m in ("precision", "recall", "f1")),
        ScoreRow("confusion", 3.0, 10, {"gold": "体育", "predicted": "财经"}),
    ]
    assert record(store, run, scores)


def rows(store: Store, query: str) -> list[dict[str, Any]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


def test_scores_name_what_was_trained_and_how(any_store: Store) -> None:
    keep(any_store)
    found = rows(any_store, "FROM clue_scores ORDER BY post DESC")
    assert [(row["metric"], row["post"], row["value"]) for row in found] == [
        ("accuracy", "none", 0.5),
        ("accuracy", "can", 0.6),
    ]
    first = found[0]
    assert (first["trained_on"], first["transfer"], first["mode"]) == (
        "tnews/train",
        False,
        "finetune",
    )
    assert (first["head"], first["method"], first["selection"]) == ("linear", "plain", "held-out")
    assert (first["ci_low"], first["ci_high"], first["n"], first["epochs"]) == (0.2, 0.8, 10, 3)


def test_a_model_of_another_tasks_training_set_is_a_transfer(any_store: Store) -> None:
    keep(any_store, task="cmnli", trained_on="ocnli/train")
    keep(any_store, task="afqmc", trained_on="", mode="constant", head="", method="")
    found = rows(any_store, "SELECT DISTINCT task, transfer FROM clue_scores ORDER BY task")
    assert found == [{"task": "afqmc", "transfer": False}, {"task": "cmnli", "transfer": True}]


def keep_mode(store: Store, mode: str, value: float, half: float, seed: int = 0) -> None:
    parameters = {"mode": mode, "split": "validation", "trained_on": "tnews/train"}
    run = make_run(
        f"{mode}{seed}{value}", evaluator="clue", task="tnews", seed=seed, parameters=parameters
    )
    assert record(store, run, [ScoreRow("accuracy", value, 99, {}, value - half, value + half)])


@pytest.mark.parametrize(
    ("values", "half", "standing"),
    [
        ((0.60,), 0.02, "above"),
        ((0.53,), 0.02, "not told apart"),
        ((0.40,), 0.02, "below"),
        ((0.60, 0.40, 0.80), 0.02, "not told apart"),
    ],
)
def test_a_score_stands_beside_the_better_floor(
    any_store: Store, values: tuple[float, ...], half: float, standing: str
) -> None:
    keep_mode(any_store, "constant", 0.3, half)
    keep_mode(any_store, "tfidf", 0.52, half)
    for seed, value in enumerate(values):
        keep_mode(any_store, "finetune", value, half, seed)
    (row,) = rows(any_store, "FROM clue_against_floors")
    assert (row["floor"], row["floor_value"], row["seeds"]) == ("tfidf", 0.52, len(values))
    over_examples = half / 1.959963984540054
    over_seeds = np.var(values, ddof=1) / len(values) if len(values) > 1 else 0.0
    assert row["standard_error"] == pytest.approx((over_examples**2 + over_seeds) ** 0.5)
    assert row["difference"] == pytest.approx(np.mean(values) - 0.52)
    assert row["standing"] == standing


def test_classes_and_confusions_have_rows_of_their_own(any_store: Store) -> None:
    keep(any_store)
    (one,) = rows(any_store, "FROM clue_classes")
    assert (one["class"], one["precision"], one["recall"], one["f1"], one["gold"]) == (
        "体育",
        0.4,
        0.4,
        0.4,
        6,
    )
    (pair,) = rows(any_store, "FROM clue_confusions")
    assert (pair["gold"], pair["predicted"], pair["examples"]) == ("体育", "财经", 3)


def test_post_processing_has_classes_and_confusions_of_its_own(any_store: Store) -> None:
    given = {"mode": "finetune", "split": "validation", "head": "linear", "post": {"name": "can"}}
    run = make_run("post", evaluator="clue", task="tnews", seed=0, parameters=given)
    scores = [
        score
        for value, post in ((0.4, {}), (0.7, {"post": "can"}))
        for score in (
            ScoreRow("class_f1", value, 6, {"class": "体育", **post}),
            ScoreRow("confusion", 10 * value, 10, {"gold": "体育", "predicted": "财经", **post}),
        )
    ]
    assert record(any_store, run, scores)
    shown = rows(any_store, "SELECT post, f1, gold FROM clue_classes ORDER BY post DESC")
    assert [tuple(row.values()) for row in shown] == [("none", 0.4, 6), ("can", 0.7, 6)]
    pairs = rows(any_store, "SELECT post, examples FROM clue_confusions ORDER BY post DESC")
    assert [tuple(row.values()) for row in pairs] == [("none", 4), ("can", 7)]


def test_two_rates_are_two_rows_not_two_seeds(any_store: Store) -> None:
    keep_mode(any_store, "constant", 0.3, 0.02)
    for value, rate in ((0.4, 3e-5), (0.6, 5e-4)):
        given = {"mode": "finetune", "split": "validation", "rate": rate}
        run = make_run(f"{rate}", evaluator="clue", task="tnews", seed=0, parameters=given)
        assert record(any_store, run, [ScoreRow("accuracy", value, 99, {}, value, value)])
    found = rows(any_store, "SELECT setting, seeds, value FROM clue_against_floors ORDER BY value")
    assert [(row["seeds"], row["value"]) for row in found] == [(1, 0.4), (1, 0.6)]
    assert "rate 3e-05" in found[0]["setting"]
