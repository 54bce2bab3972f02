"""A training step with R-Drop beside two plain steps: both pass every row twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax

from benchmarks.table import Row
from evaluators.trainer.methods.plain import Plain
from evaluators.trainer.methods.r_drop import RDrop

BATCH, LENGTH, HIDDEN, CLASSES = 16, 64, 256, 119


class Classifier(nn.Module):
    """Four layers of 256 and 119 classes."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(HIDDEN, 4, 4 * HIDDEN, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 4)
        self.classes = nn.Linear(HIDDEN, CLASSES)

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        """Return logits."""
        return self.classes(self.layers(batch["inputs"])[:, 0])

    def loss(self, logits: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """Return the mean cross-entropy."""
        return cross_entropy(logits, batch["labels"])

    def log_probabilities(self, logits: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """Return log probabilities."""
        return log_softmax(logits, dim=-1)


def run(rounds: int) -> Iterator[Row]:
    """Yield seconds of R-Drop's forward and backward pass, and of two plain ones."""
    torch.manual_seed(0)
    model: Any = Classifier()
    batch = {
        "inputs": torch.randn(BATCH, LENGTH, HIDDEN),
        "labels": torch.randint(0, CLASSES, (BATCH,)),
    }
    plain, r_drop = Plain(), RDrop(4.0)

    def twice() -> None:
        for _ in range(2):
            plain.loss(model, batch).backward()

    sides = {
        "R-Drop, one step": lambda: r_drop.loss(model, batch).backward(),
        "plain, two steps": twice,
    }
    best = dict.fromkeys(sides, float("inf"))
    for _ in range(12 * rounds):
        for name, step in sides.items():
            model.zero_grad()
            best[name] = min(best[name], _seconds(step))
    base = best["plain, two steps"]
    for name, seconds in best.items():
        target = -1.05 if name.startswith("R-Drop") else None
        note = f"batch {BATCH} × {LENGTH}, 4 layers of {HIDDEN}, {CLASSES} classes"
        yield Row("R-Drop", name, seconds, seconds / base, target, note)


def _seconds(step: Any) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started
