"""Sources whose joint is known, their conditionals, and whether conditionals have a joint at all.

Conditionals are a function of sequences (S, B, T) and a place; it returns log p(token at the place
| the others), (S, B, V), and does not look at the token that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

Conditionals = Callable[[Tensor, int], Tensor]

LEAST = 0.1
"""Share of the uniform distribution in every row of a source: no token is next to impossible."""


class Chains(NamedTuple):
    """S stationary Markov chains of order 2 or less over V tokens, float64.

    Attributes:
        steps: (S, V, V, V): probability of a token after the two before it.
        pairs: (S, V, V): that of two tokens in a row.
    """

    steps: Tensor
    pairs: Tensor

    @classmethod
    def drawn(cls, order: int, vocabulary: int, seeds: Sequence[int]) -> Chains:
        """Return chains whose rows are uniform on the simplex, but for a share of `LEAST`.

        Args:
            order: 1 or 2.
            vocabulary: V.
            seeds: One chain each.
        """
        tables = []
        for seed in seeds:
            generator = torch.Generator().manual_seed(seed + 3_000_003)
            shape = (1 if order == 1 else vocabulary, vocabulary, vocabulary)
            drawn = -torch.rand(shape, generator=generator).double().clamp(min=1e-12).log()
            rows = drawn / drawn.sum(dim=2, keepdim=True)
            tables.append(rows.expand(vocabulary, -1, -1))
        return cls.of((1 - LEAST) * torch.stack(tables) + LEAST / vocabulary)

    @classmethod
    def of(cls, steps: Tensor) -> Chains:
        """Return the stationary chains with these probabilities (S, V, V, V)."""
        pairs = torch.full_like(steps[..., 0], 1 / steps.shape[1] ** 2)
        for _ in range(500):
            pairs = (pairs[..., None] * steps).sum(dim=1)
        return cls(steps, pairs)

    def draw(self, length: int, count: int, generators: Sequence[torch.Generator]) -> Tensor:
        """Return sequences of each chain, (S, count, length)."""
        models, size = self.pairs.shape[:2]
        lots = torch.stack([torch.rand(length, count, generator=each) for each in generators])
        pairs = sampled(self.pairs.view(models, 1, -1).expand(-1, count, -1), lots[:, 0])
        found = [pairs // size, pairs % size]
        rows = self.steps.reshape(models, -1, size)
        for at in range(2, length):
            place = (found[-2] * size + found[-1])[..., None].expand(-1, -1, size)
            found.append(sampled(rows.gather(1, place), lots[:, at]))
        return torch.stack(found, dim=2)

    def log_joint(self, sequences: Tensor) -> Tensor:
        """Return log p of sequences, (S, B)."""
        models, size = self.pairs.shape[:2]
        first, second, third = sequences[..., :-2], sequences[..., 1:-1], sequences[..., 2:]
        places = ((first * size + second) * size + third).view(models, -1)
        steps = self.steps.reshape(models, -1).log().gather(1, places)
        start = sequences[..., 0] * size + sequences[..., 1]
        begun = self.pairs.reshape(models, -1).log().gather(1, start)
        return begun + steps.view(*first.shape).sum(dim=2)

    def conditionals(self, sequences: Tensor, place: int) -> Tensor:
        """Return the conditionals of the joint; see the top of the file."""
        return conditionals_of(self.log_joint, self.pairs.shape[1])(sequences, place)

    def ngrams(self, order: int) -> Tensor:
        """Return the probability of each `order + 1` tokens in a row, (S, V^(order + 1))."""
        found = self.pairs if order == 1 else self.pairs[..., None] * self.steps
        return found.reshape(len(found), -1)


def conditionals_of(log_joint: Callable[[Tensor], Tensor], size: int) -> Conditionals:
    """Return the conditionals of a joint over `size` tokens, which need not be normalised."""

    def found(sequences: Tensor, place: int) -> Tensor:
        models, batch, length = sequences.shape
        every = sequences[:, :, None].repeat(1, 1, size, 1)
        every[..., place] = torch.arange(size)
        scores = log_joint(every.view(models, -1, length))
        return scores.view(models, batch, size).double().log_softmax(dim=2)

    return found


def sampled(probabilities: Tensor, lots: Tensor) -> Tensor:
    """Return tokens drawn from rows (..., V) by numbers between 0 and 1, (...)."""
    sums = probabilities.cumsum(dim=-1)[..., :-1]
    return (sums <= lots[..., None]).sum(dim=-1)


def gibbs_sweep(
    conditionals: Conditionals,
    sequences: Tensor,
    order: Sequence[int],
    generators: Sequence[torch.Generator],
) -> Tensor:
    """Return sequences (S, B, T) of which each token was drawn anew, given the others.

    Args:
        conditionals: Draw them.
        sequences: What they were before.
        order: Places in the order in which they are drawn.
        generators: One for each of S.
    """
    sequences = sequences.clone()
    for place in order:
        lots = torch.stack([torch.rand(sequences.shape[1], generator=each) for each in generators])
        rows = conditionals(sequences, place).exp()
        sequences[:, :, place] = sampled(rows, lots.double())
    return sequences


def cycles(
    conditionals: Conditionals, sequences: Tensor, places: tuple[int, int], other: Tensor
) -> Tensor:
    """Return the log of the product of conditionals around a cycle, (S, B), in nats.

    Two tokens are changed to other ones, one after the other, and back in the same order. Where the
    conditionals come from one positive joint, the odds on the way multiply to 1 (Besag 1974).

    Args:
        conditionals: Asked for.
        sequences: (S, B, T).
        places: Of the two tokens.
        other: What they are changed to, (S, B, 2).
    """
    first, second = places
    old, new = (sequences[:, :, [first, second]], other)
    at = sequences.clone()
    total = torch.zeros(sequences.shape[:2], dtype=torch.float64)
    for place, side, before, after in (
        (first, 0, old, new),
        (second, 1, old, new),
        (first, 0, new, old),
        (second, 1, new, old),
    ):
        scores = conditionals(at, place)
        gone, come = (each[:, :, side, None] for each in (before, after))
        total = total + (scores.gather(2, come) - scores.gather(2, gone))[..., 0]
        at[:, :, place] = come[..., 0]
    return total


def error(conditionals: Conditionals, truth: Conditionals, sequences: Tensor) -> Tensor:
    """Return the mean Kullback-Leibler divergence from the true conditionals, (S,), in nats."""
    found = []
    for place in range(sequences.shape[2]):
        right, told = truth(sequences, place), conditionals(sequences, place)
        found.append((right.exp() * (right - told)).sum(dim=2).mean(dim=1))
    return torch.stack(found).mean(dim=0)


def with_error(
    make: Callable[[Tensor], Conditionals], truth: Conditionals, sequences: Tensor, wanted: Tensor
) -> Conditionals:
    """Return conditionals that are as far from the truth as others are, by bisection.

    Args:
        make: Returns conditionals with some amount of noise, (S,).
        truth: The true ones.
        sequences: On which the error is measured.
        wanted: Errors, (S,), in nats.
    """
    low, high = torch.zeros_like(wanted), torch.full_like(wanted, 4.0)
    for _ in range(20):
        middle = (low + high) / 2
        over = error(make(middle), truth, sequences) > wanted
        low, high = torch.where(over, low, middle), torch.where(over, middle, high)
    return make((low + high) / 2)


def divergence(sequences: Tensor, truth: Tensor, order: int) -> Tensor:
    """Return the total variation between counted and true shares of n-grams, (S,), from 0 to 1.

    Args:
        sequences: (S, B, T).
        truth: As `Chains.ngrams` returns it.
        order: An n-gram has `order + 1` tokens.
    """
    size = round(truth.shape[1] ** (1 / (order + 1)))
    models, _, length = sequences.shape
    places = torch.zeros_like(sequences[..., order:])
    for back in range(order + 1):
        places = places * size + sequences[..., back : length - order + back]
    shares = torch.zeros_like(truth)
    flat = places.view(models, -1)
    shares.scatter_add_(1, flat, torch.ones(flat.shape, dtype=truth.dtype))
    return (shares / flat.shape[1] - truth).abs().sum(dim=1) / 2
