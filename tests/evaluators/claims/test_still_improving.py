"""Arms that are still improving when training ends decide nothing."""

from __future__ import annotations

from typing import Any

import pytest

from evaluators.claims import RowEvidence, find
from evaluators.claims.judging.arms import made_up_arms

PAIRS = {
    "egp-beats-gp": ("f1", "efficient-global-pointer", "global-pointer"),
    "p-tuning-few-shot": ("accuracy", "prompt 8 + masked tokens", "finetune"),
    "rdrop-gain": ("accuracy", "r-drop", "plain"),
    "childtuning-gain": ("accuracy", "child-tuning-f", "plain"),
    "cosent-beats-sbert": ("spearman", "cosent", "sbert"),
}


def made(name: str, **late: float) -> RowEvidence:
    metric, arm, base = PAIRS[name]
    by_arm = {{"arm": arm, "base": base}[side]: value for side, value in late.items()}
    rows: list[Any] = made_up_arms({arm: 85.0, base: 80.0}, metric=metric, late=by_arm)
    return RowEvidence(rows, {"setting": "made up"})


@pytest.mark.parametrize("name", PAIRS)
def test_either_arm_must_be_trained(name: str) -> None:
    assert find(name).decide(made(name, arm=0.001, base=-0.02)).verdict.startswith("holds")
    for side in ("arm", "base"):
        verdict = find(name).decide(made(name, **{side: 0.03}))
        assert verdict.verdict == "not testable here"
        assert verdict.detail.startswith("still improving: "), verdict.detail


def test_arms_from_before_curves_were_kept_are_judged_as_before() -> None:
    assert find("rdrop-gain").decide(made("rdrop-gain")).statistic == pytest.approx(5.0)


def test_what_is_said_after_the_first_epoch_needs_no_end() -> None:
    means = {"cosent": 50.0, "sbert": 45.0}
    rows: list[Any] = made_up_arms(means, metric="spearman_first", late={"sbert": 0.2})
    assert find("cosent-converges-faster").decide(RowEvidence(rows)).verdict.startswith("holds")


def test_rows_that_a_claim_reads_include_the_curves() -> None:
    for name in ("rdrop-gain", "childtuning-gain", "flatnce-gain", "egp-gains-with-types"):
        among = find(name).evidence.among
        assert "late_improvement" in among["metric"], name
