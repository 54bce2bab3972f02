"""Positive weights, and the derivative of gains."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from scipy.optimize import nnls

from evaluators.errors import ScoreError
from evaluators.experiments import exponentiated_gradient
from evaluators.experiments.exponentiated_gradient import descend, draw, gains


def largest(
    dtype: Literal["float32", "float64"], pull: float, steps: int
) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for score in descend(dtype, pull, steps, 0.1, [0, 1, 2]).scores:
        key = (score.metric, score.variant["arm"])
        found[key] = max(found.get(key, 0.0), score.value)
    return found


def test_exponentiated_gradients_stay_positive_and_gradient_descent_does_not() -> None:
    found = largest("float64", 10.0, 50)
    assert found["fall", "logarithms in float64"] < 1
    assert found["not_positive_share", "exponentiated gradient"] == 0
    assert found["not_positive_share", "gradient descent"] > 0.3


def test_a_strong_pull_ends_at_zero_in_float32() -> None:
    found = largest("float32", 10.0, 1000)
    assert found["fall", "logarithms in float64"] > 1
    assert found["not_positive_share", "exponentiated gradient"] > 0


def test_the_smallest_number_is_rounded_up_to_itself_unless_it_is_halved() -> None:
    smallest = np.float32(1e-45)
    assert smallest * np.exp(np.float32(-0.6)) == smallest
    assert smallest * np.exp(np.float32(-0.8)) == 0


def test_the_descent_finds_the_best_weights_that_are_not_negative() -> None:
    matrix, target = draw([0], 1.0)
    reference, _ = nnls(matrix[0], target[0])
    logarithms = np.zeros((1, exponentiated_gradient.WEIGHTS))
    for _ in range(3000):
        gradient = exponentiated_gradient._least_squares(matrix, target, np.exp(logarithms))
        logarithms -= 0.1 * gradient
    assert np.exp(logarithms[0]) == pytest.approx(reference, abs=1e-3)


def test_a_rate_that_is_too_large_is_an_error() -> None:
    with pytest.raises(ScoreError, match="lower the rate"), np.errstate(all="ignore"):
        descend("float32", 0.0, 200, 50.0, [0])


def test_the_derivative_of_gains_has_a_minus() -> None:
    found: dict[tuple[str, str], float] = {}
    for score in gains([0, 1]).scores:
        key = (score.metric, score.variant["arm"])
        found[key] = max(found.get(key, 0.0), score.value)
    assert found["derivative_error", "minus"] < 1e-12
    assert found["derivative_error", "plus"] == pytest.approx(2)
    assert found["gain_error", "exp of the sum"] < 1e-12
    assert found["gain_error", "first order"] > 1e-3
