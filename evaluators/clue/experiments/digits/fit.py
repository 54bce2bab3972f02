"""Training of small networks: Adam, each seed in an order of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from evaluators.clue.experiments.digits.networks import Networks
    from evaluators.clue.training.model import Batch, Method

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Rows:
    """Images and labels of every seed.

    Attributes:
        inputs: Shape (seeds, n, 64), in 0 to 1.
        labels: Shape (seeds, n).
    """

    inputs: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return self.labels.shape[1]

    @property
    def batch(self) -> Batch:
        """All of them."""
        return {"inputs": self.inputs, "labels": self.labels}

    def at(self, positions: Tensor) -> Batch:
        """Return the rows at these positions, shape (seeds, rows)."""
        seeds = torch.arange(len(self.labels))[:, None]
        return {"inputs": self.inputs[seeds, positions], "labels": self.labels[seeds, positions]}


def drawn(
    seeds: Sequence[int], labelled: int, *, among: Sequence[int] = tuple(range(10))
) -> tuple[Rows, Rows]:
    """Return a training and a test set of each seed, of the digits in `among`."""
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    kept = np.isin(digits, among)
    images, labels = images[kept] / 16, np.searchsorted(among, digits[kept])
    orders = np.stack([np.random.default_rng(seed).permutation(len(images)) for seed in seeds])
    train, test = orders[:, :labelled], orders[:, labelled:]
    inputs, truth = torch.tensor(images, dtype=torch.float32), torch.tensor(labels)
    return Rows(inputs[train], truth[train]), Rows(inputs[test], truth[test])


def fit(
    model: Networks,
    method: Method,
    rows: Rows,
    *,
    seeds: Sequence[int],
    epochs: int,
    batch: int,
    rate: float,
    report: Report | None = None,
) -> None:
    """Train by a method, all seeds at once, and leave dropout off.

    Args:
        model: One network a seed.
        method: How; its masks are drawn for all seeds together.
        rows: The training set.
        seeds: Of the order of the rows.
        epochs: How often each row is seen.
        batch: Rows a step; a last batch that is smaller is left out.
        rate: Adam's.
        report: Called with the epochs done and all of them.
    """
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    draws = torch.Generator().manual_seed(seeds[0])
    orders = [torch.Generator().manual_seed(seed) for seed in seeds]
    model.train()
    method.prepare(model, _batches(rows, orders, batch))
    for epoch in range(epochs):
        for piece in _batches(rows, orders, batch):
            optimiser.zero_grad()
            method.loss(model, piece).backward()  # type: ignore[no-untyped-call]
            method.edit_gradients(model, draws)
            optimiser.step()
            method.edit_update(model, draws)
        if report is not None:
            report(epoch + 1, epochs)
    model.eval()


def _batches(rows: Rows, orders: Sequence[torch.Generator], size: int) -> Iterator[Batch]:
    order = torch.stack([torch.randperm(len(rows), generator=draws) for draws in orders])
    for start in range(0, len(rows) - size + 1, size):
        yield rows.at(order[:, start : start + size])


@torch.no_grad()
def right(scores: Tensor, rows: Rows) -> Tensor:
    """Return the share of right answers of each seed.

    Args:
        scores: Of each class, shape (seeds, n, classes).
        rows: What they are of.
    """
    found: Tensor = (scores.argmax(dim=-1) == rows.labels).double().mean(dim=1)
    return found
