"""Losses on the cosine of two texts' vectors, and Sentence-BERT's, which looks at the vectors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy

SCALE = 20.0


def cosent(cosines: Tensor, labels: Tensor, scale: float = SCALE) -> Tensor:
    """Return log(1 + Σ exp λ(cos_j − cos_i)) over all i, j with label i above label j.

    Only the order counts: of the pairs in a batch, the more alike ones shall have the greater
    cosines.  Source: CoSENT, kexue.fm/archives/8847, λ = 20.

    Args:
        cosines: (n,) or (..., n).
        labels: As `cosines`; the greater, the more alike.
        scale: λ.
    """
    gaps = scale * (cosines[..., None, :] - cosines[..., :, None])
    ordered = labels[..., :, None] > labels[..., None, :]
    terms = gaps.masked_fill(~ordered, -torch.inf).flatten(-2)
    none = terms.new_zeros((*terms.shape[:-1], 1))
    return torch.cat([none, terms], dim=-1).logsumexp(dim=-1)


def linear_cosine(cosines: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of t(1 − cos) + (1 − t)(1 + cos): targets of 1 and −1 (8847, first try).

    Args:
        cosines: (..., n).
        labels: t, 0 or 1.
    """
    positive = labels.to(cosines.dtype)
    return (positive * (1 - cosines) + (1 - positive) * (1 + cosines)).mean(dim=-1)


def squared_cosine(cosines: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of t(1 − cos)² + (1 − t)cos²: targets of 1 and 0 (8847, second try).

    Args:
        cosines: (..., n).
        labels: t, 0 or 1.
    """
    positive = labels.to(cosines.dtype)
    return (positive * (1 - cosines) ** 2 + (1 - positive) * cosines**2).mean(dim=-1)


def sentence_bert(first: Tensor, second: Tensor, weight: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross-entropy of softmax(W[u; v; |u − v|]) (arXiv 1908.10084, section 3).

    Args:
        first: u, (n, d).
        second: v, (n, d).
        weight: W, (classes, 3d).
        labels: (n,).
    """
    return cross_entropy(features(first, second) @ weight.T, labels)


def features(first: Tensor, second: Tensor) -> Tensor:
    """Return [u; v; |u − v|]."""
    return torch.cat([first, second, (first - second).abs()], dim=-1)


def cosines_of(first: Tensor, second: Tensor) -> Tensor:
    """Return the cosine of each row of u with the same row of v; 0 where one is all zeros."""
    return cosine_similarity(first, second, dim=-1)


COSINE_LOSSES = {"cosent": cosent, "linear-cosine": linear_cosine, "squared-cosine": squared_cosine}
