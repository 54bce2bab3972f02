"""Fine-tuning steps in float32 and bfloat16, as a share of the machine's matrix product.

A BERT-base where there is a GPU, the small BERT elsewhere; both random, as speed does not ask. The
ceiling is torch's own product of two large square matrices in the same number format.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.table import Row
from benchmarks.training_step import (
    DTYPES,
    matrix_product,
    seconds_each,
    step_operations,
    training_step,
)
from evaluators.small_bert.make import Size, make_small_bert

LENGTH = 128


def run(rounds: int) -> Iterator[Row]:
    """Yield seconds of a step, and its share of the ceiling, of each number format."""
    gpu = torch.cuda.is_available()
    device = "cuda" if gpu else "cpu"
    size = Size(12, 768, 12) if gpu else Size()
    batch, steps = (64, 20) if gpu else (16, 1)
    product = (8192, 20) if gpu else (1024, 4)
    best = dict.fromkeys(DTYPES, float("inf"))
    ceiling = dict.fromkeys(DTYPES, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        bert = Path(folder) / "bert"
        make_small_bert(bert, size)
        for dtype, number in DTYPES.items():  # the first round of each warms it up
            with training_step(bert, dtype, batch, LENGTH) as step:
                for round_ in range(rounds + 1):
                    n, repeats = product
                    ceiling[dtype] = max(ceiling[dtype], matrix_product(n, number, device, repeats))
                    took = seconds_each(step, steps, device)
                    best[dtype] = min(best[dtype], took) if round_ else best[dtype]
    name = f"training step, {size.layers}x{size.hidden}, {batch} x {LENGTH} tokens"
    work = step_operations(size, batch, LENGTH)
    for dtype, took in best.items():
        share = work / took / ceiling[dtype]
        note = (
            f"{batch * LENGTH / took:,.0f} tokens/s, {work / took / 1e12:.2f} TFLOP/s; the ratio is"
            f" the share of {ceiling[dtype] / 1e12:.2f} TFLOP/s of a matrix product"
        )
        yield Row(name, dtype, took, share, None, note)
