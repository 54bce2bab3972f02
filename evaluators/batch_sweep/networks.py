"""The encoders of an image sweep by name: many small networks trained as one.

Every weight has a leading dimension of S networks: at small batches a step of one network is all
overhead, and eight of them cost hardly more than one.

S residual networks are one network with S groups: a batch of n images each lies as n images of S·C
channels, every convolution is grouped, and so is every norm. The norm is GroupNorm (arXiv
1803.08494), which looks at one image at a time. BatchNorm would mix the samples of a batch: it
tells the positive by the batch's statistics, makes the network itself depend on the batch size,
which is what a sweep varies, and forbids putting a batch together from chunks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn.functional import conv2d, group_norm, relu


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
    """Return whether all views of an epoch are made at once: small images, for a small network."""
    return name == "mlp"


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


GROUP = 8
"""Channels that one norm's group spans."""

AT_ONCE = 512
"""Images of each network that go through without a graph at once."""


class Shape(NamedTuple):
    """What a residual network is made of; in all of them the stem is a 3 × 3 convolution.

    Attributes:
        widths: Channels of each stage; every stage but the first halves the image.
        blocks: Of two convolutions each, in every stage.
        head: Hidden and outputs of what is contrasted.
    """

    widths: tuple[int, ...]
    blocks: int
    head: tuple[int, int]


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "resnet": Shape((16, 32, 64), 1, (64, 32)),
        "resnet18": Shape((64, 128, 256, 512), 2, (512, 128)),
    }
)
"""`resnet` is the ResNet-8 of CIFAR's family (arXiv 1512.03385), `resnet18` SimCLR's for CIFAR."""


class Block(NamedTuple):
    """Where a block stands: name, channels before and after, stride."""

    name: str
    inputs: int
    outputs: int
    stride: int

    @property
    def has_shortcut(self) -> bool:
        """Whether what goes past the block must be brought to another size."""
        return self.stride != 1 or self.inputs != self.outputs


def blocks(shape: Shape) -> Iterator[Block]:
    """Yield the blocks in order."""
    inputs = shape.widths[0]
    for stage, width in enumerate(shape.widths):
        for place in range(shape.blocks):
            yield Block(f"{stage}.{place}", inputs, width, 2 if stage and not place else 1)
            inputs = width


@dataclass(frozen=True)
class BatchedResNet:
    """S residual networks.

    Attributes:
        shape: What each is made of.
        image: Channels, height and width of an image.
        weights: By name, each (S, …).
    """

    shape: Shape
    image: tuple[int, int, int]
    weights: Mapping[str, Tensor]

    def parameters(self) -> list[Tensor]:
        """Return every weight."""
        return list(self.weights.values())

    def features(self, inputs: Tensor) -> Tensor:
        """Return (S, n, d): the mean over places of the last stage.

        Args:
            inputs: (S, n, pixels).
        """
        if torch.is_grad_enabled():
            return self._trunk(inputs)
        parts = torch.split(inputs, AT_ONCE, dim=1)
        return torch.cat([self._trunk(part) for part in parts], dim=1)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return (S, n, h): what the loss contrasts; `inputs` as for `features`."""
        return self._linear("head.1", relu(self._linear("head.0", self.features(inputs))))

    def _trunk(self, inputs: Tensor) -> Tensor:
        seeds, count = inputs.shape[:2]
        channels, height, width = self.image
        images = inputs.reshape(seeds, count, channels, height, width).transpose(0, 1)
        now = relu(self._convolved("stem", images.reshape(count, -1, height, width), 1))
        for block in blocks(self.shape):
            once = relu(self._convolved(f"{block.name}.1", now, block.stride))
            twice = self._convolved(f"{block.name}.2", once, 1)
            if block.has_shortcut:
                now = self._convolved(f"{block.name}.shortcut", now, block.stride)
            now = relu(now + twice)
        return now.mean(dim=(2, 3)).reshape(count, seeds, -1).transpose(0, 1)

    def _convolved(self, name: str, images: Tensor, stride: int) -> Tensor:
        """Convolve, then norm; `images` are (n, S·C, H, W)."""
        kernel, scale = self.weights[f"{name}.kernel"], self.weights[f"{name}.scale"]
        seeds, outputs = kernel.shape[:2]
        made = conv2d(
            images, kernel.flatten(0, 1), stride=stride, padding=kernel.shape[-1] // 2, groups=seeds
        )
        shift = self.weights[f"{name}.shift"]
        return group_norm(made, seeds * (outputs // GROUP), scale.flatten(), shift.flatten())

    def _linear(self, name: str, inputs: Tensor) -> Tensor:
        return torch.baddbmm(self.weights[f"{name}.bias"], inputs, self.weights[f"{name}.weight"])


def new_resnet(
    shape: Shape, image: tuple[int, int, int], seeds: Sequence[int], device: torch.device
) -> BatchedResNet:
    """Return networks with fresh weights (He's); a seed gives the same ones in any company.

    Args:
        shape: What each is made of; widths are multiples of `GROUP`.
        image: Channels, height and width of an image.
        seeds: One a network.
        device: Where they live; weights are drawn on the CPU, so the same for all devices.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    weights: dict[str, Tensor] = {}

    def drawn(name: str, size: tuple[int, ...], fan: int) -> None:
        each = [torch.randn(size, generator=generator) for generator in generators]
        weights[name] = torch.stack(each) * (2 / fan) ** 0.5

    def filled(name: str, size: tuple[int, ...], value: float) -> None:
        weights[name] = torch.full((len(seeds), *size), value)

    def convolution(name: str, inputs: int, outputs: int, side: int) -> None:
        drawn(f"{name}.kernel", (outputs, inputs, side, side), inputs * side * side)
        filled(f"{name}.scale", (outputs,), 1.0)
        filled(f"{name}.shift", (outputs,), 0.0)

    convolution("stem", image[0], shape.widths[0], 3)
    for block in blocks(shape):
        convolution(f"{block.name}.1", block.inputs, block.outputs, 3)
        convolution(f"{block.name}.2", block.outputs, block.outputs, 3)
        if block.has_shortcut:
            convolution(f"{block.name}.shortcut", block.inputs, block.outputs, 1)
    inputs = shape.widths[-1]
    for place, outputs in enumerate(shape.head):
        drawn(f"head.{place}.weight", (inputs, outputs), inputs)
        filled(f"head.{place}.bias", (1, outputs), 0.0)
        inputs = outputs
    ready = {name: weight.to(device).requires_grad_() for name, weight in weights.items()}
    return BatchedResNet(shape, image, MappingProxyType(ready))
