"""Small Siamese networks of digits, trained together by three optimisers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize

Optimiser = Literal["SGD", "Adam", "Newton-like"]

SIDE, HIDDEN, FEATURES, BOTTLENECK = 8, 64, 32, 16
ENCODER = ((SIDE**2, HIDDEN), (HIDDEN, FEATURES))
PREDICTOR = ((FEATURES, BOTTLENECK), (BOTTLENECK, FEATURES))

KEPT, NOISE = 0.75, 0.1
"""Share of pixels that a view keeps, and deviation of its noise; it is also moved by a pixel."""

MOMENTUM, SECOND, TINY = 0.9, 0.999, 1e-8
"""Of SGD and Adam, and of Adam."""

MEMORY, DAMPING, EVERY = 0.95, 0.01, 10
"""Of the Newton-like optimiser: how slowly its factors change, what is added to their diagonals as
a share of the mean of it, and after how many steps they are inverted anew."""


class Variant(NamedTuple):
    """A way of training.

    Attributes:
        stopped: Whether the gradient stops at the target.
        predicted: Whether a predictor is between features and target.
        averaged: Whether the target is made from the mean augmentation, not from another view; the
            loss is then the squared distance.
        speed: Learning rate of the predictor over that of the encoder.
    """

    stopped: bool = True
    predicted: bool = True
    averaged: bool = False
    speed: float = 1.0


def views(
    images: Tensor, batch: int, steps: int, generators: Sequence[torch.Generator]
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield two views of a batch and its mean augmentation, each (S, batch, 64), step by step.

    Args:
        images: (S, n, 64), in 0 to 1.
        batch: Images of a step.
        steps: How many.
        generators: One for each seed.
    """
    seeds, count = images.shape[:2]
    padded = torch.nn.functional.pad(images.view(seeds, count, SIDE, SIDE), (1, 1, 1, 1))
    padded = padded.flatten(2)
    cells = torch.arange((SIDE + 2) ** 2).view(SIDE + 2, SIDE + 2)
    windows = [
        cells[down : down + SIDE, right : right + SIDE].flatten()
        for down in range(3)
        for right in range(3)
    ]
    moved = torch.stack(windows)
    # The mean over moves is the mean of the nine windows; noise has the mean 0.
    average = KEPT * torch.stack([padded[:, :, window] for window in moved]).mean(dim=0)
    rows = torch.arange(seeds)[:, None]
    for _ in range(steps):
        drawn = [
            (
                torch.randint(count, (batch,), generator=each),
                torch.randint(9, (2, batch), generator=each),
                torch.rand(2, batch, SIDE**2, generator=each),
                torch.randn(2, batch, SIDE**2, generator=each),
            )
            for each in generators
        ]
        chosen, moves, kept, noise = (torch.stack(part) for part in zip(*drawn, strict=True))
        both = [
            padded[rows, chosen].gather(2, moved[moves[:, side]]) * (kept[:, side] < KEPT)
            + NOISE * noise[:, side]
            for side in range(2)
        ]
        yield both[0], both[1], average[rows, chosen]


class Siamese:
    """N networks, one for each variant and seed; the seeds of a variant follow each other.

    Args:
        variants: Ways of training, either all to the mean augmentation or none.
        seeds: Seeds of the weights, the same for every variant.
        normalised: Whether hidden layers are normalised over the batch, as the published ones.
    """

    def __init__(
        self, variants: Sequence[Variant], seeds: Sequence[int], *, normalised: bool
    ) -> None:
        self.variants, self.normalised = list(variants), normalised
        each = [variant for variant in variants for _ in seeds]

        def column(values: Sequence[float | bool]) -> Tensor:
            return torch.tensor(values)[:, None, None]

        self.stopped = column([variant.stopped for variant in each])
        self.predicted = column([variant.predicted for variant in each])
        speed = column([variant.speed for variant in each])
        generators = [torch.Generator().manual_seed(seed) for _ in variants for seed in seeds]
        self.weights: list[Tensor] = []
        for inputs, outputs in (*ENCODER, *PREDICTOR):
            drawn = [torch.randn(inputs, outputs, generator=one) for one in generators]
            weight = math.sqrt(2 / inputs) * torch.stack(drawn)
            # The last row is the bias.
            zeros = torch.zeros(len(each), 1, outputs)
            self.weights.append(torch.cat([weight, zeros], dim=1).requires_grad_())
        self.rates = [torch.ones_like(speed)] * len(ENCODER) + [speed] * len(PREDICTOR)

    def encode(self, images: Tensor) -> Tensor:
        """Return features (N, n, 32) of images (N, n, 64), without a graph."""
        with torch.no_grad():
            return self._through(images - KEPT / 3, 0, [], parts=1)

    def losses(self, batch: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, list[Pass]]:
        """Return the loss of each network, (N,), and what went through each layer."""
        first, second, average = (part.repeat(len(self.variants), 1, 1) for part in batch)
        passes: list[Pass] = []
        averaged = self.variants[0].averaged
        both = torch.cat([first, average if averaged else second], dim=1) - KEPT / 3
        features = self._through(both, 0, passes)
        if averaged:
            one, other = features.chunk(2, dim=1)
            away = one - torch.where(self.stopped, other.detach(), other)
            return away.square().mean(dim=(1, 2)), passes
        told = torch.where(self.predicted, self._through(features, 2, passes), features)
        target = torch.where(self.stopped, features.detach(), features)
        crosswise = torch.cat(target.chunk(2, dim=1)[::-1], dim=1)
        return -cosine_similarity(told, crosswise, dim=2).mean(dim=1), passes

    def _through(self, states: Tensor, first: int, passes: list[Pass], parts: int = 2) -> Tensor:
        """Return the outputs of two layers from `first` on, and add what went through them.

        Each of the `parts` of a batch, the two views, is normalised by itself.
        """
        for layer in (first, first + 1):
            if layer > first:
                states = torch.relu(_normalised(states, parts) if self.normalised else states)
            inputs = torch.cat([states, torch.ones_like(states[:, :, :1])], dim=2)
            states = inputs @ self.weights[layer]
            passes.append(Pass(layer, inputs, states))
        return states


def _normalised(states: Tensor, parts: int) -> Tensor:
    """Return states (N, parts · n, d) with mean 0 and variance 1 over the n of each part."""
    split = states.view(len(states), parts, -1, states.shape[2])
    away = split - split.mean(dim=2, keepdim=True)
    variance = away.square().mean(dim=2, keepdim=True)
    normal: Tensor = away / (variance + 1e-5).sqrt()
    return normal.flatten(1, 2)


class Pass(NamedTuple):
    """What went through a layer.

    Attributes:
        layer: Its number.
        inputs: With a column of ones, (N, n, inputs + 1).
        outputs: (N, n, outputs).
    """

    layer: int
    inputs: Tensor
    outputs: Tensor


class Steps:
    """An optimiser of many networks at once.

    `Newton-like` is a Gauss-Newton step with Kronecker factors (K-FAC) in its direction, and has
    the length of Adam's step in each layer, so that neither is faster than the other.

    Args:
        networks: Trained in place.
        optimiser: Its name.
        rate: Learning rate of the encoder.
    """

    def __init__(self, networks: Siamese, optimiser: Optimiser, rate: float) -> None:
        self.networks, self.optimiser, self.rate = networks, optimiser, rate
        self.first = [torch.zeros_like(weight) for weight in networks.weights]
        self.second = [torch.zeros_like(weight) for weight in networks.weights]
        self.factors: dict[int, list[Tensor]] = {}
        self.inverses: dict[int, list[Tensor]] = {}
        self.done = 0

    def step(self, losses: Tensor, passes: Sequence[Pass]) -> None:
        """Move every network once against the gradient of its own loss."""
        weights = self.networks.weights
        wanted = [*weights, *(one.outputs for one in passes)]
        gradients = torch.autograd.grad(losses.sum(), wanted, allow_unused=True)
        slopes = dict(zip((one.layer for one in passes), gradients[len(weights) :], strict=True))
        self.done += 1
        with torch.no_grad():
            if self.optimiser == "Newton-like":
                for one in passes:
                    self._remember(one, slopes[one.layer])
            for layer, gradient in enumerate(gradients[: len(weights)]):
                if gradient is not None:
                    rate = self.rate * self.networks.rates[layer]
                    weights[layer] -= rate * self._direction(layer, gradient)

    def _direction(self, layer: int, gradient: Tensor) -> Tensor:
        if self.optimiser == "SGD":
            self.first[layer].mul_(MOMENTUM).add_(gradient)
            return self.first[layer]
        self.first[layer].lerp_(gradient, 1 - MOMENTUM)
        self.second[layer].lerp_(gradient.square(), 1 - SECOND)
        mean = self.first[layer] / (1 - MOMENTUM**self.done)
        adam = mean / ((self.second[layer] / (1 - SECOND**self.done)).sqrt() + TINY)
        if self.optimiser == "Adam":
            return adam
        left, right = self.inverses[layer]
        newton = left @ mean @ right
        size = newton.flatten(1).norm(dim=1).clamp(min=torch.finfo(newton.dtype).tiny)
        step: Tensor = newton * (adam.flatten(1).norm(dim=1) / size)[:, None, None]
        return step

    def _remember(self, one: Pass, slope: Tensor) -> None:
        """Update the factors of a layer, and now and then their inverses."""
        fresh = [each.transpose(1, 2) @ each for each in (one.inputs, slope)]
        # A scale does not matter to the direction, but the factors must not underflow.
        fresh = [each / _mean_diagonal(each) for each in fresh]
        if one.layer in self.factors:
            pairs = zip(self.factors[one.layer], fresh, strict=True)
            fresh = [old.lerp(new, 1 - MEMORY) for old, new in pairs]
        self.factors[one.layer] = fresh
        if self.done % EVERY == 1:
            self.inverses[one.layer] = [
                torch.linalg.inv(each + DAMPING * torch.eye(each.shape[1])) for each in fresh
            ]


def _mean_diagonal(matrices: Tensor) -> Tensor:
    """Return the mean of the diagonal of each matrix, (N, 1, 1), above 0."""
    diagonal = matrices.diagonal(dim1=1, dim2=2).mean(dim=1)
    return diagonal.clamp(min=1e-30)[:, None, None]


def spreads(features: Tensor) -> Tensor:
    """Return the collapse number of features (N, n, d), (N,): 0 for a point, 1 for a sphere.

    It is the deviation over points of each coordinate of the features at length 1, averaged over
    coordinates, times √d.
    """
    spread: Tensor = normalize(features.double(), dim=2).std(dim=1).mean(dim=1)
    return spread * math.sqrt(features.shape[2])


def variations(features: Tensor) -> Tensor:
    """Return the root mean square of features (N, n, d) about their mean, (N,)."""
    away = features.double() - features.double().mean(dim=1, keepdim=True)
    return away.square().mean(dim=(1, 2)).sqrt()


def neighbours_accuracy(
    known: Tensor, labels: Tensor, features: Tensor, truth: Tensor, count: int = 5
) -> Tensor:
    """Return how often the nearest neighbours by cosine vote for the right class, (N,).

    Args:
        known: Features of labelled images, (N, n, d).
        labels: (N, n).
        features: Features of new images, (N, m, d).
        truth: Their labels, (N, m).
        count: How many neighbours vote.
    """
    near = normalize(features, dim=2) @ normalize(known, dim=2).transpose(1, 2)
    chosen = near.topk(count, dim=2).indices
    votes = labels[:, None].expand(-1, chosen.shape[1], -1).gather(2, chosen)
    winners: Tensor = votes.mode(dim=2).values
    return (winners == truth).double().mean(dim=1)
