"""Made-up pairs of texts: two texts of one topic, or of two topics that are nearly the same."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

TOPIC = 24
STYLE = 24
WIDTH = 64
"""Numbers of a text: topic and style, mixed by a random map of the seed's own."""

NOISE = 0.1
"""Standard deviation of what a text adds to its topic, whose own is 1."""


class Pairs(NamedTuple):
    """Labelled pairs of S worlds.

    Attributes:
        first: (S, n, 64).
        second: (S, n, 64).
        labels: (S, n), 1 for two texts of one topic.
    """

    first: Tensor
    second: Tensor
    labels: Tensor

    def part(self, start: int, stop: int) -> Pairs:
        """Return some of the pairs of every world."""
        return Pairs(*(each[:, start:stop] for each in self))


def draw_pairs(shared: int, n: int, seeds: list[int]) -> Pairs:
    """Return pairs; half of them are negatives that share so many of 24 dimensions of topic.

    Args:
        shared: 0…24; what it leaves is drawn anew for the second text of a negative.
        n: Pairs of each world.
        seeds: One world each; a seed gives the same one in any company.
    """
    worlds = [_world(shared, n, torch.Generator().manual_seed(seed)) for seed in seeds]
    return Pairs(*(torch.stack(each) for each in zip(*worlds, strict=True)))


def _world(shared: int, n: int, generator: torch.Generator) -> Pairs:
    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    mix = normal(TOPIC + STYLE, WIDTH) / (TOPIC + STYLE) ** 0.5
    labels = (torch.arange(n) % 2)[torch.randperm(n, generator=generator)]
    topic, other = normal(n, TOPIC), normal(n, TOPIC)
    other[:, :shared] = topic[:, :shared]
    second = torch.where(labels[:, None] == 1, topic, other)
    texts = [
        torch.cat([what + NOISE * normal(n, TOPIC), normal(n, STYLE)], dim=1) @ mix
        for what in (topic, second)
    ]
    return Pairs(texts[0], texts[1], labels)
