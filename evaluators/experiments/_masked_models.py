"""S small transformers that predict masked tokens, trained together; Devlin et al. (2018)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.training_curve import TrainingCurve

HEADS = 2
EXPANSION = 4
"""Width of a feed-forward layer, over that of the states."""


class Layer(NamedTuple):
    """One layer of S transformers of width d; LayerNorm stands before each part.

    Attributes:
        attention: (S, d, 3d): queries, keys and values.
        output: (S, d, d).
        up: (S, d, 4d).
        up_bias: (S, 1, 4d).
        down: (S, 4d, d).
    """

    attention: Tensor
    output: Tensor
    up: Tensor
    up_bias: Tensor
    down: Tensor


class MaskedModels(NamedTuple):
    """S transformers for sequences of length T over V tokens; token V is the mask.

    Attributes:
        tokens: (S, V + 1, d).
        positions: (S, T, d).
        layers: Their layers.
        head: (S, d, V).
        head_bias: (S, 1, V).
    """

    tokens: Tensor
    positions: Tensor
    layers: tuple[Layer, ...]
    head: Tensor
    head_bias: Tensor

    @classmethod
    def drawn(
        cls, vocabulary: int, length: int, width: int, layers: int, seeds: Sequence[int]
    ) -> MaskedModels:
        """Return models of which each depends on its own seed only."""
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]

        def normal(spread: float, *shape: int) -> Tensor:
            drawn = [torch.randn(shape, generator=each) for each in generators]
            return (spread * torch.stack(drawn)).requires_grad_()

        narrow, wide = 1 / math.sqrt(width), EXPANSION * width
        return cls(
            normal(1.0, vocabulary + 1, width),
            normal(1.0, length, width),
            tuple(
                Layer(
                    normal(narrow, width, 3 * width),
                    normal(narrow / math.sqrt(layers), width, width),
                    normal(narrow, width, wide),
                    normal(0.0, 1, wide),
                    normal(1 / math.sqrt(wide * layers), wide, width),
                )
                for _ in range(layers)
            ),
            normal(narrow, width, vocabulary),
            normal(0.0, 1, vocabulary),
        )

    def parameters(self) -> list[Tensor]:
        """Return all weights."""
        inside = [part for layer in self.layers for part in layer]
        return [self.tokens, self.positions, *inside, self.head, self.head_bias]

    @property
    def mask(self) -> int:
        """The number of the mask."""
        return self.tokens.shape[1] - 1

    def __call__(self, sequences: Tensor) -> Tensor:
        """Return the logits at every place, (S, B, T, V), for sequences (S, B, T)."""
        models, batch, length = sequences.shape
        width = self.positions.shape[2]
        rows = sequences.reshape(models, -1, 1).expand(-1, -1, width)
        states = self.tokens.gather(1, rows).view(models, batch, length, width)
        states = (states + self.positions[:, None]).view(models, -1, width)
        for layer in self.layers:
            parts = torch.bmm(_normalised(states), layer.attention)
            heads = parts.view(models * batch, length, 3, HEADS, width // HEADS)
            queries, keys, values = heads.permute(2, 0, 3, 1, 4)
            seen = torch.nn.functional.scaled_dot_product_attention(queries, keys, values)
            seen = seen.transpose(1, 2).reshape(models, -1, width)
            states = states + torch.bmm(seen, layer.output)
            up = torch.baddbmm(layer.up_bias, _normalised(states), layer.up)
            states = states + torch.bmm(torch.nn.functional.gelu(up), layer.down)
        logits = torch.baddbmm(self.head_bias, _normalised(states), self.head)
        return logits.view(models, batch, length, -1)

    def conditionals(self, sequences: Tensor, place: int) -> Tensor:
        """Return log p(token at a place | the others), (S, B, V), for sequences (S, B, T)."""
        masked = sequences.clone()
        masked[:, :, place] = self.mask
        with torch.no_grad():
            logits: Tensor = self(masked)[:, :, place]
        return logits.double().log_softmax(dim=2)


def _normalised(states: Tensor) -> Tensor:
    return torch.nn.functional.layer_norm(states, states.shape[-1:])


def train(
    models: MaskedModels,
    draw: Callable[[int, Sequence[torch.Generator]], Tensor],
    seeds: Sequence[int],
    *,
    updates: int,
    batch: int,
    rate: float,
    hidden: float,
    report: Callable[[int, int], None] | None = None,
) -> TrainingCurve:
    """Train models on new sequences in every step, and return their losses in nats.

    Args:
        models: Changed in place.
        draw: Returns so many sequences of each source, (S, batch, T).
        seeds: Of sequences and masks.
        updates: Steps of training.
        batch: Sequences of a step.
        rate: Largest learning rate of Adam, which rises for a tenth of the steps, then falls to 0.
        hidden: Probability that a token is masked; in each sequence at least one is.
        report: Called with the steps done and all of them.
    """
    generators = [torch.Generator().manual_seed(seed + 1_000_003) for seed in seeds]
    optimiser = torch.optim.Adam(models.parameters(), lr=rate)
    curve = TrainingCurve(updates)
    for update in range(updates):
        if report and update % 100 == 0:
            report(update, updates)
        for group in optimiser.param_groups:
            group["lr"] = rate * min((update + 1) / (0.1 * updates), (1 - update / updates) / 0.9)
        sequences = draw(batch, generators)
        lots = torch.stack([torch.rand(sequences.shape[1:], generator=each) for each in generators])
        masked = (lots < hidden) | (lots == lots.amin(dim=2, keepdim=True))
        scores = models(torch.where(masked, models.mask, sequences)).log_softmax(dim=3)
        right = scores.gather(3, sequences[..., None])[..., 0]
        found = -(right * masked).sum(dim=(1, 2)) / masked.sum(dim=(1, 2))
        optimiser.zero_grad()
        torch.autograd.backward(found.sum())
        optimiser.step()
        curve.add(found)
    return curve
