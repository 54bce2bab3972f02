"""Nyström attention with 64 landmarks beside torch's attention: from which length on it pays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from benchmarks.table import Row
from evaluators.experiments._nystrom import attend_by_landmarks

LENGTHS = (256, 512, 1024, 2048, 4096)
HEADS, WIDTH, LANDMARKS = 4, 64, 64


def run(rounds: int) -> Iterator[Row]:
    """Yield seconds of one call of both at each length, and Nyström's over torch's.

    A ratio below 1 at a length means that landmarks pay there; no target, as that is a finding.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.inference_mode():
        for length in LENGTHS:
            drawn = torch.randn(3, 1, HEADS, length, WIDTH, generator=generator)
            sides = {
                "Nyström": partial(attend_by_landmarks, *drawn, landmarks=LANDMARKS),
                "torch": partial(scaled_dot_product_attention, *drawn),
            }
            best = dict.fromkeys(sides, float("inf"))
            for _ in range(3 * rounds):
                for name, call in sides.items():
                    best[name] = min(best[name], _seconds(call))
            for name, seconds in best.items():
                ratio = seconds / best["torch"]
                note = f"{length} tokens, {HEADS} heads of {WIDTH}"
                yield Row("Nyström attention", name, seconds, ratio, None, note)


def _seconds(call: Callable[[], Tensor]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
