"""Transforms beside raw vectors as the views show them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from scipy import stats

from db.record import record
from db.rows import CheckpointRow, ScoreRow
from db.store import Store
from tests.db.sample_rows import make_run


def keep(store: Store, job: str, scores: list[ScoreRow], **more: Any) -> None:
    parameters = {
        **{"pooling": "native", "prompt": "", "max_length": None},
        **{"whitening": "train", "choose_k_on": "STSBenchmark/train"},
        **more.pop("parameters", {}),
    }
    cost = {"tuning": "tuned", "scored_in_fit": 0.1, "fit_sentences": 900} | more.pop("cost", {})
    assert record(store, make_run(job, parameters=parameters, cost=cost, **more), scores)


def at(metric: str, k: int, value: float) -> ScoreRow:
    ends = (value - 0.02, value + 0.01) if metric != "pearson" else (None, None)
    return ScoreRow(metric, value, 1379, {"k": k, "aggregate": "all"}, *ends)


SCORES = [
    at("spearman", 384, 0.70),
    at("spearman_change", 384, -0.12),
    at("pearson", 384, 0.69),
    at("spearman_at_chosen_k", 90, 0.75),
    at("spearman_at_chosen_k_change", 90, -0.07),
    at("spearman_at_chosen_k_over_all", 90, 0.05),
]


def rows(store: Store, query: str) -> list[dict[str, Any]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


def test_a_transform_has_a_row_for_each_k_with_its_change(any_store: Store) -> None:
    keep(any_store, "white", SCORES)
    keep(any_store, "centre", SCORES[:2], parameters={"transform": "centre"})
    found = rows(
        any_store,
        "SELECT transform, k, is_full, is_chosen, spearman, change, change_low, over_all,"
        " transductive, tuning, fit_sentences FROM sts_transforms ORDER BY transform, k",
    )
    both = {"transductive": False, "tuning": "tuned", "fit_sentences": 900}
    full = {"k": 384, "is_full": True, "spearman": 0.70, "change": -0.12, "over_all": None}
    assert found == [
        {
            "transform": "centre",
            **full,
            "is_chosen": False,
            "change_low": pytest.approx(-0.14),
            **both,
        },
        {
            **{"transform": "whiten", "k": 90, "is_full": False, "is_chosen": True},
            **{"spearman": 0.75, "change": -0.07, "change_low": pytest.approx(-0.09)},
            **{"over_all": 0.05, **both},
        },
        {
            "transform": "whiten",
            **full,
            "is_chosen": False,
            "change_low": pytest.approx(-0.14),
            **both,
        },
    ]


def test_other_transforms_do_not_pass_for_whitening(any_store: Store) -> None:
    keep(any_store, "white", SCORES)
    keep(any_store, "centre", SCORES[:1], parameters={"transform": "centre"})
    found = rows(any_store, "SELECT whitening, k, spearman FROM sts_scores ORDER BY whitening")
    assert [(row["whitening"], row["k"]) for row in found] == [
        ("train", 384),
        ("train, centre", 384),
    ]


def test_a_fit_on_the_scored_sentences_is_transductive(any_store: Store) -> None:
    keep(any_store, "a", SCORES, parameters={"whitening": "target"}, cost={"scored_in_fit": None})
    keep(any_store, "b", SCORES, parameters={"whitening": "SICK-R"}, cost={"scored_in_fit": 0.9})
    keep(any_store, "c", SCORES, parameters={"whitening": "STS12"}, cost={"scored_in_fit": 0.2})
    found = rows(
        any_store, "SELECT DISTINCT fitted_on, transductive FROM sts_transforms ORDER BY 1"
    )
    assert {row["fitted_on"]: row["transductive"] for row in found} == {
        "SICK-R": True,
        "STS12": False,
        "target": True,
    }


def test_weights_made_here_are_untrained(any_store: Store) -> None:
    checkpoint = CheckpointRow(
        checkpoint_digest="digest-of-small", name="small", source="small-bert://4x256?seed=0"
    )
    run = make_run(
        "small",
        checkpoint_digest="digest-of-small",
        parameters={"whitening": "train", "pooling": "native"},
        cost={"tuning": "untuned"},
    )
    assert record(any_store, run, SCORES, checkpoint=checkpoint)
    (found,) = rows(any_store, "SELECT DISTINCT tuning FROM sts_transforms")
    assert found["tuning"] == "untrained"


def test_claims_are_judged_on_checkpoints_and_on_unseen_seeds(any_store: Store) -> None:
    keep(any_store, "white", SCORES)
    seeds = {999: 0.9, 1000: 0.30, 1001: 0.34, 1002: 0.41}
    scores = []
    for seed, gain in seeds.items():
        for arm, metric, value in (
            ("raw", "spearman", 0.4),
            ("whiten (other)", "spearman", 0.4 + gain),
            ("whiten (other)", "spearman_at_chosen_k", 0.5 + gain),
        ):
            variant = {"arm": arm, "setting": "untuned vectors, width 64", "seed": seed}
            scores.append(ScoreRow(metric, value, 1000, variant))
    run = make_run(
        "world", evaluator="whitening_world", checkpoint_digest="", dataset_digest="", parameters={}
    )
    assert record(any_store, run, scores)
    found = rows(
        any_store,
        "SELECT vectors, setting, compared, difference, ci_low, ci_high, n, units"
        " FROM whitening_changes ORDER BY vectors, compared",
    )
    assert [(row["vectors"], row["compared"]) for row in found] == [
        *(("made-up untuned", name) for name in ("all k", "chosen k", "chosen k with all")),
        *(("tuned", name) for name in ("all k", "chosen k", "chosen k with all")),
    ]
    values = [0.30, 0.34, 0.41]
    low, high = stats.t.interval(0.95, 2, loc=0.35, scale=stats.sem(values))
    assert found[0]["setting"] == "width 64"
    assert (found[0]["n"], found[0]["units"]) == (3, "seeds")
    assert [found[0][key] for key in ("difference", "ci_low", "ci_high")] == pytest.approx(
        [0.35, low, high]
    )
    assert found[1]["difference"] == pytest.approx(0.45)
    assert found[2]["difference"] == pytest.approx(0.10)
    assert [row["difference"] for row in found[3:]] == pytest.approx([-0.12, -0.07, 0.05])
    assert {row["n"] for row in found[3:]} == {1379}
