"""Nested projections: the first n rows of one matrix project to n dimensions."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.dimension_retrieval.items import Items, chunks
from evaluators.errors import DimensionError


class Projection(NamedTuple):
    """x -> matrix (x - mean); the first n rows are the projection to n dimensions.

    Attributes:
        matrix: Shape (n_max, d), float32.
        mean: Shape (d,), float32; zeros for a Gaussian projection.
    """

    matrix: Tensor
    mean: Tensor

    def __call__(self, rows: Tensor) -> Tensor:
        """Project rows of shape (m, d); coordinates come first: shape (n_max, m)."""
        return torch.addmm(-(self.matrix @ self.mean)[:, None], self.matrix, rows.T)


def make_projection(name: str, n: int | None, items: Items, source: torch.Generator) -> Projection:
    """Return the projection of a name.

    Args:
        name: One of `PROJECTIONS`.
        n: Dimensions; None for as many as it can have.
        items: Items to project.
        source: Generator of a random projection.

    Raises:
        DimensionError: The items vary in fewer than n directions.
    """
    if name == "gaussian":
        return gaussian_projection(n or items.width, items.width, source)
    return fitted_projection(n, items, whiten=name == "whitening")


def gaussian_projection(n: int, d: int, source: torch.Generator) -> Projection:
    """Return n by d independent standard normal numbers (Johnson and Lindenstrauss, 1984).

    Unscaled: cosines do not depend on the scale.
    """
    return Projection(torch.randn((n, d), generator=source), torch.zeros(d))


def fitted_projection(n: int | None, items: Items, *, whiten: bool) -> Projection:
    """Return the n leading principal components of the items, fitted in float64.

    Args:
        n: Components; None for all in which the items vary.
        items: Items for mean and covariance, read by chunks.
        whiten: Whether to scale each component to variance 1 (arXiv 2103.15316).

    Raises:
        DimensionError: The items vary in fewer than n directions.
    """
    mean, covariance = _moments(items)
    variances, axes = torch.linalg.eigh(covariance)
    variances, axes = variances.flip(0), axes.flip(1)
    rank = int((variances > _floor(items, variances)).sum())
    if n is None:
        n = rank
    if rank < max(n, 1):
        raise DimensionError(
            f"n must be at most {rank}, the directions in which {items.count} items of"
            f" {items.width} coordinates vary, got {n}: take fewer dimensions, or give more items"
        )
    matrix = axes[:, :n].T
    if whiten:
        matrix = matrix / variances[:n, None].sqrt()
    return Projection(matrix.float().contiguous(), mean.float())


def _moments(items: Items) -> tuple[Tensor, Tensor]:
    """Return mean and covariance, in two passes, so that the mean costs no precision."""
    mean = torch.zeros(items.width, dtype=torch.float64)
    for _, rows in chunks(items):
        mean += rows.sum(dim=0, dtype=torch.float64)
    mean /= items.count
    covariance = torch.zeros((items.width, items.width), dtype=torch.float64)
    for _, rows in chunks(items):
        centred = rows.double() - mean
        covariance.addmm_(centred.T, centred)
    return mean, covariance / max(items.count - 1, 1)


def _floor(items: Items, variances: Tensor) -> float:
    """Return the variance that rounding alone can cause in float32 items of length 1."""
    decomposition = max(items.count, items.width) * 2.3e-16 * float(variances[0])
    return max(decomposition, (8 * 1.2e-7) ** 2 / items.width)
