"""A training step of Efficient GlobalPointer beside GlobalPointer's and the CRF's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from benchmarks.table import Row
from evaluators.trainer.heads import HeadSetup, make

BATCH, LENGTH, HIDDEN, TYPES, SIZE = 16, 64, 768, 10, 64
HEADS = ("efficient-global-pointer", "global-pointer", "crf")


def run(rounds: int) -> Iterator[Row]:
    """Yield seconds of each head's forward and backward pass on the same states."""
    torch.manual_seed(0)
    states = torch.randn(BATCH, LENGTH, HIDDEN, requires_grad=True)
    batch = _batch()
    setup = HeadSetup("entity", tuple(f"type {kind}" for kind in range(TYPES)), HIDDEN, 0.1)
    heads: dict[str, Any] = {name: make(setup, name) for name in HEADS}
    best = dict.fromkeys(HEADS, float("inf"))
    for _ in range(6 * rounds):
        for name, head in heads.items():
            started = time.perf_counter()
            head.loss(head(lambda batch, prefix="": states, batch), batch).backward()
            best[name] = min(best[name], time.perf_counter() - started)
            head.zero_grad()
    base = best["global-pointer"]
    for name, seconds in best.items():
        target = -1.0 if name.startswith("efficient") else None  # no slower than the full one
        note = f"head alone, batch {BATCH} × {LENGTH}, states of {HIDDEN}, {TYPES} types"
        yield Row("entity heads", name, seconds, seconds / base, target, note)


def _batch() -> dict[str, Tensor]:
    """Return two entities a row, apart from each other."""
    entities = torch.tensor([[0, 2, 5], [TYPES - 1, 9, 9]]).expand(BATCH, -1, -1)
    place = torch.arange(LENGTH)
    return {
        "input_ids": torch.zeros(BATCH, LENGTH, dtype=torch.long),
        "tokens": torch.ones(BATCH, LENGTH, dtype=torch.bool),
        "example": torch.arange(BATCH),
        "offsets": torch.stack([place, place + 1], dim=-1).expand(BATCH, -1, -1),
        "entities": entities,
    }
