"""CLUE runs as the views show them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from db.record import record
from db.rows import ScoreRow
from db.store import Store
from tests.db.conftest import make_run


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


def test_a_method_keeps_its_options_and_a_head_its_name(any_store: Store) -> None:
    keep(
        any_store,
        method={"name": "r-drop", "alpha": 4.0},
        head={"name": "global-pointer", "size": 64},
    )
    (found,) = rows(any_store, "SELECT DISTINCT head, method FROM clue_scores")
    assert found["head"] == "global-pointer"
    assert '"alpha":4.0' in found["method"].replace(" ", "")
    assert "r-drop" in found["method"]


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
