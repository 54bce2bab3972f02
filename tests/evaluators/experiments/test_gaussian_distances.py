"""Distances of normal distributions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.linalg import sqrtm
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import norm
from torch.distributions import MultivariateNormal, kl_divergence

from evaluators.experiments import _gaussians
from evaluators.experiments._gaussians import Distances, Pair, as_printed, by_cholesky, by_factors
from evaluators.experiments.gaussian_distances import (
    METRICS,
    GaussianDistances,
    GaussianDistancesRequest,
    against_draws,
    conditioned,
    singular,
    traces,
)
from evaluators.result import Result

SEEDS = [0, 1, 2]
Compute = Callable[[Pair], Distances]


def pairs(dimension: int = 5, condition: float = 100.0) -> Pair:
    return _gaussians.mapped(_gaussians.draw(dimension, SEEDS), condition, SEEDS)


def worst(result: Result, metric: str, setting: str = "") -> dict[str, float]:
    found: dict[str, float] = {}
    for score in result.scores:
        if score.metric == metric and score.variant["setting"].startswith(setting):
            arm = score.variant["arm"]
            found[arm] = max(found.get(arm, 0.0), abs(score.value))
    return found


@pytest.mark.parametrize("compute", [as_printed, by_cholesky, by_factors])
def test_in_one_dimension_they_are_the_formulas_from_the_textbook(compute: Compute) -> None:
    # p = N(1, 4), q = N(0, 9)
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    pair = Pair(one[:, 0], 2 * one, 3 * one)
    kl, bhattacharyya, wasserstein = (float(each) for each in compute(pair))
    assert kl == pytest.approx(math.log(3 / 2) + (4 + 1) / 18 - 1 / 2)
    assert bhattacharyya == pytest.approx(1 / 8 / 6.5 + math.log(6.5 / 6) / 2)
    assert wasserstein == pytest.approx(1 + (3 - 2) ** 2)


@pytest.mark.parametrize("compute", [as_printed, by_cholesky, by_factors])
def test_kl_is_that_of_torch(compute: Compute) -> None:
    pair = pairs()
    p, q = pair.covariances()
    theirs = kl_divergence(
        MultivariateNormal(pair.gap, p), MultivariateNormal(torch.zeros_like(pair.gap), q)
    )
    assert torch.allclose(compute(pair).kl, theirs, rtol=1e-10)


@pytest.mark.parametrize("compute", [as_printed, by_cholesky, by_factors])
def test_wasserstein_is_that_of_scipys_root(compute: Compute) -> None:
    pair = pairs()
    ours = compute(pair).wasserstein
    for gap, p, q, value in zip(pair.gap, *pair.covariances(), ours, strict=True):
        root = sqrtm(p.numpy())
        cross = np.trace(sqrtm(root @ q.numpy() @ root)).real
        expected = float(gap @ gap + p.trace() + q.trace()) - 2 * cross
        assert float(value) == pytest.approx(expected, rel=1e-9)


def test_wasserstein_is_that_of_python_optimal_transport() -> None:
    # POT 0.9.7, ot.gaussian.bures_wasserstein_distance([1, 0], [0, 0], Σp, Σq) ** 2 with
    # Σp = [[2, 1], [1, 2]], Σq = [[1, 0], [0, 3]]
    by_pot = 1.516685226452119
    factor_p = torch.linalg.cholesky(torch.tensor([[2.0, 1.0], [1.0, 2.0]], dtype=torch.float64))
    factor_q = torch.linalg.cholesky(torch.tensor([[1.0, 0.0], [0.0, 3.0]], dtype=torch.float64))
    gap = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    pair = Pair(gap, factor_p[None], factor_q[None])
    # By hand: ΣpΣq has trace 8 and determinant 9, so the root's trace is √(8 + 2·3).
    assert float(by_factors(pair).wasserstein) == pytest.approx(1 + 4 + 4 - 2 * math.sqrt(14))
    assert float(by_factors(pair).wasserstein) == pytest.approx(by_pot)


def test_wasserstein_is_near_the_best_assignment_of_draws() -> None:
    pair = pairs(2, 1.0)
    ours = by_factors(pair).wasserstein
    rng = np.random.default_rng(0)
    for gap, first, second, value in zip(*pair, ours, strict=True):
        x = gap.numpy() + rng.normal(size=(700, 2)) @ first.numpy().T
        y = rng.normal(size=(700, 2)) @ second.numpy().T
        cost = cdist(x, y, "sqeuclidean")
        assigned = cost[linear_sum_assignment(cost)].mean()
        assert assigned == pytest.approx(float(value), rel=0.15)


def test_bhattacharyya_is_the_integral() -> None:
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    pair = Pair(0.7 * one[:, 0], 0.6 * one, 1.3 * one)

    def root(x: float) -> float:
        return math.sqrt(norm.pdf(x, 0.7, 0.6) * norm.pdf(x, 0, 1.3))

    expected = -math.log(quad(root, -15, 15, epsabs=1e-13, points=[0, 0.7])[0])
    assert float(by_factors(pair).bhattacharyya) == pytest.approx(expected, rel=1e-10)


def test_a_linear_map_leaves_kl_and_bhattacharyya() -> None:
    before, after = by_factors(pairs(6, 1.0)), by_factors(pairs(6, 1e6))
    assert torch.allclose(before.kl, after.kl, rtol=1e-9)
    assert torch.allclose(before.bhattacharyya, after.bhattacharyya, rtol=1e-9)
    assert not torch.allclose(before.wasserstein, after.wasserstein, rtol=0.1)


def test_covariances_have_the_condition_number() -> None:
    for covariance in pairs(6, 1e6).covariances():
        condition = torch.linalg.cond(covariance)
        assert ((condition > 1e5) & (condition < 1e8)).all()


def test_closed_forms_agree_with_draws_and_wrong_ones_do_not() -> None:
    result = against_draws(4, 4000, SEEDS, lambda *_: None)
    for metric in METRICS:
        found = worst(result, metric)
        assert found["closed form"] < 0.1, metric
        assert found["without mean term"] > 0.15, metric
    assert worst(result, "kl_error")["without log determinant"] > 0.1


def test_both_traces_agree_and_another_product_does_not() -> None:
    found = worst(traces(8, [1.0, 1e10], SEEDS), "trace_error")
    assert max(found["symmetric root"], found["product root"]) < 1e-6
    assert found["one covariance twice"] > 1e-3


def test_factors_keep_what_the_printed_formulas_lose_in_float32() -> None:
    result = conditioned(8, [1.0, 1e10], "float32", SEEDS)
    for metric in METRICS[:2]:
        hard = worst(result, metric, "condition 1e+10")
        assert hard["factors"] < 0.01
        assert hard["as printed"] > 0.05
        assert worst(result, metric, "condition 1,")["as printed"] < 1e-5


def test_only_the_wasserstein_distance_stays_finite() -> None:
    result = singular(4, SEEDS)
    growth = worst(result, "growth", "smallest variance 1e-12")
    assert growth["KL"] > 1e6
    assert growth["Bhattacharyya"] > 2
    assert growth["Wasserstein"] < 5
    asymmetry = worst(result, "asymmetry", "smallest variance 1e-12")
    assert max(asymmetry["Bhattacharyya"], asymmetry["Wasserstein"]) < 1e-9
    assert asymmetry["KL"] > 1


def test_only_rounding_is_no_theorem() -> None:
    jobs = GaussianDistances().jobs(GaussianDistancesRequest(), "", lambda _: "")
    made_up = [job.task for job in jobs if GaussianDistances().level(job.parameters) == "made-up"]
    assert made_up == ["formulas in float64", "formulas in float32"]
