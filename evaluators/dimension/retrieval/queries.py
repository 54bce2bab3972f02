"""Queries: an item with noise at a stated cosine, or vectors handed in with their own item."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.dimension.retrieval.items import Items, unit


class Queries(NamedTuple):
    """What is searched for.

    Attributes:
        vectors: Shape (Q, d), float32.
        own: Index of the item each query should find, shape (Q,), int64.
    """

    vectors: Tensor
    own: Tensor


def noisy_queries(items: Items, own: Tensor, rho: float, source: torch.Generator) -> Queries:
    """Return rho x + sqrt(1 - rho²) e for the items x at `own`.

    The noise e is a direction drawn uniformly from those orthogonal to x: a standard normal
    vector less its part along x, at length 1. So a query has length 1 and its cosine with its
    item is rho exactly, not on average.

    Args:
        items: The items.
        own: Which of them, shape (Q,), int64.
        rho: Cosine of query and item, 0 < rho < 1.
        source: Where the noise comes from.
    """
    item = items.take(own)
    drawn = torch.randn(item.shape, generator=source)
    orthogonal = drawn - (drawn * item).sum(dim=1, keepdim=True) * item
    return Queries(rho * item + math.sqrt(1 - rho * rho) * unit(orthogonal), own)
