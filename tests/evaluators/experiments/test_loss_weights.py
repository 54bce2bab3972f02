"""Weights of losses, and what they are invariant to."""

from __future__ import annotations

from typing import Literal

import torch

from evaluators.experiments import loss_weights
from evaluators.experiments.loss_weights import compare, draw, losses_of


def worst(
    scale: float,
    shift: float,
    optimiser: Literal["SGD", "Adam"] = "SGD",
    changed: Literal["one loss", "both losses"] = "one loss",
) -> dict[str, float]:
    result = compare(scale, shift, optimiser, changed, 20, 0.02, [0, 1])
    found: dict[str, float] = {}
    for score in result.scores:
        if score.metric == "trajectory_difference":
            arm = score.variant["arm"]
            found[arm] = max(found.get(arm, 0.0), score.value)
    return found


def test_a_scale_changes_the_way_of_equal_weights_alone() -> None:
    found = worst(0.001, 0.0)
    assert found.pop("equal") > 0.1
    assert max(found.values()) < 1e-12


def test_a_shift_changes_the_way_of_weights_by_losses_alone() -> None:
    found = worst(1.0, 1.0)
    assert min(found["initial"], found["current"]) > 0.01
    assert max(found["equal"], found["gradient norm"]) == 0


def test_under_adam_the_scale_of_the_sum_does_not_matter() -> None:
    assert max(worst(5.0, 0.0, "Adam", "both losses").values()) < 1e-12


def test_under_adam_the_scale_of_one_loss_does() -> None:
    assert worst(5.0, 0.0, "Adam", "one loss")["equal"] > 0.01


def test_the_gradient_of_the_losses_is_that_of_differences() -> None:
    start, data = draw([3])
    same = loss_weights.Change((1.0, 1.0), (0.0, 0.0))
    _, gradients = loss_weights.losses_and_gradients(start, data, same)
    step = torch.zeros_like(start)
    step[0, 7] = 1e-6
    slope = (losses_of(start + step, data) - losses_of(start - step, data)) / 2e-6
    assert torch.allclose(gradients[:, :, 7], slope, atol=1e-8)


def test_the_geometric_mean_has_the_gradient_of_l_over_itself() -> None:
    start, data = draw([0, 1])
    errors = loss_weights.mean_gradient_errors(start, data)
    assert max(errors["geometric mean"]) < 1e-14
    assert min(errors["arithmetic mean"]) > 1e-3
