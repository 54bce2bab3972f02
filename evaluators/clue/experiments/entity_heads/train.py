"""A small recurrent encoder with a head, trained from nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn

from evaluators.clue.examples import Entity
from evaluators.clue.experiments.entity_heads.sentences import Sentences, vocabulary
from evaluators.clue.heads import HeadSetup, make

WIDTH = 64
"""Of embeddings, and of the states of both directions together."""

ARMS: dict[str, dict[str, Any]] = {
    "crf": {"name": "crf"},
    "global-pointer": {"name": "global-pointer"},
    "efficient-global-pointer": {"name": "efficient-global-pointer"},
    "global-pointer without RoPE": {"name": "global-pointer", "rope": False},
}


class Recipe(NamedTuple):
    """How it is trained.

    Attributes:
        epochs: How often every sentence is seen.
        batch: Sentences a step.
        rate: Adam's step.
        size: Width of the pointers' queries and keys.
    """

    epochs: int
    batch: int
    rate: float
    size: int


class Reader(nn.Module):
    """Embeddings and one bidirectional GRU: the encoder as heads call it.

    Args:
        tokens: How many different ones.
    """

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, WIDTH)
        self.recurrent = nn.GRU(WIDTH, WIDTH // 2, batch_first=True, bidirectional=True)

    def forward(self, batch: dict[str, Tensor], prefix: str = "") -> Tensor:
        """Return the states, (n, L, 64)."""
        states, _ = self.recurrent(self.embedding(batch[f"{prefix}input_ids"]))
        return cast(Tensor, states)


class Trained(NamedTuple):
    """What came out.

    Attributes:
        found: From sentences to the entities in each.
        parameters: Weights of the head.
    """

    found: Callable[[Sentences], list[set[Entity]]]
    parameters: int


def train(
    arm: str, types: int, sentences: Sentences, seed: int, recipe: Recipe, labels: tuple[str, ...]
) -> Trained:
    """Train encoder and head; the encoder's first weights and the order are the seed's alone.

    Args:
        arm: One of `ARMS`.
        types: How many there are.
        sentences: Trained on.
        seed: Of weights and order.
        recipe: How.
        labels: Names of the types.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        reader = Reader(vocabulary(types))
        options = dict(ARMS[arm])
        if "pointer" in options["name"]:
            options["size"] = recipe.size
        head: Any = make(HeadSetup("entity", labels, WIDTH, 0.0), options)
    optimiser = torch.optim.Adam([*reader.parameters(), *head.parameters()], lr=recipe.rate)
    for _ in range(recipe.epochs):
        order = torch.randperm(len(sentences.tokens), generator=generator)
        for rows in torch.split(order, recipe.batch):
            batch = sentences.batch(rows)
            optimiser.zero_grad()
            torch.autograd.backward(head.loss(head(reader, batch), batch))
            optimiser.step()

    def found(given: Sentences) -> list[set[Entity]]:
        answers: list[set[Entity]] = []
        with torch.no_grad():
            for rows in torch.split(torch.arange(len(given.tokens)), 256):
                batch = given.batch(rows)
                answers += [set(row) for row in head.decode(head(reader, batch), batch)]
        return answers

    return Trained(found, sum(weight.numel() for weight in head.parameters()))
