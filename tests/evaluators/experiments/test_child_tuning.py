"""Child-Tuning's step has the mean and variance of theory, and tuning on digits repeats."""

from __future__ import annotations

import pytest

from evaluators.experiments.child_tuning import of_steps, on_digits
from evaluators.result import Result
from tests.evaluators.experiments.arm_means import means, quiet, settings


def test_adams_mean_step_is_root_p_and_its_variance_rises() -> None:
    scores = of_steps(
        "adam", ratio=1.0, shares=[0.1], coordinates=400, steps=1500, seeds=[0], report=quiet
    ).scores
    mean, variance = means(scores, "update_mean"), means(scores, "update_variance")
    assert mean["plain"] == pytest.approx(0.708, abs=0.01)
    assert mean["child-tuning-f (p 0.1)"] == pytest.approx(0.222, abs=0.01)
    assert variance["plain"] == pytest.approx(0.0258, rel=0.05)
    assert variance["child-tuning-f (p 0.1)"] == pytest.approx(0.0484, rel=0.05)
    assert variance["lr-root-p (p 0.1)"] == pytest.approx(0.1 * variance["plain"])


@pytest.mark.parametrize("ratio", [0.1, 3.0])
def test_sgds_variance_is_the_one_of_the_formula(ratio: float) -> None:
    scores = of_steps(
        "sgd", ratio=ratio, shares=[0.5], coordinates=200, steps=2000, seeds=[1], report=quiet
    ).scores
    expected = 1 + (1 - 0.5) / 0.5 * (ratio**2 + 1)
    for arm in ("child-tuning-f (p 0.5)", "update-dropout (p 0.5)"):
        assert means(scores, "update_variance")[arm] == pytest.approx(expected, rel=0.02)
        assert means(scores, "update_mean")[arm] == pytest.approx(ratio, abs=0.02)


def test_tuning_starts_every_arm_from_the_same_network_and_repeats() -> None:
    def run() -> Result:
        return on_digits(p=0.3, seeds=[0], labelled=30, epochs=3, rate=1e-3, report=quiet)

    result = run()
    arms = {"child-tuning-f", "child-tuning-d", "lr-root-p", "update-dropout", "plain"}
    assert set(means(result.scores, "accuracy")) == arms
    assert run().scores == result.scores
    assert all(0 < score.value <= 1 for score in result.scores)


def test_another_number_of_steps_is_another_setting() -> None:
    three, four = (
        of_steps(
            "sgd", ratio=1, shares=[0.5], coordinates=2, steps=steps, seeds=[0], report=quiet
        ).scores
        for steps in (3, 4)
    )
    assert not settings(three) & settings(four)
