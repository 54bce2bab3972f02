"""The micro experiment: how wrong is the gradient of one row, by loss, precision and gap?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from evaluators.contrastive.logits import Logits
from evaluators.contrastive.losses import DTYPES, LOSSES, loss_gradient
from evaluators.errors import ScoreError


class GradientError(NamedTuple):
    """One cell of the table.

    Attributes:
        loss: One of `LOSSES`.
        dtype: What its arithmetic ran in.
        gap: How far the positive logit lies above the middle of the negatives.
        mean: Mean over rows of |gradient / exact − 1|; 1 is a gradient of 0.
        largest: The largest of them.
        below_normal: Share of rows whose exact gradient is below the dtype's smallest normal
            number: there nothing can hold it, whatever the arithmetic.
    """

    loss: str
    dtype: str
    gap: float
    mean: float
    largest: float
    below_normal: float


def gradient_errors(
    gaps: Sequence[float],
    *,
    losses: Sequence[str] = tuple(LOSSES),
    dtypes: Sequence[str] = tuple(DTYPES),
    negatives: int = 8,
    rows: int = 1000,
    spread: float = 1.0,
    seed: int = 0,
    device: str | torch.device = "cpu",
) -> tuple[GradientError, ...]:
    """Measure the gradient for the positive logit against float64, row by row.

    The logits are first rounded to the dtype and the exact gradient is that of the rounded ones,
    so that what is measured is the arithmetic of the loss and not the storage of its input.

    Args:
        gaps: Distances of the positive logit from the middle of the negatives.
        losses: Names of losses.
        dtypes: Names of number formats.
        negatives: K.
        rows: How many rows of random logits.
        spread: Standard deviation of the negatives.
        seed: Of the negatives.
        device: Whose arithmetic is measured; the logits are drawn on the CPU, so the same for all.

    Raises:
        ScoreError: No negatives, or an unknown loss.
    """
    if negatives < 1:
        raise ScoreError(f"{negatives} negatives: a contrastive loss needs 1 or more")
    generator = torch.Generator().manual_seed(seed)
    noise = spread * torch.randn(rows, negatives, generator=generator, dtype=torch.float64)
    found = []
    for dtype in dtypes:
        held = noise.to(DTYPES[dtype]).double().to(device)
        smallest = torch.finfo(DTYPES[dtype]).tiny
        for gap in gaps:
            positive = torch.full((rows,), float(gap), device=device).to(DTYPES[dtype]).double()
            logits = Logits(positive, held)
            for loss in losses:
                exact = loss_gradient(logits, loss, torch.float64)
                got = loss_gradient(logits, loss, DTYPES[dtype]).double()
                off = (got / exact - 1).abs()
                found.append(
                    GradientError(
                        loss,
                        dtype,
                        float(gap),
                        mean=float(off.mean()),
                        largest=float(off.max()),
                        below_normal=float((exact.abs() < smallest).double().mean()),
                    )
                )
    return tuple(found)
