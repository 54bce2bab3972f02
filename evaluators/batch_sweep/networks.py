"""The encoders of an image sweep: many small networks that are trained as one.

Every weight has a leading dimension of S networks: at small batches a step of one network is mostly
overhead, and eight networks cost hardly more than one.

S residual networks are one network with S groups: a batch of n images each lies as n images of S·C
channels, every convolution is grouped, and so is every norm. The norm is GroupNorm (arXiv
1803.08494), which normalises each image by itself. BatchNorm would mix the samples of a batch: it
reveals the positive by the batch's statistics, makes the network depend on the batch size, which is
what a sweep varies, and does not allow a batch that is put together from chunks.
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
        """Return the probed features (S, n, d) of inputs (S, n, pixels)."""

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the contrasted outputs (S, n, h) of inputs (S, n, pixels)."""


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
        seeds: One for each encoder.
        sizes: Sizes of an MLP: hidden layers, features, outputs of the head.
        device: Device of the weights.
    """
    if name == "mlp":
        channels, height, width = image
        return new_network((channels * height * width, *sizes), seeds, device)
    return new_resnet(SHAPES[name], image, seeds, device)


def draws_whole_epochs(name: str) -> bool:
    """Return whether all views of an epoch are made at once, as for small images."""
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
        """Return the probed features (S, n, d).

        Args:
            inputs: (S, n, pixels).
        """
        for place, layer in enumerate(self.backbone):
            inputs = torch.baddbmm(layer.bias, relu(inputs) if place else inputs, layer.weight)
        return inputs

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the contrasted outputs (S, n, h); `inputs` as in `features`."""
        return torch.baddbmm(self.head.bias, relu(self.features(inputs)), self.head.weight)


def new_network(sizes: Sequence[int], seeds: Sequence[int], device: torch.device) -> Network:
    """Return networks with fresh weights, which for a seed do not depend on the others.

    Args:
        sizes: Sizes of inputs, hidden layers, features, and last the outputs of the head.
        seeds: One for each network.
        device: Device of the weights.
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
"""Number of channels in a group of a norm."""

AT_ONCE = 512
"""Number of images of each network in one pass without a graph."""


class Shape(NamedTuple):
    """Sizes of a residual network; the stem is always a 3 × 3 convolution.

    Attributes:
        widths: Channels of each stage; every stage but the first halves the image.
        blocks: Number of blocks in every stage, each of two convolutions.
        head: Sizes of the head's hidden layer and outputs.
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
    """A block: its name, channels before and after it, and its stride."""

    name: str
    inputs: int
    outputs: int
    stride: int

    @property
    def has_shortcut(self) -> bool:
        """Whether the shortcut around the block must change the size."""
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
        shape: Sizes of each network.
        image: Channels, height and width of an image.
        weights: Weights by name, each (S, …).
    """

    shape: Shape
    image: tuple[int, int, int]
    weights: Mapping[str, Tensor]

    def parameters(self) -> list[Tensor]:
        """Return every weight."""
        return list(self.weights.values())

    def features(self, inputs: Tensor) -> Tensor:
        """Return the features (S, n, d): the mean over places of the last stage.

        Args:
            inputs: (S, n, pixels).
        """
        if torch.is_grad_enabled():
            return self._trunk(inputs)
        parts = torch.split(inputs, AT_ONCE, dim=1)
        return torch.cat([self._trunk(part) for part in parts], dim=1)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the contrasted outputs (S, n, h); `inputs` as in `features`."""
        return self._linear("head.1", relu(self._linear("head.0", self.features(inputs))))

    def _trunk(self, inputs: Tensor) -> Tensor:
        seeds, count = inputs.shape[:2]
        channels, height, width = self.image
        images = inputs.reshape(seeds, count, channels, height, width).transpose(0, 1)
        states = relu(self._convolved("stem", images.reshape(count, -1, height, width), 1))
        for block in blocks(self.shape):
            once = relu(self._convolved(f"{block.name}.1", states, block.stride))
            twice = self._convolved(f"{block.name}.2", once, 1)
            if block.has_shortcut:
                states = self._convolved(f"{block.name}.shortcut", states, block.stride)
            states = relu(states + twice)
        return states.mean(dim=(2, 3)).reshape(count, seeds, -1).transpose(0, 1)

    def _convolved(self, name: str, images: Tensor, stride: int) -> Tensor:
        """Convolve images (n, S·C, H, W), then normalise them."""
        kernel, scale = self.weights[f"{name}.kernel"], self.weights[f"{name}.scale"]
        seeds, outputs = kernel.shape[:2]
        convolved = conv2d(
            images, kernel.flatten(0, 1), stride=stride, padding=kernel.shape[-1] // 2, groups=seeds
        )
        shift = self.weights[f"{name}.shift"]
        return group_norm(convolved, seeds * (outputs // GROUP), scale.flatten(), shift.flatten())

    def _linear(self, name: str, inputs: Tensor) -> Tensor:
        return torch.baddbmm(self.weights[f"{name}.bias"], inputs, self.weights[f"{name}.weight"])


def new_resnet(
    shape: Shape, image: tuple[int, int, int], seeds: Sequence[int], device: torch.device
) -> BatchedResNet:
    """Return networks with He's initial weights, which for a seed do not depend on the others.

    Args:
        shape: Sizes of each network; widths are multiples of `GROUP`.
        image: Channels, height and width of an image.
        seeds: One for each network.
        device: Device of the weights; they are drawn on the CPU, so the same for all devices.
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
