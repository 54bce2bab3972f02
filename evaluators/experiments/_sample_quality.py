"""Made-up and bundled data for small GANs, and how near samples come to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

World = Literal["ring", "grid", "digits"]

SPREAD = 0.1
"""Standard deviation of a mode; those of a ring of radius 2 are 1.5 apart, of a grid 1."""

NEAR = 3 * SPREAD
"""Distance from a mode up to which a sample belongs to it."""

COVERED = 0.25
"""Share of a mode's due samples from which on it counts as covered."""


def modes(world: World) -> Tensor:
    """Return the centres of a world's modes, (modes, 2)."""
    if world == "ring":
        angles = torch.arange(8) * (2 * math.pi / 8)
        return 2 * torch.stack([angles.cos(), angles.sin()], dim=1)
    if world == "grid":
        return torch.cartesian_prod(torch.arange(-2.0, 3.0), torch.arange(-2.0, 3.0))
    raise ValueError(f"{world} has no known modes")


class Source:
    """Real points of a world, in two parts: one to train on, one to compare with.

    Args:
        world: The world.
        seeds: Seeds of the parts of each network, S of them.
        compared: Number of points to compare with.
    """

    def __init__(self, world: World, seeds: Sequence[int], compared: int) -> None:
        self.world = world
        generators = [torch.Generator().manual_seed(seed + 2_000_003) for seed in seeds]
        if world == "digits":
            from evaluators.experiments._digits import draw_rows

            train, test = draw_rows(seeds, 1797 - compared)
            self._rows, self.compared = train.inputs, test.inputs
        else:
            self._rows = modes(world).expand(len(seeds), -1, -1)
            self.compared = self.draw(compared, generators)
        self.dimension = self.compared.shape[-1]

    def draw(self, count: int, generators: Sequence[torch.Generator]) -> Tensor:
        """Return points to train on, (S, count, dimension)."""
        drawn = []
        for place, generator in enumerate(generators):
            rows = self._rows[place]
            chosen = rows[torch.randint(len(rows), (count,), generator=generator)]
            if self.world != "digits":
                chosen = chosen + SPREAD * torch.randn(count, 2, generator=generator)
            drawn.append(chosen)
        return torch.stack(drawn)


def energy(first: Tensor, second: Tensor) -> Tensor:
    """Return the energy distance between samples, as a share of its largest value, (S,).

    (2E|X−Y| − E|X−X'| − E|Y−Y'|) / 2E|X−Y|, 0 for equal samples and at most 1 (Székely and Rizzo
    2013); the sums run over all pairs, so that it is never negative.

    Args:
        first: (S, n, d).
        second: (S, m, d).
    """
    across = 2 * torch.cdist(first, second).mean(dim=(1, 2))
    within = torch.cdist(first, first).mean(dim=(1, 2))
    inside = torch.cdist(second, second).mean(dim=(1, 2))
    return (across - within - inside) / across


def kernel_distance(real: Tensor, made: Tensor) -> Tensor:
    """Return the squared kernel distance (MMD²) between samples, (S,), all pairs counted.

    The kernel is exp(−‖x−y‖²/2h²), its width h the median distance between real points.

    Args:
        real: (S, n, d).
        made: (S, m, d).
    """
    between = torch.cdist(real, real)
    widths = between.flatten(1).median(dim=1).values[:, None, None]

    def mean(distances: Tensor) -> Tensor:
        return (-(distances / widths).square() / 2).exp().mean(dim=(1, 2))

    return mean(between) + mean(torch.cdist(made, made)) - 2 * mean(torch.cdist(real, made))


def covered(points: Tensor, centres: Tensor) -> Tensor:
    """Return the share of modes that have a quarter of their due samples or more, (S,).

    Args:
        points: (S, n, 2).
        centres: (modes, 2).
    """
    distances, nearest = torch.cdist(points, centres.expand(len(points), -1, -1)).min(dim=-1)
    ones = torch.nn.functional.one_hot(nearest, len(centres)) * (distances < NEAR)[..., None]
    due = points.shape[1] / len(centres)
    return (ones.sum(dim=1) >= COVERED * due).double().mean(dim=1)
