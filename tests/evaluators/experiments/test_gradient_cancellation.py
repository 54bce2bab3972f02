"""The micro table as an evaluator, and the verdict that its real numbers give."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from evaluators.claims import RowEvidence, find
from evaluators.errors import ScoreError
from evaluators.experiments.gradient_cancellation import GradientCancellation, gradient_errors

ROWS = 200
# The softmax of torch adds up in the lanes of the processor: how much of a small term is lost
# beside 1 depends on how many there are.
EIGHT_LANES = torch.backends.cpu.get_cpu_capability() == "AVX2"


def rows(**more: Any) -> dict[str, list[dict[str, Any]]]:
    """Return rows as the view has them, by dtype."""
    evaluator = GradientCancellation()
    jobs = evaluator.jobs(evaluator.Request(rows=ROWS, seeds=(0, 1, 2), **more), "", str)
    session = evaluator.open_session(None, jobs, lambda ref: None, "cpu")
    found: dict[str, list[dict[str, Any]]] = {}
    for job in jobs:
        cells: dict[tuple[str, float, int], dict[str, Any]] = {}
        for score in session.evaluate(job).scores:
            key = (score.variant["loss"], score.variant["gap"], score.variant["seed"])
            cells.setdefault(key, dict(score.variant))[score.metric] = score.value
        found[job.parameters["dtype"]] = list(cells.values())
    return found


@pytest.mark.parametrize(("losses", "word"), [(None, "holds"), (("infonce",), "not testable here")])
def test_real_arithmetic_decides_the_claim(losses: tuple[str, ...] | None, word: str) -> None:
    claim = find("flatnce-cancellation")
    for dtype, measured in rows(**({"losses": losses} if losses else {})).items():
        verdict = claim.decide(RowEvidence(measured, {"dtype": dtype}))
        assert verdict.verdict == word, (dtype, verdict.detail)
        if losses is None:
            single = 20 if EIGHT_LANES else 18
            begins = {"float32": single, "bfloat16": 8, "float16": 10}[dtype]
            assert f"half is lost from gap {begins} on" in verdict.detail


def test_narrow_gaps_lose_nothing_and_the_verdict_is_that() -> None:
    (measured,) = rows(gaps=(4, 6), dtypes=("float32",)).values()
    verdict = find("flatnce-cancellation").decide(RowEvidence(measured, {}))
    assert verdict.verdict == "refuted"
    assert verdict.statistic is not None
    assert 1e-6 < verdict.statistic < 1e-5


def test_a_gradient_that_a_dtype_cannot_hold_is_told_from_one_that_cancels() -> None:
    measured = rows(gaps=(10, 20), dtypes=("float16",))["float16"]
    by = {(row["loss"], row["gap"], row["seed"]): row for row in measured}
    for seed in (0, 1, 2):
        assert by["infonce", 10, seed]["below_normal"] == 0
        assert by["infonce", 10, seed]["relative_error"] > 0.5
        assert by["infonce-log1p", 10, seed]["relative_error"] < 0.01
        assert by["infonce-log1p", 20, seed]["below_normal"] == 1
        assert by["infonce-log1p", 20, seed]["relative_error"] > 0.5
        assert by["flatnce", 20, seed]["relative_error"] < 0.01


def test_the_cancellation_belongs_to_softmax_minus_one_hot_not_to_infonce() -> None:
    gaps = (2, 6, 8, 10, 12, 16, 18, 20)
    table = {(e.loss, e.dtype, e.gap): e for e in gradient_errors(gaps)}
    cell = {key: error.mean for key, error in table.items()}
    single = {gap: cell["infonce", "float32", gap] for gap in gaps}
    assert 1e-6 < single[6] < 6e-6
    assert 5e-4 < single[12] < 2e-3
    assert 0.02 < single[16] < 0.15
    low, high = (0.33, 0.38) if EIGHT_LANES else (0.6, 0.75)
    assert low < single[18] < high
    assert single[20] > 0.99
    assert cell["infonce", "bfloat16", 10] > 0.97
    assert 3e-3 < cell["infonce", "float16", 6] < 3e-2
    assert cell["infonce", "float16", 12] > 0.97
    for gap in gaps:
        for loss in ("infonce-log1p", "flatnce"):
            assert cell[loss, "float32", gap] <= 6e-7
            assert table[loss, "float32", gap].largest <= 1.5e-6  # the worst of 1,000 rows
            assert cell[loss, "bfloat16", gap] <= 4e-2
            assert table[loss, "float64", gap].largest == 0


def test_an_unknown_loss_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ScoreError, match="flatnce"):
        gradient_errors([1.0], losses=["infonec"])
    with pytest.raises(ScoreError, match="must be 1 or more"):
        gradient_errors([1.0], negatives=0)


@pytest.mark.gpu
def test_a_gpu_loses_the_same_gradient() -> None:
    (lost,) = gradient_errors([18], losses=["infonce"], dtypes=["float32"], device="cuda")
    (kept,) = gradient_errors([18], losses=["flatnce"], dtypes=["float32"], device="cuda")
    assert lost.mean > 0.3
    assert kept.mean < 1e-5
