"""A toy model as methods see models: two layers over numbers, in float64."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

from evaluators.trainer.training.model import Batch, Method


class Toy(nn.Module):
    def __init__(self, seed: int = 0, dropout: float = 0.3) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.layer = nn.Linear(6, 16, dtype=torch.float64)
        self.classes = nn.Linear(16, 3, dtype=torch.float64)
        self.dropout = nn.Dropout(dropout)
        self.calls = 0
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.normal_(generator=generator)

    def forward(self, batch: Batch) -> Tensor:
        self.calls += 1
        return self.classes(self.dropout(torch.tanh(self.layer(batch["inputs"]))))

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        return cross_entropy(logits, batch["labels"])

    def log_probabilities(self, logits: Tensor, batch: Batch) -> Tensor:
        return log_softmax(logits, dim=-1)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        return [int(label) for label in logits.argmax(dim=-1)]


def batches(count: int = 4, rows: int = 8, seed: int = 1) -> Iterator[Batch]:
    generator = torch.Generator().manual_seed(seed)
    for _ in range(count):
        inputs = torch.randn(rows, 6, generator=generator, dtype=torch.float64)
        yield {"inputs": inputs, "labels": inputs[:, :3].argmax(dim=1)}


def train(method: Method, *, dropout: float = 0.3, steps: int = 4, **adam: Any) -> Toy:
    """Train a toy with Adam as the loop does."""
    model = Toy(dropout=dropout)
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.1, **adam)
    generator = torch.Generator().manual_seed(7)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        method.prepare(model, list(batches()))
        for batch in batches(steps):
            optimiser.zero_grad()
            method.loss(model, batch).backward()
            method.edit_gradients(model, generator)
            optimiser.step()
            method.edit_update(model, generator)
    return model


def weights(model: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
