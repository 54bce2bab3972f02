"""CAN gains where the prior of the test set is not that of training, and Bayes' rule gains more."""

from __future__ import annotations

import numpy as np

from evaluators.experiments.can import gaussian, on_gaussians
from tests.evaluators.experiments.arm_means import means, quiet, settings


def test_can_gains_under_another_prior_and_bayes_rule_more() -> None:
    scores = on_gaussians(15, rows=40, tested=2000, taus=[0.9], seeds=range(6), report=quiet).scores
    permuted = [score for score in scores if "permuted" in score.variant["setting"]]
    same = means([score for score in scores if score not in permuted], "accuracy")
    other = means(permuted, "accuracy")
    assert other["plain/can"] - other["plain"] > 0.005
    assert other["plain/prior-ratio"] > other["plain/can"]
    assert abs(same["plain/can"] - same["plain"]) < 0.005
    assert "plain/prior-ratio" not in same
    parts = means(scores, "subset_accuracy")
    assert parts["confident"] - parts["unsure"] > 0.2


def test_the_permuted_prior_is_the_same_one_on_other_classes() -> None:
    cases = gaussian(3, rows=40, tested=500, seed=4)
    same, other = cases["as in training"], cases["permuted"]
    assert np.array_equal(same.expected, same.trained)
    assert np.array_equal(np.sort(other.expected), np.sort(other.trained))
    assert not np.array_equal(other.expected, other.trained)


def test_another_number_of_tested_rows_is_another_setting() -> None:
    one, two = (
        on_gaussians(3, rows=9, tested=n, taus=[0.9], seeds=[0], report=quiet).scores
        for n in (100, 200)
    )
    assert not settings(one) & settings(two)
