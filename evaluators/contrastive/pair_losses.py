"""Losses of labelled pairs: of cosines, of classes, and of a similarity matrix.

CoSENT compares pairs of a batch with each other; Sentence-BERT classifies one pair; the direct
losses push a cosine to a target; RoFormer-Sim distils the similarities of a teacher.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy, normalize

SCALE = 20.0


def cosent(cosines: Tensor, labels: Tensor, scale: float = SCALE) -> Tensor:
    """Return log(1 + Σ exp λ(cos_j − cos_i)) over all i, j with label i above label j.

    Only the order of the cosines in a batch counts: more similar pairs should have greater ones.
    Source: CoSENT, kexue.fm/archives/8847, λ = 20.

    Args:
        cosines: (n,) or (..., n).
        labels: Same shape as `cosines`; the greater, the more similar.
        scale: λ.
    """
    gaps = scale * (cosines[..., None, :] - cosines[..., :, None])
    ordered = labels[..., :, None] > labels[..., None, :]
    terms = gaps.masked_fill(~ordered, -torch.inf).flatten(-2)
    none = terms.new_zeros((*terms.shape[:-1], 1))
    return torch.cat([none, terms], dim=-1).logsumexp(dim=-1)


def linear_cosine(cosines: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of t(1 − cos) + (1 − t)(1 + cos), with targets of 1 and −1.

    Source: kexue.fm/archives/8847, the first loss tried there.

    Args:
        cosines: (..., n).
        labels: t, 0 or 1.
    """
    positive = labels.to(cosines.dtype)
    return (positive * (1 - cosines) + (1 - positive) * (1 + cosines)).mean(dim=-1)


def squared_cosine(cosines: Tensor, labels: Tensor) -> Tensor:
    """Return the mean of t(1 − cos)² + (1 − t)cos², with targets of 1 and 0.

    Source: kexue.fm/archives/8847, the second loss tried there.

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


DISTILLATION_SCALE = 100.0


def similarity_distillation(
    student: Tensor, teacher: Tensor, scale: float = DISTILLATION_SCALE
) -> Tensor:
    """Return λ / n² Σ_ij (cos(u_i, u_j) − cos(v_i, v_j))².

    Source: RoFormer-Sim, kexue.fm/archives/8454, λ = 100.

    Args:
        student: u, (..., n, d).
        teacher: v, (..., n, any width).
        scale: λ.
    """
    gram = [
        side @ side.transpose(-1, -2)
        for side in (normalize(student, dim=-1), normalize(teacher, dim=-1))
    ]
    return scale * (gram[0] - gram[1]).square().mean(dim=(-2, -1))


def masked_classes(logits: Tensor, labels: Tensor, allowed: Tensor) -> Tensor:
    """Return the mean cross-entropy over the classes that belong to each example's task.

    One head serves several label sets: classes of other tasks have no probability.
    Source: RoFormer-Sim-FT, kexue.fm/archives/8541.

    Args:
        logits: (n, classes of all tasks).
        labels: (n,), each one of its own task's classes.
        allowed: (n, classes), whether a class belongs to the example's task.
    """
    return cross_entropy(logits.masked_fill(~allowed, -torch.inf), labels)
