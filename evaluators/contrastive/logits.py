"""Compute the similarities that a contrastive loss compares, from two views of a batch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from evaluators.errors import ScoreError


class Logits(NamedTuple):
    """Similarities that every loss is a function of.

    Attributes:
        positive: (..., R) similarity of each row with its partner, over the temperature.
        negative: (..., R, K) similarities of each row with its negatives.
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
        first: (..., B, d) features of the first views; leading dimensions are separate models.
        second: (..., B, d) features of the second views.
        temperature: τ > 0, divides the cosines.
        negative_temperature: τ of the negatives, where it differs from that of the positives.

    Returns:
        2B rows, 2B − 2 negatives each, in the features' dtype.

    Raises:
        ScoreError: For a batch of one (there is no negative), a temperature ≤ 0, features that
            are not finite or not two equal batches.
    """
    batch = checked(first, second, temperature, negative_temperature)
    views = normalize(torch.cat([first, second], dim=-2), dim=-1)
    cosines = views @ views.transpose(-1, -2)
    # Four squares, one for each pair of sides. The diagonals are the rows themselves and the
    # positives; dropping them by strides is several times faster than gathering.
    (own, across), (back, other) = (
        (half[..., :batch], half[..., batch:])
        for half in (cosines[..., :batch, :], cosines[..., batch:, :])
    )
    positive = torch.cat([across.diagonal(dim1=-2, dim2=-1), back.diagonal(dim1=-2, dim2=-1)], -1)
    negative = torch.cat(
        [
            torch.cat([_off_diagonal(own), _off_diagonal(across)], dim=-1),
            torch.cat([_off_diagonal(back), _off_diagonal(other)], dim=-1),
        ],
        dim=-2,
    )
    return Logits(positive / temperature, negative / (negative_temperature or temperature))


def _off_diagonal(square: Tensor) -> Tensor:
    """Return a square without its diagonal, (..., n, n − 1), in the same order."""
    *lead, n, _ = square.shape
    # In the flat square diagonal elements are n + 1 apart, the first at 0.
    flat = square.flatten(-2)[..., 1:].reshape(*lead, n - 1, n + 1)
    return flat[..., :-1].reshape(*lead, n, n - 1)


def one_way_logits(
    query: Tensor, key: Tensor, temperature: float, *, negative_temperature: float | None = None
) -> Logits:
    """Return logits of B queries, each against its own key and the B − 1 other keys (SimCSE).

    Args:
        query: (..., B, d) features.
        key: (..., B, d) features; row i belongs to query i.
        temperature: τ > 0.
        negative_temperature: τ of the negatives, where it differs.

    Raises:
        ScoreError: As in `two_view_logits`.
    """
    checked(query, key, temperature, negative_temperature)
    return block_logits(
        normalize(query, dim=-1),
        normalize(key, dim=-1),
        partner=0,
        temperature=temperature,
        negative_temperature=negative_temperature,
    )


def block_logits(
    rows: Tensor,
    candidates: Tensor,
    *,
    partner: int,
    temperature: float,
    itself: int | None = None,
    negative_temperature: float | None = None,
) -> Logits:
    """Return the logits of a block of consecutive rows against all candidates.

    Args:
        rows: (..., m, d), of length 1.
        candidates: (..., C, d), of length 1.
        partner: Row i's positive is candidate `partner + i`.
        temperature: τ.
        itself: Candidate `itself + i` is row i itself, so not a negative; None if rows are not
            candidates.
        negative_temperature: τ of the negatives, where it differs.
    """
    cosines = rows @ candidates.transpose(-1, -2)
    m, pieces, at = rows.shape[-2], [], 0
    for place in sorted([partner] if itself is None else [partner, itself]):
        square = cosines[..., place : place + m]
        pieces += [cosines[..., at:place], _off_diagonal(square)]
        at = place + m
    negative = torch.cat([*pieces, cosines[..., at:]], dim=-1)
    positive = cosines[..., partner : partner + m].diagonal(dim1=-2, dim2=-1)
    return Logits(positive / temperature, negative / (negative_temperature or temperature))


def checked(
    first: Tensor, second: Tensor, temperature: float, negative_temperature: float | None
) -> int:
    """Validate two views and temperatures of a contrastive loss; return the batch size.

    Raises:
        ScoreError: As `two_view_logits`.
    """
    for value in (temperature, negative_temperature):
        if value is not None and not value > 0:
            raise ScoreError(f"temperature must be above 0, got {value}")
    if first.shape != second.shape or first.ndim < 2:
        raise ScoreError(
            "two views of a batch must have one shape of at least 2 axes, got"
            f" {tuple(first.shape)} and {tuple(second.shape)}"
        )
    batch = first.shape[-2]
    if batch < 2:
        raise ScoreError(
            f"a batch must have at least 2 samples, got {batch}: contrastive losses need negatives"
        )
    if not bool(torch.isfinite(first).all() & torch.isfinite(second).all()):
        raise ScoreError("features hold NaN or infinity: the encoder has diverged")
    return int(batch)
