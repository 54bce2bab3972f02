"""Steps that raise a task's loss."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from evaluators.experiments.conflicting_tasks import Quadratics, compare
from tests.evaluators.experiments.arm_means import means


def shares(minima: Literal["apart", "aligned"], noise: float) -> dict[str, float]:
    return means(compare(minima, 1.0, noise, [0, 1, 2], 40, 0.3).scores, "risen_share")


def test_with_exact_gradients_the_shortest_mixture_raises_no_loss() -> None:
    found = shares("apart", 0.0)
    assert found["least norm"] == 0
    assert min(found[arm] for arm in ("sum", "pcgrad", "cagrad", "random direction")) > 0.3


def test_aligned_losses_tie() -> None:
    found = shares("aligned", 0.0)
    assert found.pop("random direction") > 0.3
    assert max(found.values()) == 0


def test_noise_raises_losses_under_every_direction() -> None:
    assert shares("apart", 0.5)["least norm"] > 0.5


def test_the_gradient_is_that_of_differences() -> None:
    problem = Quadratics.drawn("apart", 3.0, [4])
    weights, step = np.full((1, 20), 0.3), np.zeros((1, 20))
    step[0, 5] = 1e-5
    slope = (problem.losses(weights + step) - problem.losses(weights - step)) / 2e-5
    assert problem.gradients(weights)[:, :, 5] == pytest.approx(slope, abs=1e-7)


def test_curvatures_are_those_that_are_said() -> None:
    hessians = Quadratics.drawn("apart", 3.0, [4]).hessians[0]
    largest = [float(np.linalg.eigvalsh(each)[-1]) for each in hessians]
    assert largest == pytest.approx([1.0, 3.0, 9.0])
    assert np.linalg.eigvalsh(hessians[0])[0] == pytest.approx(0.1)
