"""Made-up training curves: which of them are still improving, and what is kept of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import ttest_1samp

from evaluators.errors import ScoreError
from evaluators.result import ArmScores
from evaluators.training_curve import (
    ALPHA,
    MOST,
    TrainingCurve,
    late_improvement,
    still_improving,
)

STEPS = 400
DONE = np.arange(STEPS) / STEPS


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2112)


def late(losses: np.ndarray) -> list[float]:
    """Return what a curve keeps of the losses (S, steps) of S seeds."""
    curve = TrainingCurve(losses.shape[1])
    for step in torch.from_numpy(losses).T:
        curve.add(step)
    return curve.late_improvement()


def noisy(curve: np.ndarray, noise: float, rng: np.random.Generator, seeds: int = 5) -> np.ndarray:
    return curve + noise * rng.normal(size=(seeds, len(curve)))


def test_points_are_the_first_loss_and_the_means_of_tenths() -> None:
    curve = TrainingCurve(20)
    for step in range(20):
        curve.add(torch.tensor([float(step), 2.0]))
    assert curve.points().tolist() == [[0, *(2 * k + 0.5 for k in range(10))], [2.0] * 11]


def test_a_straight_fall_loses_a_fifth_of_its_range_late() -> None:
    points = np.array([[1.0, *(1 - (np.arange(10) + 0.5) / 10)]])
    assert late_improvement(points) == pytest.approx([0.2 / 0.95])


@pytest.mark.parametrize(
    ("curve", "improving"),
    [
        (np.full(STEPS, 2.0), False),
        (1 - DONE, True),
        (np.exp(-3 * DONE), True),
        (np.exp(-20 * DONE), False),
        (1 + DONE, False),
        (1 + np.minimum(DONE, 1 - DONE), True),
        (np.exp(-20 * DONE) + 0.5 * DONE, False),
    ],
    ids=["flat", "falls", "falls slowly", "fell early", "rises", "rose, then falls", "overfits"],
)
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_made_up_curves(
    curve: np.ndarray, improving: bool, noise: float, rng: np.random.Generator
) -> None:
    assert still_improving(late(noisy(curve, noise, rng))) == improving


def test_noise_alone_rarely_trips_it(rng: np.random.Generator) -> None:
    flat, trained = np.full(STEPS, 1.0), np.exp(-20 * DONE)
    for curve in (flat, trained):
        tripped = [still_improving(late(noisy(curve, 0.3, rng))) for _ in range(400)]
        assert np.mean(tripped) < 0.08


def test_it_is_students_one_sided_test(rng: np.random.Generator) -> None:
    for _ in range(50):
        values = rng.normal(2 * MOST, 2 * MOST, 5)
        test = ttest_1samp(values, MOST, alternative="greater")
        assert still_improving(values.tolist()) == (test.pvalue < ALPHA)
    assert still_improving([2 * MOST])
    assert not still_improving([MOST / 2])


def test_few_steps_are_their_own_points() -> None:
    assert late(np.array([[3.0, 2.0, 1.0]])) == pytest.approx([0.6 / 2])
    assert late(np.array([[3.0]])) == [1.0]


def test_a_curve_that_is_cut_short_or_diverges_says_so() -> None:
    curve = TrainingCurve(2)
    curve.add(torch.tensor(1.0))
    with pytest.raises(ScoreError, match="2 steps"):
        curve.points()
    curve.add(torch.tensor(float("inf")))
    with pytest.raises(ScoreError, match="diverged"):
        curve.points()


def test_an_experiment_reports_it_in_one_line() -> None:
    curve = TrainingCurve(10)
    for step in range(10):
        curve.add(torch.tensor([1.0 - step / 9, 1.0]))
    scores = ArmScores("made up")
    scores.add_curve(curve, arm="a", seeds=[3, 5])
    assert [score.metric for score in scores.scores] == ["late_improvement"] * 2
    assert [score.value for score in scores.scores] == pytest.approx([2 / 9, 0.0])
    assert [kept.variant["seed"] for kept in scores.curves] == [3, 5]
    assert len(scores.curves[0].values) == 11
