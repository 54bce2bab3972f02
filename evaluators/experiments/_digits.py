"""Train small networks on handwritten digits by the methods of CLUE tasks.

The networks of all seeds are one model: a step of many small networks costs little more than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

from evaluators.progress import Report
from evaluators.training_curve import TrainingCurve

if TYPE_CHECKING:
    from evaluators.trainer.training.model import Batch, Method


class Networks(nn.Module):
    """One small network per seed; a seed's network does not depend on the other seeds.

    Args:
        widths: Inputs, hidden layers, classes; ReLU and dropout are between the layers.
        seeds: Seeds of first weights and dropout masks, one for each network.
        dropout: Dropout rate after every hidden layer.
    """

    def __init__(self, widths: Sequence[int], seeds: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        # Of each seed, (seeds,), by every call of `loss`: a method may call it more than once.
        self.losses: list[Tensor] = []
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        pairs = list(pairwise(widths))
        self.layers = nn.ParameterList([self._normal(*pair) for pair in pairs[:-1]])
        self.layer_biases = nn.ParameterList([self._zeros(outputs) for _, outputs in pairs[:-1]])
        self.classes = nn.Parameter(self._normal(*pairs[-1]))
        self.bias = nn.Parameter(self._zeros(pairs[-1][1]))

    def _normal(self, inputs: int, outputs: int) -> Tensor:
        each = [torch.randn(inputs, outputs, generator=draws) for draws in self.generators]
        return cast(Tensor, torch.stack(each) * (2 / inputs) ** 0.5)

    def _zeros(self, outputs: int) -> Tensor:
        return torch.zeros(len(self.generators), 1, outputs)

    def new_classes(self, count: int) -> None:
        """Replace the last layer by a new one."""
        self.classes = nn.Parameter(self._normal(self.classes.shape[1], count))
        self.bias = nn.Parameter(self._zeros(count))

    def forward(self, batch: Batch) -> Tensor:
        """Return logits (seeds, n, classes) of `inputs` (seeds, n, width)."""
        states = batch["inputs"]
        for weights, bias in zip(self.layers, self.layer_biases, strict=True):
            states = self._dropped(torch.relu(torch.baddbmm(bias, states, weights)))
        return torch.baddbmm(self.bias, states, self.classes)

    def _dropped(self, states: Tensor) -> Tensor:
        if not self.training or self.dropout == 0:
            return states
        masks = [torch.rand(states.shape[1:], generator=draws) for draws in self.generators]
        return states * (torch.stack(masks) >= self.dropout) / (1 - self.dropout)

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean cross-entropy over all rows of all seeds."""
        with torch.no_grad():
            rows = cross_entropy(logits.flatten(0, 1), batch["labels"].flatten(), reduction="none")
            self.losses.append(rows.view(batch["labels"].shape).mean(dim=1))
        return cross_entropy(logits.flatten(0, 1), batch["labels"].flatten())

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return log probabilities, (seeds · n, classes)."""
        return log_softmax(logits.flatten(0, 1), dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the likeliest class of each row, seed by seed."""
        return [int(label) for label in logits.argmax(dim=-1).flatten()]


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
        """All rows as one batch."""
        return {"inputs": self.inputs, "labels": self.labels}

    def at(self, positions: Tensor) -> Batch:
        """Return the rows at these positions, shape (seeds, rows)."""
        seeds = torch.arange(len(self.labels))[:, None]
        return {"inputs": self.inputs[seeds, positions], "labels": self.labels[seeds, positions]}


def draw_rows(
    seeds: Sequence[int], labelled: int, *, among: Sequence[int] = tuple(range(10))
) -> tuple[Rows, Rows]:
    """Return a training and a test set of each seed, of the digits in `among`."""
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    chosen = np.isin(digits, among)
    images, labels = images[chosen] / 16, np.searchsorted(among, digits[chosen])
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
) -> TrainingCurve:
    """Train all seeds at once by a method, switch dropout off, and return the losses of each seed.

    The losses are cross-entropies, without what a method adds to them, so that the curves of all
    methods mean the same.

    Args:
        model: One network per seed.
        method: Training method; its masks are drawn for all seeds together.
        rows: The training set.
        seeds: Seeds of the order of the rows.
        epochs: Number of epochs.
        batch: Rows per step; a smaller last batch is left out.
        rate: Learning rate of Adam.
        report: Called with the epochs done and all of them.
    """
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    draws = torch.Generator().manual_seed(seeds[0])
    orders = [torch.Generator().manual_seed(seed) for seed in seeds]
    model.train()
    # `prepare` takes one order from each generator, so that training starts with the next one.
    method.prepare(model, _batches(rows, orders, batch))
    curve = TrainingCurve(epochs * (len(rows) // batch))
    for epoch in range(epochs):
        for piece in _batches(rows, orders, batch):
            model.losses.clear()
            optimiser.zero_grad()
            method.loss(model, piece).backward()  # type: ignore[no-untyped-call]
            method.edit_gradients(model, draws)
            optimiser.step()
            method.edit_update(model, draws)
            curve.add(torch.stack(model.losses).mean(dim=0))
        if report is not None:
            report(epoch + 1, epochs)
    model.eval()
    return curve


def _batches(rows: Rows, orders: Sequence[torch.Generator], size: int) -> Iterator[Batch]:
    order = torch.stack([torch.randperm(len(rows), generator=draws) for draws in orders])
    for start in range(0, len(rows) - size + 1, size):
        yield rows.at(order[:, start : start + size])


@torch.no_grad()
def accuracies(scores: Tensor, rows: Rows) -> Tensor:
    """Return the share of right answers of each seed.

    Args:
        scores: Scores of each class, shape (seeds, n, classes).
        rows: The rows that were classified.
    """
    shares: Tensor = (scores.argmax(dim=-1) == rows.labels).double().mean(dim=1)
    return shares
