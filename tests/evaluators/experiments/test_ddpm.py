"""DDPM's schedule, its two theorems, and networks that undo a diffusion."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from evaluators.experiments._diffusion import (
    Denoisers,
    Schedule,
    Way,
    energy_distance,
    fit,
    sample,
)
from evaluators.experiments.ddpm import losses, marginals, mixture, quality
from evaluators.result import Score
from tests.evaluators.experiments.arm_means import means


def at_time(scores: tuple[Score, ...], time: int) -> list[Score]:
    return [each for each in scores if each.variant["setting"].endswith(f"t {time}")]


@pytest.mark.parametrize("make", [Schedule.rescaled, Schedule.constant])
def test_signal_and_noise_add_up_to_variance_one(make: type) -> None:
    alpha, beta, alpha_bar, beta_bar = make(50)
    assert torch.allclose(alpha**2 + beta**2, torch.ones(51).double())
    assert torch.allclose(alpha_bar**2 + beta_bar**2, torch.ones(51).double())
    # The noise of the chain: β̄_t² = α_t² β̄_(t−1)² + β_t².
    chained = alpha[1:] ** 2 * beta_bar[:-1] ** 2 + beta[1:] ** 2
    assert torch.allclose(chained, beta_bar[1:] ** 2)


def test_at_a_thousand_steps_the_schedule_is_the_published_one() -> None:
    time = torch.arange(1, 1001).double()
    published = (1 - 0.02 * time / 1000).sqrt()
    assert torch.allclose(Schedule.rescaled(1000).alpha[1:], published, atol=2e-4)


def test_all_numbers_of_steps_end_in_as_little_signal_but_a_constant_schedule_does_not() -> None:
    rescaled = [float(Schedule.rescaled(steps).alpha_bar[-1]) for steps in (30, 1000)]
    assert rescaled[0] == pytest.approx(rescaled[1], rel=0.25)
    constant = Schedule.constant(30)
    assert float(constant.alpha_bar[-1]) == pytest.approx(math.exp(-15))
    assert float(constant.alpha[1]) == float(Schedule.constant(1000).alpha[999])


def test_the_ring_has_variance_one() -> None:
    points = mixture(20_000, np.random.default_rng(0))
    assert points.var(axis=0) == pytest.approx([1, 1], abs=0.02)


def test_merging_keeps_the_mean_and_lowers_the_variance() -> None:
    found = losses(100, 20_000, [0, 1])
    at = at_time(found.scores, 50)
    loss, variance = means(at, "loss"), means(at, "variance")
    assert loss["merged"] == pytest.approx(loss["unmerged"], rel=0.02)
    assert loss["not rescaled"] > 1.1 * loss["unmerged"]
    assert variance["merged"] < 0.5 * variance["unmerged"]


def test_without_a_network_the_ratio_of_variances_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    # ‖ε_t‖² has variance 4 in two dimensions, (β_t/β̄_t)² ‖ε‖² has (β_t/β̄_t)⁴ times as much.
    monkeypatch.setattr(np, "tanh", np.zeros_like)
    variance = means(at_time(losses(100, 50_000, [0]).scores, 10), "variance")
    schedule = Schedule.rescaled(100)
    share = float(schedule.beta[10] / schedule.beta_bar[10])
    assert variance["unmerged"] == pytest.approx(4, rel=0.05)
    assert variance["merged"] == pytest.approx(4 * share**4, rel=0.05)


def test_one_step_is_the_chain_where_added_variances_are_not() -> None:
    found = means(at_time(marginals(100, 5000, [0, 1]).scores, 100), "ks")
    assert found["one step"] < 0.04
    assert found["variances added"] > 0.1


def test_the_energy_distance_is_scipys() -> None:
    first, second = torch.randn(30, 3), 1 + torch.randn(40, 3)
    within = [cdist(each, each).sum() / (len(each) * (len(each) - 1)) for each in (first, second)]
    expected = 2 * cdist(first, second).mean() - sum(within)
    assert energy_distance(first, second) == pytest.approx(expected, rel=1e-6)


def test_a_right_network_brings_the_data_back() -> None:
    # x_0 is normal with deviation 0.5, so that E[ε | x_t] = β̄_t x_t / (ᾱ_t² 0.25 + β̄_t²).
    schedule = Schedule.rescaled(200)

    class Exact(Denoisers):
        def __call__(self, points: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
            kept, after = features[..., :1], features[..., 1:2]
            return after * points / (kept**2 * 0.25 + after**2)

    exact = Exact(Denoisers.drawn(2, 4, [0]).layers)
    made = sample(exact, [schedule], 4000, [0], 10.0)[0]
    assert made.std(dim=0).tolist() == pytest.approx([0.5, 0.5], abs=0.03)
    assert made.mean(dim=0).tolist() == pytest.approx([0, 0], abs=0.03)


def test_equal_ways_learn_the_same_and_seeds_do_not_matter_to_each_other() -> None:
    points = [torch.tensor(mixture(200, np.random.default_rng(seed))).float() for seed in (0, 1)]
    way = Way(Schedule.rescaled(10), "simple")

    def fitted(data: list[torch.Tensor], ways: list[Way], seeds: list[int]) -> list[torch.Tensor]:
        networks, _ = fit(data, ways, seeds, hidden=8, updates=3, batch=16, rate=1e-2)
        return [weight.detach() for weight, _ in networks.layers]

    both, alone = fitted(points, [way, way], [0, 1]), fitted(points[1:], [way], [1])
    for together, apart in zip(both, alone, strict=True):
        assert torch.equal(together[0], together[2])
        assert torch.allclose(together[1], apart[0], atol=1e-6)


def test_training_brings_samples_nearer_than_a_constant_schedule() -> None:
    found = quality("2-D mixture", 30, [0], 400, 64, 3e-3)
    distance = means(found.scores, "distance")
    assert abs(distance["training data"]) < 0.01
    assert distance["rescaled"] < 0.1 < distance["constant"]
