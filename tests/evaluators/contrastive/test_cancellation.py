"""The micro table as an evaluator, and the verdict that its real numbers give."""

from __future__ import annotations

from typing import Any

import pytest

from evaluators.claims import RowEvidence, find
from evaluators.registry import find as evaluator_of

ROWS = 200


def rows(**more: Any) -> dict[str, list[dict[str, Any]]]:
    """Return rows as the view has them, by dtype."""
    evaluator = evaluator_of("gradient_cancellation")
    jobs = evaluator.jobs(evaluator.Request(rows=ROWS, seeds=(0, 1, 2), **more), "", str)
    session = evaluator.open_session(None, jobs, lambda ref: None, "cpu", None)
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
            begins = {"float32": 18, "bfloat16": 8, "float16": 10}[dtype]
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
