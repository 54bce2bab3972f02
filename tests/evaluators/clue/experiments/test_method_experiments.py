"""The experiments on CAN, R-Drop and Child-Tuning find what is known of them."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from evaluators.clue.experiments.child_tuning.steps import of_steps
from evaluators.clue.experiments.child_tuning.tune import on_digits as tuned
from evaluators.result import Result


def quiet(*_: object) -> None:
    """Nobody looks."""


def means(result: Result, metric: str) -> dict[str, float]:
    found = defaultdict(list)
    for score in result.scores:
        if score.metric == metric:
            found[score.variant["arm"]].append(score.value)
    return {arm: float(np.mean(values)) for arm, values in found.items()}


def test_adams_mean_step_is_root_p_and_its_variance_rises() -> None:
    result = of_steps(
        "adam", ratio=1.0, shares=[0.1], coordinates=400, steps=1500, seeds=[0], report=quiet
    )
    mean, variance = means(result, "update_mean"), means(result, "update_variance")
    assert mean["plain"] == pytest.approx(0.708, abs=0.01)
    assert mean["child-tuning-f (p 0.1)"] == pytest.approx(0.222, abs=0.01)
    assert variance["plain"] == pytest.approx(0.0258, rel=0.05)
    assert variance["child-tuning-f (p 0.1)"] == pytest.approx(0.0484, rel=0.05)
    assert variance["lr-root-p (p 0.1)"] == pytest.approx(0.1 * variance["plain"])


@pytest.mark.parametrize("ratio", [0.1, 3.0])
def test_sgds_variance_is_the_one_of_the_formula(ratio: float) -> None:
    result = of_steps(
        "sgd", ratio=ratio, shares=[0.5], coordinates=200, steps=2000, seeds=[1], report=quiet
    )
    wanted = 1 + (1 - 0.5) / 0.5 * (ratio**2 + 1)
    for arm in ("child-tuning-f (p 0.5)", "update-dropout (p 0.5)"):
        assert means(result, "update_variance")[arm] == pytest.approx(wanted, rel=0.02)
        assert means(result, "update_mean")[arm] == pytest.approx(ratio, abs=0.02)


def test_tuning_starts_every_arm_from_the_same_network_and_repeats() -> None:
    def run() -> Result:
        return tuned(p=0.3, seeds=[0], labelled=30, epochs=3, rate=1e-3, report=quiet)

    result = run()
    arms = {"child-tuning-f", "child-tuning-d", "lr-root-p", "update-dropout", "plain"}
    assert set(means(result, "accuracy")) == arms
    assert run().scores == result.scores
    assert all(0 < score.value <= 1 for score in result.scores)


def test_a_cut_is_another_setting_than_the_whole_so_that_their_seeds_do_not_mix() -> None:
    def setting(result: Result) -> set[str]:
        return {score.variant["setting"] for score in result.scores}

    steps = [
        of_steps("sgd", ratio=1, shares=[0.5], coordinates=2, steps=n, seeds=[0], report=quiet)
        for n in (3, 4)
    ]
    for one, other in (steps,):
        assert not setting(one) & setting(other)
