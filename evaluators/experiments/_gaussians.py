"""Pairs of normal distributions, and three ways to compute the distances between them.

A covariance is kept as a factor F too, Σ = FFᵀ. All distributions of a pair come from one that is
well conditioned, through one linear map. KL divergence and Bhattacharyya distance do not change
under such a map, so that their exact values are known however badly conditioned the pair is.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

SPREAD = 0.5
"""Standard deviation of the logarithms of the variances, before the linear map."""

APART = 1.5
"""Length of the difference of the means, before the linear map."""


class Pair(NamedTuple):
    """S pairs of normal distributions p and q of d dimensions.

    Attributes:
        gap: Mean of p less that of q, (S, d).
        first: F of p, (S, d, r).
        second: F of q, (S, d, r).
    """

    gap: Tensor
    first: Tensor
    second: Tensor

    def covariances(self) -> tuple[Tensor, Tensor]:
        """Return both covariances, (S, d, d)."""
        return self.first @ self.first.mT, self.second @ self.second.mT

    def exchanged(self) -> Pair:
        """Return the pairs with p and q exchanged."""
        return Pair(-self.gap, self.second, self.first)

    def to(self, dtype: torch.dtype) -> Pair:
        """Return the pairs in another precision."""
        return Pair(*(each.to(dtype) for each in self))


class Distances(NamedTuple):
    """Three distances of S pairs, (S,) each; NaN where they could not be computed.

    Attributes:
        kl: KL(p‖q).
        bhattacharyya: The Bhattacharyya distance.
        wasserstein: The square of the 2-Wasserstein distance.
    """

    kl: Tensor
    bhattacharyya: Tensor
    wasserstein: Tensor


def draw(dimension: int, seeds: list[int]) -> Pair:
    """Return well-conditioned pairs in float64, one for each seed."""
    parts = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        turns, gap, logs = (
            torch.randn(shape, generator=generator, dtype=torch.float64)
            for shape in ((2, dimension, dimension), (dimension,), (2, dimension))
        )
        bases = torch.linalg.qr(turns).Q
        factors = bases * (SPREAD / 2 * logs).exp()[:, None]
        parts.append((APART * gap / gap.norm(), factors[0], factors[1]))
    return Pair(*(torch.stack(each) for each in zip(*parts, strict=True)))


def mapped(pair: Pair, condition: float, seeds: list[int]) -> Pair:
    """Return pairs through a linear map that makes covariances of about this condition number."""
    dimension = pair.gap.shape[1]
    maps = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed + 1_000_003)
        sides = torch.randn(2, dimension, dimension, generator=generator, dtype=torch.float64)
        left, right = torch.linalg.qr(sides).Q
        logs = torch.linspace(-0.25, 0.25, dimension, dtype=torch.float64) * math.log(condition)
        maps.append(left * logs.exp() @ right)
    linear = torch.stack(maps)
    gap = (linear @ pair.gap[..., None])[..., 0]
    return Pair(gap, linear @ pair.first, linear @ pair.second)


def as_printed(pair: Pair, *, mean_term: bool = True, log_determinant: bool = True) -> Distances:
    """Return the closed forms as they are printed, with inverses, determinants and matrix roots.

    Args:
        pair: The pairs, in the precision of the computation.
        mean_term: Whether the term of the means is there; without it the forms are wrong.
        log_determinant: Whether that of the determinants is there, in the first two.
    """
    p, q = pair.covariances()
    gap, size = pair.gap[..., None], pair.gap.shape[1]
    inverse = torch.linalg.inv_ex(q).inverse
    ratio = inverse @ p
    middle = (p + q) / 2
    between = torch.linalg.inv_ex(middle).inverse
    determinants = torch.linalg.det(middle) / (torch.linalg.det(p) * torch.linalg.det(q)).sqrt()
    means, logs = float(mean_term), float(log_determinant)
    kl = means * _form(gap, inverse) - logs * torch.linalg.det(ratio).log() + _trace(ratio) - size
    bhattacharyya = logs * determinants.log() / 2 + means * _form(gap, between) / 8
    cross = symmetric_root(p, q)
    wasserstein = means * gap.square().sum(dim=(1, 2)) + _trace(p) + _trace(q) - 2 * cross
    return Distances(kl / 2, bhattacharyya, wasserstein)


def by_cholesky(pair: Pair) -> Distances:
    """Return the distances from Cholesky's factors of the covariances, without an inverse."""
    p, q = pair.covariances()
    factors = [torch.linalg.cholesky_ex(each) for each in (p, q, (p + q) / 2)]
    first, second, middle = (
        torch.where((each.info == 0)[:, None, None], each.L, torch.nan) for each in factors
    )
    return _factored(pair.gap, first, second, middle)


def by_factors(pair: Pair) -> Distances:
    """Return the distances from the factors themselves: no covariance is ever computed."""
    both = torch.cat([pair.first, pair.second], dim=2) * math.sqrt(0.5)
    first, second, middle = (
        torch.linalg.qr(each.mT).R.mT for each in (pair.first, pair.second, both)
    )
    return _factored(pair.gap, first, second, middle)


def _factored(gap: Tensor, first: Tensor, second: Tensor, middle: Tensor) -> Distances:
    """Return the distances from lower triangular factors of p, q and their mean."""
    column, size = gap[..., None], gap.shape[1]
    ratio, shift, between = (
        torch.linalg.solve_triangular(lower, right, upper=False)
        for lower, right in ((second, first), (second, column), (middle, column))
    )
    logs = [_log_diagonal(each) for each in (first, second, middle)]
    squares = [each.square().sum(dim=(1, 2)) for each in (ratio, shift, between)]
    kl = squares[1] + squares[0] - size - 2 * (logs[0] - logs[1])
    bhattacharyya = logs[2] - (logs[0] + logs[1]) / 2 + squares[2] / 8
    total = first.square().sum(dim=(1, 2)) + second.square().sum(dim=(1, 2))
    wasserstein = gap.square().sum(dim=1) + total - 2 * nuclear(first, second)
    return Distances(kl / 2, bhattacharyya, wasserstein)


def nuclear(first: Tensor, second: Tensor) -> Tensor:
    """Return tr (Σp^½ Σq Σp^½)^½ from factors: the sum of the singular values of FpᵀFq, (S,)."""
    product = first.mT @ second
    usable = torch.isfinite(product).all(dim=(1, 2))
    safe = torch.where(usable[:, None, None], product, 0.0)
    return torch.where(usable, torch.linalg.svdvals(safe).sum(dim=1), torch.nan)


def symmetric_root(p: Tensor, q: Tensor) -> Tensor:
    """Return tr (Σp^½ Σq Σp^½)^½, (S,), by two symmetric eigenvalue problems."""
    values, vectors = torch.linalg.eigh(p)
    root = vectors * values.clamp(min=0).sqrt()[:, None] @ vectors.mT
    inside = root @ q @ root
    values = torch.linalg.eigvalsh((inside + inside.mT) / 2)
    trace: Tensor = values.clamp(min=0).sqrt().sum(dim=1)
    return trace


def product_root(p: Tensor, q: Tensor) -> Tensor:
    """Return tr (ΣpΣq)^½, (S,), by the eigenvalues of the product, which is not symmetric."""
    trace: Tensor = torch.linalg.eigvals(p @ q).real.clamp(min=0).sqrt().sum(dim=1)
    return trace


def monte_carlo(pair: Pair, draws: int, seeds: list[int]) -> Distances:
    """Return the three distances from random vectors.

    KL is the mean of log p/q under p; Bhattacharyya's coefficient that of 1/cosh(½ log p/q) under
    the mixture of both. The square of W₂ is the middle of two bounds: from above the mean square of
    x − Tx, as T maps p to q, and from below Kantorovich's dual at the potentials of T, which is a
    bound for any positive T. The closed form takes no part in either.

    Args:
        pair: The pairs, in float64.
        draws: Random vectors of each distribution.
        seeds: One for each pair.
    """
    p, q = pair.covariances()
    values, vectors = torch.linalg.eigh(p)
    root, inverse = (vectors * values.sqrt()[:, None] ** sign @ vectors.mT for sign in (1, -1))
    inside = root @ q @ root
    values, vectors = torch.linalg.eigh((inside + inside.mT) / 2)
    optimal = inverse @ (vectors * values.sqrt()[:, None] @ vectors.mT) @ inverse
    found = []
    for at, seed in enumerate(seeds):
        generator = torch.Generator().manual_seed(seed + 2_000_003)
        normal = torch.randn(2, draws, pair.gap.shape[1], generator=generator, dtype=torch.float64)
        # q has the mean 0, p the mean `gap`.
        x, y = pair.gap[at] + normal[0] @ pair.first[at].mT, normal[1] @ pair.second[at].mT
        one, other = (
            _log_density(each, pair.gap[at], pair.first[at])
            - _log_density(each, torch.zeros_like(pair.gap[at]), pair.second[at])
            for each in (x, y)
        )
        coefficient = (1 / torch.cosh(torch.cat([one, other]) / 2)).mean()
        centred, turn = x - pair.gap[at], optimal[at]
        primal = (x - centred @ turn).square().sum(dim=1).mean()
        # Potentials of centred vectors; the means add the square of their difference.
        dual = (centred * (centred - centred @ turn)).sum(dim=1).mean()
        dual = dual + (y * (y - torch.linalg.solve(turn, y.mT).mT)).sum(dim=1).mean()
        dual = dual + pair.gap[at].square().sum()
        found.append((one.mean(), -coefficient.log(), (primal + dual) / 2))
    return Distances(*(torch.stack(each) for each in zip(*found, strict=True)))


def _log_density(vectors: Tensor, mean: Tensor, factor: Tensor) -> Tensor:
    """Return log densities up to the constant that p and q share, (n,)."""
    white = torch.linalg.solve(factor, (vectors - mean).mT)
    density: Tensor = -white.square().sum(dim=0) / 2 - torch.linalg.slogdet(factor).logabsdet
    return density


def _form(column: Tensor, matrix: Tensor) -> Tensor:
    return (column.mT @ matrix @ column)[:, 0, 0]


def _trace(matrix: Tensor) -> Tensor:
    return matrix.diagonal(dim1=1, dim2=2).sum(dim=1)


def _log_diagonal(lower: Tensor) -> Tensor:
    return lower.diagonal(dim1=1, dim2=2).abs().log().sum(dim=1)
