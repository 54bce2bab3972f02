"""Many small networks trained as one: every weight has a leading dimension of models.

At small batches a step of one network is all overhead; eight of them cost hardly more than one.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import relu


class Layer(NamedTuple):
    """One layer of S networks.

    Attributes:
        weight: (S, inputs, outputs).
        bias: (S, 1, outputs).
    """

    weight: Tensor
    bias: Tensor


class Network(NamedTuple):
    """S networks: a backbone whose output is probed, and a head whose output is contrasted.

    Attributes:
        backbone: Layers with a rectifier between them.
        head: One more layer.
    """

    backbone: tuple[Layer, ...]
    head: Layer

    def parameters(self) -> list[Tensor]:
        """Return every weight and bias."""
        return [part for layer in (*self.backbone, self.head) for part in layer]

    def features(self, inputs: Tensor) -> Tensor:
        """Return (S, n, d): what is probed.

        Args:
            inputs: (S, n, pixels).
        """
        for place, layer in enumerate(self.backbone):
            inputs = torch.baddbmm(layer.bias, relu(inputs) if place else inputs, layer.weight)
        return inputs

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return (S, n, h): what the loss contrasts; `inputs` as for `features`."""
        return torch.baddbmm(self.head.bias, relu(self.features(inputs)), self.head.weight)


def new_network(sizes: Sequence[int], seeds: Sequence[int], device: torch.device) -> Network:
    """Return networks with fresh weights; a seed gives the same ones in any company.

    Args:
        sizes: Inputs, hidden layers, features, and last the outputs of the head.
        seeds: One a network.
        device: Where they live.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    layers = []
    for inputs, outputs in itertools.pairwise(sizes):
        # He's initialisation, for rectifiers.
        drawn = [torch.randn(inputs, outputs, generator=generator) for generator in generators]
        weight = (torch.stack(drawn) * (2 / inputs) ** 0.5).to(device).requires_grad_()
        bias = torch.zeros(len(seeds), 1, outputs, device=device).requires_grad_()
        layers.append(Layer(weight, bias))
    return Network(tuple(layers[:-1]), layers[-1])
