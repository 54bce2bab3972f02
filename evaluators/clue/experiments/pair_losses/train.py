"""S bi-encoders trained at once by one loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from evaluators.batch_sweep.networks import Network, new_network
from evaluators.clue.experiments.pair_losses.pairs import WIDTH, Pairs
from evaluators.clue.modules.pair_losses import COSINE_LOSSES, features

HIDDEN, OUT = 128, 32
ARMS = (*COSINE_LOSSES, "sbert")


class Recipe(NamedTuple):
    """How bi-encoders are trained.

    Attributes:
        epochs: How often every pair is seen.
        batch: Pairs a step, as published.
        rate: Adam's step.
    """

    epochs: int = 6
    batch: int = 32
    rate: float = 2e-3


def cosines(network: Network, pairs: Pairs) -> Tensor:
    """Return the cosine of each pair, (S, n)."""
    first, second = (normalize(network.outputs(each), dim=-1) for each in pairs[:2])
    return (first * second).sum(dim=-1)


def train(
    arm: str, pairs: Pairs, seeds: list[int], recipe: Recipe
) -> Iterator[Callable[[Pairs], Tensor]]:
    """Yield, after each epoch, what gives the cosines of pairs.

    Networks and order of the pairs are the same for all arms of a seed.

    Args:
        arm: `sbert`, or one of `COSINE_LOSSES`.
        pairs: Trained on.
        seeds: One network each.
        recipe: How.
    """
    network = new_network((WIDTH, HIDDEN, OUT), seeds, torch.device("cpu"))
    generators = [torch.Generator().manual_seed(seed + 1_000_003) for seed in seeds]
    drawn = [torch.randn(3 * OUT, 2, generator=generator) for generator in generators]
    classes = (torch.stack(drawn) * (3 * OUT) ** -0.5).requires_grad_()
    optimiser = torch.optim.Adam([*network.parameters(), classes], lr=recipe.rate)
    rows = torch.arange(len(seeds))[:, None]
    n = pairs.labels.shape[1]
    for _ in range(recipe.epochs):
        order = torch.stack([torch.randperm(n, generator=each) for each in generators])
        for start in range(0, n - recipe.batch + 1, recipe.batch):
            chosen = order[:, start : start + recipe.batch]
            batch = Pairs(*(each[rows, chosen] for each in pairs))
            optimiser.zero_grad()
            # A sum over networks: each has the gradient of its own loss.
            torch.autograd.backward(_loss(arm, network, classes, batch).sum())
            optimiser.step()
        yield lambda given: cosines(network, given).detach()


def _loss(arm: str, network: Network, classes: Tensor, batch: Pairs) -> Tensor:
    if arm != "sbert":
        return COSINE_LOSSES[arm](cosines(network, batch), batch.labels)
    u, v = network.outputs(batch.first), network.outputs(batch.second)
    logits = features(u, v) @ classes
    each = cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), reduction="none")
    return each.view(batch.labels.shape).mean(dim=1)
