"""What the made-up worlds of sentence vectors share: whitening, scores and batches of S worlds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from evaluators.contrastive.logits import two_view_logits
from evaluators.contrastive.losses import infonce_log1p
from evaluators.sts.spearman import spearman
from evaluators.sts.whitening import fit_whitening

TEMPERATURE = 1 / 20
"""Of SimCSE as the author trains it: cosines times 20."""


def correlations(first: Tensor, second: Tensor, gold: Tensor) -> list[float]:
    """Return Spearman's correlation of the cosine with the gold, for each world.

    Args:
        first: (S, n, d).
        second: (S, n, d).
        gold: (S, n).
    """
    cosines = cosine_similarity(first.double(), second.double(), dim=-1).numpy()
    rows = zip(cosines, gold.double().numpy(), strict=True)
    return [float(spearman(scores, golds)) for scores, golds in rows]


def whitened(vectors: Sequence[Tensor], fit: Tensor) -> list[Tensor]:
    """Return vectors of S worlds whitened in all dimensions, each world by itself.

    Args:
        vectors: Each (S, n, d).
        fit: (S, m, d), what the whitening is fitted on.
    """
    fitted = [fit_whitening(each.numpy(), np.ones(len(each), dtype=np.intp)) for each in fit]
    return [
        torch.stack(
            [torch.from_numpy(one(each.numpy())) for one, each in zip(fitted, part, strict=True)]
        )
        for part in vectors
    ]


def simcse_loss(first: Tensor, second: Tensor) -> Tensor:
    """Return the loss of two views of a batch for each world, (S,): every other row is a negative.

    Args:
        first: (S, n, d).
        second: (S, n, d), under other dropout.
    """
    return infonce_log1p(two_view_logits(first, second, TEMPERATURE)).mean(dim=-1)


def batches(
    count: int, size: int, epochs: int, generators: Sequence[torch.Generator]
) -> Iterator[tuple[int, Tensor]]:
    """Yield the epoch from 1 on and the chosen rows of each batch, (S, size); the rest is left out.

    Args:
        count: Rows of each world.
        size: Rows of a batch.
        epochs: Number of epochs.
        generators: One for each world; they draw the orders.
    """
    for epoch in range(1, epochs + 1):
        order = torch.stack([torch.randperm(count, generator=each) for each in generators])
        for start in range(0, count - size + 1, size):
            yield epoch, order[:, start : start + size]


def rows_of(table: Tensor, chosen: Tensor) -> Tensor:
    """Return the chosen rows of each world's table, (S, size, …)."""
    return table[torch.arange(len(table))[:, None], chosen]


def dropped(values: Tensor, rate: float, generators: Sequence[torch.Generator]) -> Tensor:
    """Return values (S, …) with dropout whose masks each world draws by itself."""
    kept = [
        torch.rand(values.shape[1:], generator=each).ge(rate).to(values.dtype)
        for each in generators
    ]
    return values * torch.stack(kept) / (1 - rate)
