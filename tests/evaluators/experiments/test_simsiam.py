"""SimSiam's toy, and Siamese networks of digits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from sklearn.neighbors import KNeighborsClassifier

from evaluators.experiments._siamese_networks import (
    KEPT,
    Siamese,
    Steps,
    Variant,
    neighbours_accuracy,
    spreads,
    views,
)
from evaluators.experiments.simsiam import on_digits, toy
from tests.evaluators.experiments.arm_means import means


def test_the_toy_ends_where_scipy_ends() -> None:
    published = [score for score in toy([0]).scores if "published" in score.variant["setting"]]
    for arm, stopped in (("stop-gradient", True), ("no stop-gradient", False)):

        def slope(_: float, at: list[float], stopped: bool = stopped) -> list[float]:
            off = at[0] * at[1] - at[1]
            return [-off * at[1], -off * at[0] + (0 if stopped else off)]

        end = solve_ivp(slope, (0, 200), (0.6, 0.1), rtol=1e-10, atol=1e-12).y[:, -1]
        assert means(published, "predictor")[arm] == pytest.approx(end[0], abs=1e-6)
        assert means(published, "encoder")[arm] == pytest.approx(end[1], abs=1e-6)


def test_the_published_toy_keeps_its_invariant_and_the_control_does_not() -> None:
    published = [score for score in toy([0]).scores if "published" in score.variant["setting"]]
    assert means(published, "encoder")["stop-gradient"] == pytest.approx(math.sqrt(0.65), abs=1e-6)
    assert means(published, "drift")["stop-gradient"] < 1e-9
    assert means(published, "drift")["no stop-gradient"] > 0.01
    assert means(published, "predictor")["no stop-gradient"] == pytest.approx(0.6127, abs=1e-4)


def test_a_sphere_has_spread_one_and_a_point_none() -> None:
    sphere = torch.randn(1, 4000, 32, generator=torch.Generator().manual_seed(0))
    assert float(spreads(sphere)) == pytest.approx(1, abs=0.02)
    assert float(spreads(torch.ones(1, 10, 32))) == pytest.approx(0, abs=1e-9)


def test_neighbours_vote_as_in_scikit_learn() -> None:
    generator = torch.Generator().manual_seed(0)
    known, new = (
        torch.randn(1, 80, 4, generator=generator),
        torch.randn(1, 40, 4, generator=generator),
    )
    labels, truth = (known[..., 0] > 0).long(), (new[..., 0] > 0).long()
    theirs = KNeighborsClassifier(5, metric="cosine").fit(known[0], labels[0])
    expected = theirs.score(new[0], truth[0])
    assert float(neighbours_accuracy(known, labels, new, truth)) == pytest.approx(expected)


def test_views_average_to_the_mean_augmentation() -> None:
    images = torch.rand(1, 1, 64, generator=torch.Generator().manual_seed(0))
    first, _, average = next(views(images, 20_000, 1, [torch.Generator().manual_seed(1)]))
    assert torch.allclose(first.mean(dim=1), average[:, 0], atol=0.02)
    assert float(average[0, 0].sum()) < KEPT * float(images.sum()), "pixels are moved out"


@pytest.mark.parametrize("variant", [Variant(), Variant(averaged=True, stopped=False)])
def test_the_newton_like_step_is_as_long_as_adams_in_another_direction(variant: Variant) -> None:
    batch = next(views(torch.rand(1, 50, 64), 32, 1, [torch.Generator().manual_seed(1)]))
    moves = {}
    for optimiser in ("Adam", "Newton-like"):
        networks = Siamese([variant], [0], normalised=True)
        before = [weight.detach().clone() for weight in networks.weights]
        Steps(networks, optimiser, 1e-3).step(*networks.losses(batch))
        pairs = zip(networks.weights, before, strict=True)
        moves[optimiser] = [(now - then).detach().flatten() for now, then in pairs]
    for adam, newton in zip(*moves.values(), strict=True):
        assert float(newton.norm()) == pytest.approx(float(adam.norm()), rel=1e-3)
        if float(adam.norm()):
            assert float(torch.cosine_similarity(adam, newton, dim=0)) < 0.95


def test_without_stop_gradient_a_network_descends_its_whole_loss() -> None:
    networks = Siamese([Variant(stopped=False), Variant()], [0], normalised=True)
    images = torch.rand(1, 50, 64, generator=torch.Generator().manual_seed(0))
    batch = next(views(images, 8, 1, [torch.Generator().manual_seed(1)]))
    losses, _ = networks.losses(batch)
    slope = torch.autograd.grad(losses.sum(), networks.weights)[1]
    with torch.no_grad():
        networks.weights[1][:, 3, 4] += 1e-2
        up, _ = networks.losses(batch)
        networks.weights[1][:, 3, 4] -= 2e-2
        down, _ = networks.losses(batch)
    numeric = (up - down) / 2e-2
    assert float(slope[0, 3, 4]) == pytest.approx(float(numeric[0]), rel=0.05)
    assert abs(float(slope[1, 3, 4] - numeric[1])) > 0.1 * abs(float(numeric[1]))


def test_a_gradient_that_is_not_stopped_collapses() -> None:
    found = [on_digits("SGD", True, [10.0], 120, 64, [0, 1]) for _ in range(2)]
    assert found[0].scores == found[1].scores
    spread = means(found[0].scores, "spread")
    assert spread["no stop-gradient"] < 0.5 * spread["SimSiam"]
    assert spread["no predictor"] < 0.5 * spread["SimSiam"]
    assert np.isfinite(list(means(found[0].scores, "variation").values())).all()
