"""One cell of experiment E1: what is measured on random unit vectors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SyntheticCell:
    """What to measure.

    Attributes:
        items: N, from 2.
        rho: Cosine of a query and its item.
        projection: `gaussian`, `pca` or `whitening`.
        d: Dimensions before the projection.
        queries: Queries of a replicate, N at most.
        replicates: Independent draws of items, noise and projection. Queries of one replicate
            share its items and projection, so intervals rest on the replicates alone.
        dims: Numbers of dimensions, rising; None: where recall is predicted to rise.
        seed: What everything random comes from.
    """

    items: int
    rho: float
    projection: str = "gaussian"
    d: int = 1024
    queries: int = 1000
    replicates: int = 16
    dims: tuple[int, ...] | None = None
    seed: int = 0
