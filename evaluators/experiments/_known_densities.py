"""Made-up worlds whose density is known, and proposals for their latents."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
World = Literal["linear-Gaussian", "mixture"]

LATENTS, PIXELS, POINTS = 4, 16, 10
"""Dimensions of the latents and of a point, and points that are scored for each seed."""

PARTS = 3
"""Gaussians of the prior in a mixture, with means of length 2 and a deviation of a half."""

WIDTHS = {"encoder": 1.0, "wide": 1.3, "narrow": 0.3}
"""Deviation of a proposal, relative to the best Gaussian with a diagonal."""

PROPOSALS = ("posterior", *WIDTHS, "prior")


def log_sum(values: Floats, axis: int = -1) -> Floats:
    """Return the logarithm of the sum of exponentials along an axis."""
    most = values.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(values - most).sum(axis=axis)) + np.squeeze(most, axis))


class Mixture(NamedTuple):
    """A mixture of Gaussians in k dimensions for each of n points.

    Attributes:
        weights: Of the parts, (n, parts); each row adds up to 1.
        means: (n, parts, k).
        root: Cholesky factor of the covariance that the parts of a point share, (n, k, k).
    """

    weights: Floats
    means: Floats
    root: Floats

    def draw(self, count: int, rng: np.random.Generator) -> Floats:
        """Return `count` draws for every point, (n, count, k)."""
        uniform = rng.uniform(size=(len(self.means), count, 1))
        part = (uniform > np.cumsum(self.weights, axis=1)[:, None, :-1]).sum(axis=-1)
        noise = rng.normal(size=(len(self.means), count, self.means.shape[-1]))
        at = self.means[np.arange(len(self.means))[:, None], part]
        return np.asarray(at + noise @ self.root.transpose(0, 2, 1))

    def log_density(self, latents: Floats) -> Floats:
        """Return the logarithm of the density of latents (n, m, k), (n, m)."""
        size = self.means.shape[-1]
        inverse = np.linalg.inv(self.root).transpose(0, 2, 1)
        away = latents @ inverse
        centres = self.means @ inverse
        squares = np.square(away[:, :, None] - centres[:, None]).sum(axis=-1)
        volume = np.log(np.diagonal(self.root, axis1=1, axis2=2)).sum(axis=1)
        volume = volume + size / 2 * math.log(2 * math.pi)
        with np.errstate(divide="ignore"):  # a part of no weight counts for nothing
            each = np.log(self.weights)[:, None] - squares / 2
        return np.asarray(log_sum(each) - volume[:, None])


class Known(NamedTuple):
    """Points x of a linear decoder, x | z ~ N(z loadings, deviation²), and what is known of them.

    Attributes:
        loadings: (k, d).
        deviation: Standard deviation of the decoder.
        points: (n, d).
        prior: q(z), the same for every point.
        posterior: p(z | x).
        log_p: log p(x), (n,).
    """

    loadings: Floats
    deviation: float
    points: Floats
    prior: Mixture
    posterior: Mixture
    log_p: Floats

    @classmethod
    def drawn(cls, world: World, deviation: float, rng: np.random.Generator) -> Known:
        """Return a world, and points from it."""
        loadings = rng.normal(size=(LATENTS, PIXELS)) / math.sqrt(LATENTS)
        means, spread = np.zeros((1, LATENTS)), 1.0
        if world == "mixture":
            means = rng.normal(size=(PARTS, LATENTS))
            means, spread = 2 * means / np.linalg.norm(means, axis=1, keepdims=True), 0.5
        parts = len(means)
        prior = Mixture(
            np.full((POINTS, parts), 1 / parts),
            np.broadcast_to(means, (POINTS, parts, LATENTS)),
            np.broadcast_to(spread * np.eye(LATENTS), (POINTS, LATENTS, LATENTS)),
        )
        latents = prior.draw(1, rng)[:, 0]
        points = latents @ loadings + deviation * rng.normal(size=(POINTS, PIXELS))
        # x is a mixture of Gaussians too, and so is z given x.
        covariance = spread**2 * loadings.T @ loadings + deviation**2 * np.eye(PIXELS)
        root = np.broadcast_to(np.linalg.cholesky(covariance), (POINTS, PIXELS, PIXELS))
        seen = [
            Mixture(np.ones((POINTS, 1)), prior.means[:, [part]] @ loadings, root)
            for part in range(parts)
        ]
        each = np.stack([one.log_density(points[:, None])[:, 0] for one in seen], axis=1)
        each = each + np.log(prior.weights)
        log_p = log_sum(each)
        precision = loadings @ loadings.T / deviation**2 + np.eye(LATENTS) / spread**2
        spread_after = np.linalg.inv(precision)
        pull = (points @ loadings.T)[:, None] / deviation**2 + prior.means / spread**2
        posterior = Mixture(
            np.exp(each - log_p[:, None]),
            pull @ spread_after,
            np.broadcast_to(np.linalg.cholesky(spread_after), (POINTS, LATENTS, LATENTS)),
        )
        return cls(loadings, deviation, points, prior, posterior, log_p)

    def proposal(self, arm: str) -> Mixture:
        """Return p(z | x) of an arm, one of `PROPOSALS`.

        An `encoder` is a Gaussian with a diagonal. In a linear-Gaussian world it is what the ELBO
        is largest for: the posterior's mean, and the inverse of the diagonal of its precision. In a
        mixture it has the posterior's means and variances.
        """
        if arm in ("prior", "posterior"):
            return self.prior if arm == "prior" else self.posterior
        weights, means, root = self.posterior
        covariance = root @ root.transpose(0, 2, 1)
        mean = np.einsum("np,npk->nk", weights, means)[:, None]
        if means.shape[1] == 1:
            variance = 1 / np.diagonal(np.linalg.inv(covariance), axis1=1, axis2=2)
        else:
            variance = np.einsum("np,npk->nk", weights, np.square(means - mean))
            variance = variance + np.diagonal(covariance, axis1=1, axis2=2)
        deviations = WIDTHS[arm] * np.sqrt(variance)
        return Mixture(np.ones((POINTS, 1)), mean, deviations[:, :, None] * np.eye(LATENTS))

    def log_weights(self, arm: str, count: int, rng: np.random.Generator) -> Floats:
        """Return log q(x|z) q(z) / p(z|x) of latents drawn from an arm's p(z|x), (n, count)."""
        proposal = self.proposal(arm)
        latents = proposal.draw(count, rng)
        decoded = latents @ self.loadings
        squares = np.square((self.points[:, None] - decoded) / self.deviation).sum(axis=-1)
        likelihood = -squares / 2 - PIXELS * math.log(self.deviation * math.sqrt(2 * math.pi))
        return np.asarray(
            likelihood + self.prior.log_density(latents) - proposal.log_density(latents)
        )
