"""S character models with gated recurrent units (Cho et al. 2014), trained together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.training_curve import TrainingCurve


class RecurrentModels(NamedTuple):
    """Weights of S models of n characters and width h; every text begins with the state 0.

    Attributes:
        inputs: (S, n, 3h): what a character adds to the gates for reset and update and to the new
            state.
        states: (S, h, 3h): what the state adds to them.
        bias: (S, 1, h): of the state's part in the new state.
        outputs: (S, h, n).
        output_bias: (S, 1, n).
    """

    inputs: Tensor
    states: Tensor
    bias: Tensor
    outputs: Tensor
    output_bias: Tensor

    @classmethod
    def drawn(cls, size: int, hidden: int, seeds: Sequence[int]) -> RecurrentModels:
        """Return models of which each depends on its own seed only."""
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        spread = 1 / math.sqrt(hidden)

        def uniform(*shape: int) -> Tensor:
            drawn = [torch.rand(shape, generator=each) for each in generators]
            return (spread * (2 * torch.stack(drawn) - 1)).requires_grad_()

        return cls(
            uniform(size, 3 * hidden),
            uniform(hidden, 3 * hidden),
            uniform(1, hidden),
            uniform(hidden, size),
            uniform(1, size),
        )

    def start(self, texts: int) -> Tensor:
        """Return the states before the first character, (S, texts, h)."""
        models, hidden, _ = self.states.shape
        return torch.zeros(models, texts, hidden)

    def step(self, characters: Tensor, before: Tensor) -> Tensor:
        """Return the states after one more character of each text.

        Args:
            characters: (S, texts).
            before: (S, texts, h).
        """
        width = self.inputs.shape[2]
        rows = characters[..., None].expand(-1, -1, width)
        reset, update, new = self.inputs.gather(1, rows).chunk(3, dim=2)
        gates = torch.bmm(before, self.states)
        more_reset, more_update, more_new = gates.chunk(3, dim=2)
        kept = torch.sigmoid(update + more_update)
        fresh = torch.tanh(new + torch.sigmoid(reset + more_reset) * (more_new + self.bias))
        return kept * before + (1 - kept) * fresh

    def logits(self, states: Tensor) -> Tensor:
        """Return the logits of the next character, (S, texts, n)."""
        return torch.baddbmm(self.output_bias, states, self.outputs)

    def alone(self, model: int) -> RecurrentModels:
        """Return one model, without gradients."""
        return RecurrentModels(*(part[model : model + 1].detach() for part in self))


def losses(models: RecurrentModels, texts: Tensor) -> Tensor:
    """Return the mean loss of each model in nats a character, (S,), for texts (S, B, length)."""
    states = models.start(texts.shape[1])
    told = []
    for at in range(texts.shape[2] - 1):
        states = models.step(texts[:, :, at], states)
        told.append(models.logits(states))
    scores = torch.stack(told, dim=2).log_softmax(dim=3)
    right = scores.gather(3, texts[:, :, 1:, None])
    return -right.mean(dim=(1, 2, 3))


def train(
    text: Sequence[Tensor],
    size: int,
    seeds: Sequence[int],
    *,
    hidden: int,
    updates: int,
    batch: int,
    length: int,
    rate: float,
) -> tuple[RecurrentModels, TrainingCurve]:
    """Return models trained on pieces of text from random places, and their losses.

    Args:
        text: What each model reads, (characters,).
        size: Number of characters n.
        seeds: Of weights and places.
        hidden: Width of the state.
        updates: Steps of training.
        batch: Pieces of an update.
        length: Characters that are predicted in a piece.
        rate: Largest learning rate of Adam, which falls to 0 in a straight line.
    """
    models, curve = RecurrentModels.drawn(size, hidden, seeds), TrainingCurve(updates)
    generators = [torch.Generator().manual_seed(seed + 1_000_003) for seed in seeds]
    optimiser = torch.optim.Adam(models, lr=rate)
    for update in range(updates):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - update / updates)
        found = losses(models, draw_pieces(text, batch, length, generators))
        optimiser.zero_grad()
        torch.autograd.backward(found.sum())
        optimiser.step()
        curve.add(found)
    return models, curve


def draw_pieces(
    text: Sequence[Tensor], batch: int, length: int, generators: Sequence[torch.Generator]
) -> Tensor:
    """Return pieces of each text from random places, (S, batch, length + 1)."""
    drawn = []
    for each, generator in zip(text, generators, strict=True):
        starts = torch.randint(len(each) - length, (batch, 1), generator=generator)
        drawn.append(each[starts + torch.arange(length + 1)])
    return torch.stack(drawn)
