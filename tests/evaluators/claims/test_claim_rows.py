"""Rows of a view are the same evidence whatever the order they were added up in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evaluators import claims
from evaluators.claims import RowEvidence
from evaluators.claims.judging.claim import Claim
from flows.judging.claims import RowGroup, row_groups

RDROP: Claim[Any] = claims.find("rdrop-gain")
FULL = '{"epochs": 150, "passes": 30}'
CUT = '{"epochs": 15, "passes": 30}'


def _row(value: float = 0.8, **more: Any) -> Mapping[str, Any]:
    return {
        "evaluator": "r_drop",
        "metric": "accuracy",
        "task": "r_drop",
        "setting": "digits",
        "checkpoint": "",
        "trained_on": "",
        "arm": "plain",
        "seed": 0,
        "value": value,
        "checkpoint_digest": "",
        "dataset_digest": "",
        "finished_at": datetime(2026, 1, 1),
        "run_id": "r",
        "run evaluator": "r_drop",
        "run parameters": FULL,
        **more,
    }


def _groups(
    *rows: Mapping[str, Any], looks: Mapping[tuple[str, str], set[str]] | None = None
) -> list[RowGroup]:
    return list(row_groups(rows, RDROP, looks or {}))


def test_the_last_digits_of_an_average_make_no_new_evidence() -> None:
    total = 0.1 + 0.2 + 0.3
    other = 0.3 + 0.2 + 0.1
    assert total != other
    one, again = _groups(_row(total), _row(0.5)), _groups(_row(0.5), _row(other))
    assert one[0].digest == again[0].digest
    assert _groups(_row(total))[0].digest != _groups(_row(total * (1 + 1e-8)))[0].digest


def test_the_same_numbers_of_another_run_are_no_second_look() -> None:
    first = _groups(_row())[0]
    later = _row(run_id="s", finished_at=datetime(2026, 2, 1))
    looks = {("rdrop-gain", str(first.evidence.place.setting)): {first.digest}}
    again = _groups(later, looks=looks)[0]
    assert (again.digest, again.evidence.look) == (first.digest, 1)
    more = _groups(later, _row(0.9, seed=1), looks=looks)[0]
    assert more.evidence.look == 2


def test_a_whole_experiment_pushes_out_its_smoke_run() -> None:
    smoke = _row(0.1, **{"run parameters": CUT})
    alone = _groups(smoke)[0].evidence
    assert (alone.cut, len(alone.rows)) == ("epochs 15 of 150", 1)
    both = _groups(smoke, _row(0.8))[0].evidence
    assert (both.cut, [row["value"] for row in both.rows]) == ("", [0.8])


def test_a_mean_over_runs_makes_no_smoke_run_whole() -> None:
    mean = _row(**{"run evaluator": None, "run parameters": None, "seed": None})
    smoke = _row(0.1, **{"run parameters": CUT})
    found = _groups(smoke, mean)[0].evidence
    assert (found.cut, len(found.rows)) == ("epochs 15 of 150", 2)
    assert len(_groups(_row(), mean)[0].evidence.rows) == 2


def test_arms_are_compared_on_the_newest_checkpoint_alone() -> None:
    new = {"checkpoint_digest": "new", "finished_at": datetime(2026, 2, 1)}
    rows = [_row(arm="plain"), _row(arm="r-drop"), _row(arm="plain", **new)]
    found = _groups(*rows)[0].evidence
    assert [row["arm"] for row in found.rows] == ["plain"]
    assert RDROP.decide(found).verdict == "not testable here"


def test_the_level_is_that_of_the_experiment() -> None:
    assert _groups(_row())[0].evidence.level == "small"
    made_up = _row(**{"run evaluator": "pair_losses", "run parameters": "{}"})
    assert _groups(_row(), made_up)[0].evidence.level == "made-up", "the lowest of a group"
    assert _groups(_row(**{"run evaluator": "of a flow"}))[0].evidence.level == "small"


def test_seeds_seen_before_the_bench_was_frozen_are_exploratory() -> None:
    claim: Claim[Any] = claims.find("cosent-beats-sbert")

    def rows(first: int, ahead: float) -> list[Mapping[str, Any]]:
        return [
            {
                "evaluator": "pair_losses",
                "metric": "spearman",
                "arm": arm,
                "seed": first + seed,
                "value": 0.8 + more + seed / 1000,
            }
            for arm, more in (("cosent", ahead), ("sbert", 0.0))
            for seed in range(4)
        ]

    seen = claim.decide(RowEvidence(rows(0, 0.06), level="made-up"))
    assert (seen.verdict, seen.exploratory) == ("holds in a made-up world", True)
    assert "chosen among about eight" in seen.detail
    fresh = claim.decide(RowEvidence([*rows(0, 0.06), *rows(1000, -0.02)], level="made-up"))
    assert (fresh.verdict, fresh.exploratory) == ("fails in a made-up world", False)
    of_clue = [{**row, "evaluator": "clue"} for row in rows(0, 0.06)]
    assert not claim.decide(RowEvidence(of_clue)).exploratory


def test_the_sources_own_model_and_task_are_the_published_setting() -> None:
    own = {
        "evaluator": "clue",
        "task": "tnews",
        "checkpoint": "bert-base-chinese",
        "trained_on": "tnews/train",
        "setting": "finetune, 4 epochs",
        "run evaluator": "clue",
        "run parameters": "{}",
    }
    assert _groups(_row(**own))[0].evidence.level == "published"
    for changed in (
        {"setting": "finetune, 4 epochs, 2000 examples"},
        {"checkpoint": "small-bert-4x256"},
        {"task": "afqmc", "trained_on": "afqmc/train"},
    ):
        assert _groups(_row(**own | changed))[0].evidence.level == "small"
