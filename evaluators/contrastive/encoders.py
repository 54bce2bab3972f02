"""The encoders of an image sweep by name: all seeds of a cell in one object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from evaluators.contrastive.batched_mlp import new_network
from evaluators.contrastive.batched_resnet import SHAPES, new_resnet


class Encoders(Protocol):
    """S encoders of one shape, each with a head whose outputs are contrasted."""

    def parameters(self) -> list[Tensor]:
        """Return every weight, each (S, …)."""

    def features(self, inputs: Tensor) -> Tensor:
        """Return (S, n, d), what is probed, for (S, n, pixels)."""

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return (S, n, h), what is contrasted, for (S, n, pixels)."""


def new_encoders(
    name: str,
    image: tuple[int, int, int],
    seeds: Sequence[int],
    *,
    sizes: Sequence[int],
    device: torch.device,
) -> Encoders:
    """Return encoders with fresh weights.

    Args:
        name: One of `ENCODER_NAMES`.
        image: Channels, height and width of an image.
        seeds: One an encoder.
        sizes: Of an MLP: hidden layers, features, outputs of the head.
        device: Where they live.
    """
    if name == "mlp":
        channels, height, width = image
        return new_network((channels * height * width, *sizes), seeds, device)
    return new_resnet(SHAPES[name], image, seeds, device)


def draws_whole_epochs(name: str) -> bool:
    """Say whether the views of an epoch are made at once: small images, for a small network."""
    return name == "mlp"
