"""Several small networks, one a seed, as one model that methods of training can be used on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

if TYPE_CHECKING:
    from evaluators.clue.training.model import Batch


class Networks(nn.Module):
    """Layers with ReLU and dropout between them; a seed's network never sees another seed's.

    Args:
        widths: Inputs, hidden layers, classes.
        seeds: One network each: of its first weights and its dropout masks.
        dropout: Rate after every hidden layer.
    """

    def __init__(self, widths: Sequence[int], seeds: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.dropout = dropout
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        pairs = list(pairwise(widths))
        self.layers = nn.ParameterList([self._drawn(*pair) for pair in pairs[:-1]])
        self.layer_biases = nn.ParameterList([self._noughts(out) for _, out in pairs[:-1]])
        self.classes = nn.Parameter(self._drawn(*pairs[-1]))
        self.bias = nn.Parameter(self._noughts(pairs[-1][1]))

    def _drawn(self, inputs: int, outputs: int) -> Tensor:
        each = [torch.randn(inputs, outputs, generator=draws) for draws in self.generators]
        return cast(Tensor, torch.stack(each) * (2 / inputs) ** 0.5)

    def _noughts(self, outputs: int) -> Tensor:
        return torch.zeros(len(self.generators), 1, outputs)

    def new_classes(self, count: int) -> None:
        """Put a fresh last layer in place of the old one."""
        self.classes = nn.Parameter(self._drawn(self.classes.shape[1], count))
        self.bias = nn.Parameter(self._noughts(count))

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
        return cross_entropy(logits.flatten(0, 1), batch["labels"].flatten())

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return (seeds · n, classes)."""
        return log_softmax(logits.flatten(0, 1), dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return the likeliest class of each row, seed by seed."""
        return [int(label) for label in logits.argmax(dim=-1).flatten()]
