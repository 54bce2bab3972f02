"""The parts that models of S networks are made of, and the class that every such model extends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding, layer_norm


class Draw:
    """Random first weights: a network's depend on its own seed alone.

    Args:
        seeds: One for each of S networks; networks of one seed have the same first weights.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self.networks = len(seeds)
        distinct = list(dict.fromkeys(seeds))
        self._rows = torch.tensor([distinct.index(seed) for seed in seeds])
        self._generators = [torch.Generator().manual_seed(seed) for seed in distinct]

    def normal(self, *shape: int, deviation: float) -> nn.Parameter:
        """Return normal weights, (S, *shape)."""
        drawn = [torch.randn(*shape, generator=each) for each in self._generators]
        return nn.Parameter(deviation * torch.stack(drawn)[self._rows])

    def full(self, *shape: int, value: float) -> nn.Parameter:
        """Return equal weights, (S, *shape)."""
        return nn.Parameter(torch.full((self.networks, *shape), value))


class Linear(nn.Module):
    """S linear layers.

    Attributes:
        weight: (S, inputs, outputs).
        bias: (S, 1, outputs).
    """

    def __init__(self, draw: Draw, inputs: int, outputs: int, deviation: float) -> None:
        super().__init__()
        self.weight = draw.normal(inputs, outputs, deviation=deviation)
        self.bias = draw.full(1, outputs, value=0.0)

    def forward(self, states: Tensor) -> Tensor:
        """Return (S, …, outputs) for states (S, …, inputs)."""
        flat = states.flatten(1, -2)
        return torch.baddbmm(self.bias, flat, self.weight).view(*states.shape[:-1], -1)


class Norm(nn.Module):
    """S layer normalisations of (S, …, width).

    Attributes:
        gain: (S, width).
        bias: (S, width).
    """

    def __init__(self, draw: Draw, width: int) -> None:
        super().__init__()
        self.gain, self.bias = draw.full(width, value=1.0), draw.full(width, value=0.0)

    def forward(self, states: Tensor) -> Tensor:
        """Return the normalised states, of the same shape."""
        width = states.shape[-1]
        if len(states) == 1:
            return layer_norm(states, (width,), self.gain[0], self.bias[0])
        shape = (len(states), *[1] * (states.ndim - 2), width)
        normal = layer_norm(states, (width,))
        return torch.addcmul(self.bias.view(shape), normal, self.gain.view(shape))


class Embedding(nn.Module):
    """S tables of vectors.

    Attributes:
        weight: (S, tokens, width).
    """

    def __init__(self, draw: Draw, tokens: int, width: int, deviation: float) -> None:
        super().__init__()
        self.weight = draw.normal(tokens, width, deviation=deviation)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the vectors (S, …, width) of tokens (S, …)."""
        networks, size, width = self.weight.shape
        if networks == 1:
            return embedding(tokens, self.weight[0])
        offsets = size * torch.arange(networks, device=tokens.device)
        shifted = tokens + offsets.view(-1, *[1] * (tokens.ndim - 1))
        return embedding(shifted, self.weight.reshape(networks * size, width))

    def scores(self, states: Tensor) -> Tensor:
        """Return the products (S, n, tokens) of states (S, n, width) with all vectors."""
        return torch.bmm(states, self.weight.transpose(1, 2))


class LanguageModel(nn.Module):
    """S networks that turn tokens into logits; an author writes `states` and `logits`.

    Every parameter must be (S, …), with network s in row s and nothing between the rows: then the
    gradient of the sum of the losses is each network's own. A classifier of sequences makes one
    state of each sequence in `pooled`.
    """

    step = 0
    """Step of the training, from 0, which the loop sets: for what is drawn anew in each step."""

    def states(self, tokens: Tensor) -> Tensor:
        """Return the last states (S, B, T, width) of tokens (S, B, T)."""
        raise NotImplementedError

    def logits(self, states: Tensor) -> Tensor:
        """Return logits (S, n, outputs) of states (S, n, width)."""
        raise NotImplementedError

    def pooled(self, states: Tensor) -> Tensor:
        """Return the states that are asked where no places are given: all of them.

        A classifier returns one for each sequence, (S, B, width).
        """
        return states

    def forward(self, tokens: Tensor, places: Tensor | None = None) -> Tensor:
        """Return logits (S, B, M, outputs) at places (S, B, M), or of what is pooled.

        A head is most of a small model's work, and only places with a target need it.
        """
        states = self.states(tokens)
        if places is None:
            asked = self.pooled(states)
        else:
            asked = states.gather(2, places[..., None].expand(*places.shape, states.shape[-1]))
        return self.logits(asked.flatten(1, -2)).view(*asked.shape[:-1], -1)

    def __call__(self, tokens: Tensor, places: Tensor | None = None) -> Tensor:
        """Return logits, as `forward` does."""
        return cast(Tensor, super().__call__(tokens, places))
