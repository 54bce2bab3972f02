"""The experiments on CAN, R-Drop and Child-Tuning find what is known of them."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from evaluators.clue.experiments.can.cases import gaussian
from evaluators.clue.experiments.can.run import on_gaussians
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


def test_can_gains_under_another_prior_and_bayes_rule_more() -> None:
    result = on_gaussians(15, rows=40, tested=2000, taus=[0.9], seeds=range(6), report=quiet)
    by_setting = defaultdict(list)
    for score in result.scores:
        by_setting["permuted" in score.variant["setting"]].append(score)
    same = means(Result(tuple(by_setting[False])), "accuracy")
    other = means(Result(tuple(by_setting[True])), "accuracy")
    assert other["plain/can"] - other["plain"] > 0.005
    assert other["plain/prior-ratio"] > other["plain/can"]
    assert abs(same["plain/can"] - same["plain"]) < 0.005
    assert "plain/prior-ratio" not in same
    parts = means(result, "subset_accuracy")
    assert parts["confident"] - parts["unsure"] > 0.2


def test_the_permuted_prior_is_the_same_one_on_other_classes() -> None:
    cases = gaussian(3, rows=40, tested=500, seed=4)
    same, other = cases["as in training"], cases["permuted"]
    assert np.array_equal(same.expected, same.trained)
    assert np.array_equal(np.sort(other.expected), np.sort(other.trained))
    assert not np.array_equal(other.expected, other.trained)


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
    classes = [
        on_gaussians(3, rows=9, tested=n, taus=[0.9], seeds=[0], report=quiet) for n in (100, 200)
    ]
    for one, other in (steps, classes):
        assert not setting(one) & setting(other)
