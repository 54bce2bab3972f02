"""Ranges of learning rates."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
import torch

from evaluators.experiments import learning_rate_range
from evaluators.experiments.learning_rate_range import Problem, Recipe, compare, descend
from tests.evaluators.experiments.arm_means import means

RECIPE = Recipe(200, 0.01, 0.1)


def decades(
    conditioning: float, noise: float, axes: Literal["aligned", "turned"] = "turned"
) -> dict[str, float]:
    return means(compare(conditioning, noise, axes, [0, 1, 2], RECIPE).scores, "decades")


def test_the_range_of_gradient_descent_is_the_computed_one() -> None:
    found = decades(1.0, 0.0)["sgd"]
    # (1 − η)^2t ≤ 0.01 on average over the last tenth, t about 190; it diverges from 2 on.
    assert found == pytest.approx(np.log10(2 / (np.log(10) / 190)), abs=0.15)


def test_gains_widen_the_range_without_noise_and_not_in_much() -> None:
    without, much = decades(10.0, 0.0), decades(1.0, 3.0)
    assert without["gains"] > without["sgd"] + 0.3
    assert much["gains"] <= much["sgd"] + 0.1


def test_adam_is_that_of_torch() -> None:
    problem = Problem.drawn(10.0, 0.0, "turned", 3)
    recipe = Recipe(10, 0.01, 0.1)  # the last tenth is the last step
    found = descend(problem, "adam", np.array([0.05]), recipe, np.random.default_rng(0))
    weights = torch.nn.Parameter(torch.tensor(problem.start))
    adam = torch.optim.Adam([weights], lr=0.05)
    for _ in range(10):
        weights.grad = torch.tensor(problem.gradient(weights.detach().numpy()))
        adam.step()
    assert found[0] == pytest.approx(float(problem.loss(weights.detach().numpy())), rel=1e-9)


def test_the_first_gradient_has_components_of_mean_square_one() -> None:
    problem = Problem.drawn(100.0, 0.0, "turned", 3)
    gradient = problem.gradient(problem.start)
    assert np.mean(gradient**2) == pytest.approx(1)
    hessian = problem.gradient(np.eye(learning_rate_range.WEIGHTS))
    assert np.linalg.eigvalsh(hessian)[[0, -1]] == pytest.approx([0.01, 1.0])


def test_a_rate_that_diverges_does_not_reach() -> None:
    problem = Problem.drawn(10.0, 0.0, "turned", 3)
    losses = descend(problem, "sgd", np.array([0.5, 50.0]), RECIPE, np.random.default_rng(0))
    assert losses[0] < 1e-3 * problem.loss()
    assert not losses[1] < problem.loss()
