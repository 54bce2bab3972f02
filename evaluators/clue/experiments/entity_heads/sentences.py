"""Made-up sentences whose entities are told by what begins and what ends them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from evaluators.clue.examples import Entity

LENGTH = 16
FILLERS = 200
TRIGGERS = 3
"""Tokens that begin an entity of a type, and as many that end one."""

LONGEST = 3
"""Fillers between the two, at most."""


class Sentences(NamedTuple):
    """Sentences and what is in them.

    Attributes:
        tokens: (n, 16), from 0.
        entities: (n, most, 3): type, first and last token; rows of -1 pad it.
    """

    tokens: Tensor
    entities: Tensor

    def batch(self, rows: Tensor) -> dict[str, Tensor]:
        """Return some sentences as the heads of CLUE tasks read them."""
        tokens = self.tokens[rows]
        place = torch.arange(LENGTH)
        return {
            "input_ids": tokens,
            "tokens": torch.ones_like(tokens, dtype=torch.bool),
            "example": rows,
            "offsets": torch.stack([place, place + 1], dim=-1).expand(len(rows), -1, -1),
            "entities": self.entities[rows],
        }

    def gold(self, labels: tuple[str, ...]) -> list[set[Entity]]:
        """Return the entities of each sentence."""
        return [
            {Entity(labels[kind], first, last + 1) for kind, first, last in row if kind >= 0}
            for row in self.entities.tolist()
        ]


def vocabulary(types: int) -> int:
    """Return how many different tokens there are: fillers, and triggers of each type."""
    return FILLERS + 2 * TRIGGERS * types


def draw_sentences(types: int, n: int, seed: int) -> Sentences:
    """Return sentences with zero to three entities, and with decoys.

    An entity of type a is a token that begins type a, up to three fillers, and a token that ends
    type a. A decoy begins one type and ends another, or begins and never ends: neither end alone
    tells an entity.

    Args:
        types: How many there are, 2 or more.
        n: How many sentences.
        seed: Of everything.
    """
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, FILLERS, (n, LENGTH))
    found = np.full((n, 3, 3), -1)
    for row in range(n):
        place, entities = int(rng.integers(0, 3)), 0
        while True:
            between = int(rng.integers(0, LONGEST + 1))
            last = place + 1 + between
            if last >= LENGTH or entities == 3:
                break
            begins, ends = rng.integers(0, types, 2)
            kind = rng.random()
            if kind < 0.6:
                ends = begins
                found[row, entities] = begins, place, last
                entities += 1
            elif ends == begins:
                ends = (begins + 1) % types
            tokens[row, place] = _trigger(rng, int(begins), 0)
            if kind < 0.8:
                tokens[row, last] = _trigger(rng, int(ends), 1)
            place = last + 1 + int(rng.integers(0, 4))
    return Sentences(torch.from_numpy(tokens), torch.from_numpy(found))


def _trigger(rng: np.random.Generator, kind: int, end: int) -> int:
    return FILLERS + TRIGGERS * (2 * kind + end) + int(rng.integers(0, TRIGGERS))
