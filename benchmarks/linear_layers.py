"""Float32 linear layers: torch's own (MKL) beside oneDNN, the largest single gain on AMD."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from benchmarks.table import Row
from evaluators.sts.packed import PackedLinear

TOKENS = 1024
SIZES = ((384, 384), (384, 1536), (1536, 384))


def run(rounds: int) -> Iterator[Row]:
    """Yield seconds for a thousand calls of each of MiniLM's three shapes."""
    layers = [nn.Linear(*size) for size in SIZES]
    packed = [PackedLinear(layer) for layer in layers]
    inputs = [torch.randn(TOKENS, size[0]) for size in SIZES]
    sides = {"oneDNN": lambda: _call(packed, inputs), "torch (MKL)": lambda: _call(layers, inputs)}
    best = dict.fromkeys(sides, float("inf"))
    with torch.inference_mode():
        for _ in range(20 * rounds):
            for name, call in sides.items():
                best[name] = min(best[name], _seconds(call))
    work = sum(2 * TOKENS * a * b for a, b in SIZES)
    for name, seconds in best.items():
        note = f"{work / seconds / 1e9:.0f} GFLOP/s"
        yield Row("linear layers", name, seconds, seconds / best["oneDNN"], None, note)


def _call(layers: list[nn.Module], inputs: list[Tensor]) -> None:
    for layer, each in zip(layers, inputs, strict=True):
        layer(each)


def _seconds(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
