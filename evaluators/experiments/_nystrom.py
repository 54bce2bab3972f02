"""Attention by landmarks, and what it is compared with.

Queries, keys and values are (..., n, d). Landmarks are the means of m equally long segments. See
Xiong and others 2021, arXiv:2102.03902.
"""

from __future__ import annotations

import torch
from torch import Tensor

PUBLISHED_ITERATIONS = 6


def scaled(queries: Tensor, keys: Tensor) -> Tensor:
    """Return the attention of each query to each key, rows of which add up to 1, (..., n, m)."""
    weights: Tensor = (queries @ keys.mT * queries.shape[-1] ** -0.5).softmax(dim=-1)
    return weights


def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Return the outputs of softmax attention, (..., n, d)."""
    return scaled(queries, keys) @ values


def attend_near(queries: Tensor, keys: Tensor, values: Tensor, *, width: int) -> Tensor:
    """Return the outputs of attention to the positions that are nearest, (..., n, d).

    Args:
        queries: (..., n, d).
        keys: (..., n, d).
        values: (..., n, d).
        width: How many positions a query sees: its own, `width // 2` before it, and the rest
            after it.
    """
    place = torch.arange(keys.shape[-2], device=keys.device)
    away = place - place[:, None]
    seen = (away >= -(width // 2)) & (away < width - width // 2)
    logits = queries @ keys.mT * queries.shape[-1] ** -0.5
    outputs: Tensor = logits.masked_fill(~seen, float("-inf")).softmax(dim=-1) @ values
    return outputs


def attend_linearly(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Return the outputs of linear attention with elu + 1 (arXiv:2006.16236), (..., n, d)."""
    from torch.nn.functional import elu

    queries, keys = elu(queries) + 1, elu(keys) + 1
    total = queries @ keys.sum(dim=-2, keepdim=True).mT
    outputs: Tensor = queries @ (keys.mT @ values) / total
    return outputs


def segment_means(states: Tensor, landmarks: int) -> Tensor:
    """Return the means of m segments of equal length, (..., m, d).

    Raises:
        ValueError: The length is no multiple of the number of landmarks.
    """
    length = states.shape[-2]
    if length % landmarks:
        raise ValueError(
            f"landmarks must divide the sequence of {length} positions, got {landmarks}"
        )
    segments = states.reshape(*states.shape[:-2], landmarks, length // landmarks, -1)
    means: Tensor = segments.mean(dim=-2)
    return means


def iterated_inverse(matrix: Tensor, iterations: int, *, begin: Tensor | None = None) -> Tensor:
    """Return what Newton-like steps of third order make of the pseudo-inverse, (..., m, m).

    Z ← ¼ Z (13 I − AZ (15 I − AZ (7 I − AZ))), from Aᵀ / (‖A‖₁ ‖A‖∞).

    Args:
        matrix: A, (..., m, m), with rows of positive numbers that add up to 1, so that ‖A‖∞ = 1.
        iterations: Number of steps.
        begin: Z to begin with, as where earlier steps ended; the authors' code takes the largest
            ‖A‖₁ of a batch for all of its matrices.
    """
    inverse = matrix.mT / matrix.sum(dim=-2).amax(dim=-1)[..., None, None]
    if begin is not None:
        inverse = begin
    one = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    for _ in range(iterations):
        product = matrix @ inverse
        inner = 15 * one - product @ (7 * one - product)
        inverse = 0.25 * inverse @ (13 * one - product @ inner)
    return inverse


def landmark_attention(queries: Tensor, keys: Tensor, *, landmarks: int) -> Tensor:
    """Return the attention of landmarks to landmarks, whose inverse is needed, (..., m, m)."""
    return scaled(segment_means(queries, landmarks), segment_means(keys, landmarks))


def attend_by_landmarks(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    *,
    landmarks: int,
    iterations: int = PUBLISHED_ITERATIONS,
    inverse: Tensor | None = None,
) -> Tensor:
    """Return the outputs of Nyström attention, (..., n, d).

    softmax(QK̃ᵀ) softmax(Q̃K̃ᵀ)† softmax(Q̃Kᵀ) V, each divided by √d before softmax. The published
    convolution of V is no part of it.

    Args:
        queries: (..., n, d).
        keys: (..., n, d).
        values: (..., n, d).
        landmarks: m, which divides n.
        iterations: Steps towards the pseudo-inverse.
        inverse: The inverse of `landmark_attention`, in place of steps, (..., m, m).
    """
    near_queries, near_keys = segment_means(queries, landmarks), segment_means(keys, landmarks)
    if inverse is None:
        inverse = iterated_inverse(scaled(near_queries, near_keys), iterations)
    outputs: Tensor = scaled(queries, near_keys) @ (inverse @ attend(near_queries, keys, values))
    return outputs


def relative_errors(found: Tensor, exact: Tensor) -> Tensor:
    """Return ‖found − exact‖ / ‖exact‖ over the last two dimensions, (...)."""
    away = torch.linalg.matrix_norm(found - exact)
    errors: Tensor = away / torch.linalg.matrix_norm(exact)
    return errors
