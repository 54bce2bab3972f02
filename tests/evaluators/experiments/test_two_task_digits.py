"""Two overlaid digits under weights of their losses."""

from __future__ import annotations

import pytest
import torch

from evaluators.experiments import two_task_digits
from evaluators.experiments.two_task_digits import ARMS, Digits, Recipe, Weights, compare
from tests.evaluators.experiments.arm_means import means, quiet


def balanced(scale: float, shift: float) -> dict[str, float]:
    result = compare(scale, shift, [0, 1], Recipe(150, 32, 16, 1e-2), quiet)
    return {arm: 100 * value for arm, value in means(result.scores, "balanced").items()}


def test_a_small_loss_is_neglected_by_equal_weights_alone() -> None:
    small, even = balanced(0.01, 0.0), balanced(1.0, 0.0)
    assert small["equal"] < small["gradient norm"] - 5
    assert small["gradient norm"] == pytest.approx(even["gradient norm"], abs=1)
    assert even["equal"] == pytest.approx(even["gradient norm"], abs=4), "there all must tie"


def test_a_shifted_loss_is_neglected_by_weights_by_losses() -> None:
    found = balanced(1.0, 10.0)
    assert found["current"] < found["gradient norm"] - 5


def test_a_pair_is_the_larger_of_two_digits() -> None:
    images, labels = Digits(0).batch(4)
    canvas = images.view(4, 11, 11)
    assert labels.shape == (4, 2)
    assert float(canvas.max()) <= 1
    assert float(canvas[:, :3, 8:].max()) == 0, "neither digit reaches the corners"


def weights_after(steps: int, losses: list[float], norms: list[float]) -> torch.Tensor:
    weigh = Weights(1)
    given = [torch.tensor(each)[:, None, None].expand(2, len(ARMS), 1) for each in (losses, norms)]
    for _ in range(steps):
        weigh(given[0], given[1], given[1])
    return weigh(given[0], given[1], given[1])[:, :, 0]


def test_uncertainty_learns_one_over_twice_the_loss() -> None:
    found = weights_after(600, [2.0, 0.02], [1.0, 1.0])[:, ARMS.index("uncertainty")]
    assert found.tolist() == pytest.approx([0.25, 25.0], rel=0.05)


def test_gradnorm_learns_equal_lengths_where_losses_fall_alike() -> None:
    found = weights_after(200, [1.0, 1.0], [1.0, 3.0])[:, ARMS.index("gradnorm")]
    assert found.tolist() == pytest.approx([1.5, 0.5], abs=0.1)


def test_fixed_weights_are_what_they_are_called() -> None:
    found = weights_after(0, [2.0, 0.5], [4.0, 10.0])
    by_arm = dict(zip(ARMS, found.T.tolist(), strict=True))
    assert by_arm["equal"] == [1, 1]
    assert by_arm["current"] == by_arm["initial"] == [0.5, 2]
    assert by_arm["gradient norm"] == pytest.approx([0.25, 0.1])


def test_a_seed_gives_the_same_digits_in_any_company() -> None:
    alone, again = (two_task_digits.Digits(5).tested for _ in range(2))
    assert torch.equal(alone[0], again[0])
