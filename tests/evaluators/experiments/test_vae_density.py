"""Densities that are known, and autoencoders of digits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal, norm

from evaluators.experiments._digit_autoencoder import Autoencoders
from evaluators.experiments._digit_autoencoder import compare as train
from evaluators.experiments._known_densities import PIXELS, Known, World, log_sum
from evaluators.experiments.vae_density import VaeDensityRequest, bounds, densities
from evaluators.result import Score
from tests.evaluators.experiments.arm_means import means


def at(scores: tuple[Score, ...], samples: int) -> list[Score]:
    return [each for each in scores if each.variant["setting"].endswith(f"samples {samples}")]


@pytest.mark.parametrize("world", ["linear-Gaussian", "mixture"])
def test_the_exact_density_is_scipys(world: World) -> None:
    known = Known.drawn(world, 0.3, np.random.default_rng(0))
    spread = 1.0 if world == "linear-Gaussian" else 0.5
    covariance = spread**2 * known.loadings.T @ known.loadings + 0.09 * np.eye(PIXELS)
    parts = [
        multivariate_normal(mean @ known.loadings, covariance).logpdf(known.points)
        for mean in known.prior.means[0]
    ]
    expected = log_sum(np.stack(parts, axis=1)) - math.log(len(parts))
    assert known.log_p == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("world", ["linear-Gaussian", "mixture"])
def test_with_latents_from_the_posterior_every_weight_is_the_density(world: World) -> None:
    known = Known.drawn(world, 0.3, np.random.default_rng(0))
    weights = known.log_weights("posterior", 5, np.random.default_rng(1))
    assert weights == pytest.approx(np.repeat(known.log_p[:, None], 5, axis=1), abs=1e-8)


def test_a_narrow_encoder_is_off_where_a_good_one_is_right() -> None:
    result = densities("mixture", 0.3, [1, 1024], 1024, [0, 1])
    bias = means(at(result.scores, 1024), "bias")
    assert abs(bias["encoder"]) < 0.03
    assert bias["narrow"] < -0.3
    assert bias["prior"] < -0.1
    share = means(at(result.scores, 1024), "ess")
    assert share["posterior"] == pytest.approx(1)
    assert share["narrow"] < 0.1 < share["encoder"]


def test_the_elbo_is_short_by_the_divergence_of_the_encoder() -> None:
    found = bounds("linear-Gaussian", 1.0, [1], 4096, [0, 1, 2])
    divergences = []
    for seed in (0, 1, 2):
        known = Known.drawn("linear-Gaussian", 1.0, np.random.default_rng(seed))
        precision = known.loadings @ known.loadings.T + np.eye(len(known.loadings))
        # KL of a diagonal Gaussian from one with the same mean: half of log det(D) − log det(P).
        log_det = np.log(np.diag(precision)).sum() - np.linalg.slogdet(precision).logabsdet
        divergences.append(log_det / 2)
    assert means(found.scores, "bound")["log of mean"] == pytest.approx(
        -np.mean(divergences), abs=0.02
    )


def test_a_mean_of_logs_does_not_tighten() -> None:
    found = bounds("mixture", 1.0, [1, 256], 1024, [0, 1])
    few, many = (means(at(found.scores, samples), "bound") for samples in (1, 256))
    assert many["log of mean"] > few["log of mean"] + 0.05
    assert abs(many["mean of logs"] - few["mean of logs"]) < 0.05


def test_estimates_must_be_whole() -> None:
    with pytest.raises(ValueError, match="multiple of every M"):
        VaeDensityRequest(samples=(3,), draws=4096)


def test_a_weight_is_likelihood_times_prior_over_proposal() -> None:
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    model = Autoencoders.drawn(0.2, generators)
    points, noise = torch.rand(2, 3, 64), torch.randn(2, 3, 4, 6)
    found = model.log_weights(points, noise)[1, 2, 3].detach()
    first, second, third, fourth = [(weight[1], bias[1, 0]) for weight, bias in model.layers]
    hidden = torch.relu(points[1, 2] @ first[0] + first[1])
    mean, spread = (hidden @ second[0] + second[1]).chunk(2)
    spread, noises = (spread - 1).exp(), noise[1, 2, 3]
    latents = mean + spread * noises
    decoded = torch.relu(latents @ third[0] + third[1]) @ fourth[0] + fourth[1]
    mean, spread, latents, decoded = (x.detach() for x in (mean, spread, latents, decoded))
    likelihood = norm.logpdf(points[1, 2], decoded, 0.2).sum()
    expected = likelihood + norm.logpdf(latents).sum() - norm.logpdf(latents, mean, spread).sum()
    assert float(found) == pytest.approx(expected, rel=1e-4)


def test_training_brings_a_density_and_the_same_seeds_the_same_numbers() -> None:
    trained, again = (train(0.2, [0, 1], 150, 4, 5e-3) for _ in range(2))
    start = train(0.2, [0, 1], 1, 4, 5e-3)
    assert trained.scores == again.scores
    for arm in ("vae", "iwae"):
        assert means(trained.scores, "log_p")[arm] > means(start.scores, "log_p")[arm] + 20
        assert means(trained.scores, "elbo")[arm] < means(trained.scores, "log_p")[arm]
