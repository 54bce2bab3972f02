"""From two views of a batch to the similarities a contrastive loss compares."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from evaluators.errors import ScoreError


class Logits(NamedTuple):
    """What every loss here is a function of.

    Attributes:
        positive: (..., R): similarity of each row with its partner, over the temperature.
        negative: (..., R, K): similarities with what it is told apart from.
    """

    positive: Tensor
    negative: Tensor


def two_view_logits(
    first: Tensor, second: Tensor, temperature: float, *, negative_temperature: float | None = None
) -> Logits:
    """Return NT-Xent's logits (SimCLR, arXiv 2002.05709, equation 1).

    Each of the 2B views is a row: its partner is the positive, the 2B − 2 views of the other
    samples are the negatives.

    Args:
        first: (..., B, d) features of the first views; leading dimensions are models of their own.
        second: (..., B, d) features of the second views.
        temperature: τ > 0, divides the cosines.
        negative_temperature: τ of the negatives alone, where it is decoupled from the positives'.

    Returns:
        2B rows, 2B − 2 negatives each, in the features' dtype.

    Raises:
        ScoreError: For a batch of one (there is no negative), a temperature ≤ 0, features that
            are not finite or not two equal batches.
    """
    batch = _checked(first, second, temperature, negative_temperature)
    views = normalize(torch.cat([first, second], dim=-2), dim=-1)
    cosines = views @ views.transpose(-1, -2)
    rows = torch.arange(2 * batch, device=first.device)
    partner = (rows + batch) % (2 * batch)
    positive = cosines[..., rows, partner]
    others = _others(2 * batch, rows, partner)
    negative = cosines.gather(-1, others.expand(*cosines.shape[:-1], -1))
    return Logits(positive / temperature, negative / (negative_temperature or temperature))


def one_way_logits(
    query: Tensor, key: Tensor, temperature: float, *, negative_temperature: float | None = None
) -> Logits:
    """Return logits of B queries, each against its own key and the B − 1 other keys (SimCSE).

    Args:
        query: (..., B, d) features.
        key: (..., B, d) features; row i belongs to query i.
        temperature: τ > 0.
        negative_temperature: τ of the negatives alone.

    Raises:
        ScoreError: As `two_view_logits`.
    """
    batch = _checked(query, key, temperature, negative_temperature)
    cosines = normalize(query, dim=-1) @ normalize(key, dim=-1).transpose(-1, -2)
    rows = torch.arange(batch, device=query.device)
    others = _others(batch, rows, rows)
    negative = cosines.gather(-1, others.expand(*cosines.shape[:-1], -1))
    positive = cosines.diagonal(dim1=-2, dim2=-1)
    return Logits(positive / temperature, negative / (negative_temperature or temperature))


def _others(size: int, rows: Tensor, partner: Tensor) -> Tensor:
    """Return (size, K): the columns of each row that are neither itself nor its partner."""
    free = torch.ones(size, size, dtype=torch.bool, device=rows.device)
    free[rows, rows] = False
    free[rows, partner] = False
    return free.nonzero()[:, 1].reshape(size, -1)


def _checked(
    first: Tensor, second: Tensor, temperature: float, negative_temperature: float | None
) -> int:
    for value in (temperature, negative_temperature):
        if value is not None and not value > 0:
            raise ScoreError(f"temperature is {value}: it divides the cosines and must be above 0")
    if first.shape != second.shape or first.ndim < 2:
        raise ScoreError(
            f"views of shapes {tuple(first.shape)} and {tuple(second.shape)} are not two views of"
            " one batch"
        )
    batch = first.shape[-2]
    if batch < 2:
        raise ScoreError(
            f"a batch of {batch} has no negatives: contrastive losses need 2 samples or more"
        )
    if not bool(torch.isfinite(first).all() & torch.isfinite(second).all()):
        raise ScoreError("features hold NaN or infinity: the encoder has diverged")
    return int(batch)
