"""A fine-tuning step of a BERT-base in bfloat16, forward, backward and optimiser."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.on_gpu.measured import Bench, Measured
from benchmarks.training_step import seconds_each, step_operations, training_step
from evaluators.small_bert.make import Size, make_small_bert

DTYPE = "bfloat16"
TARGET = 0.5
"""Share of the ceiling that fine-tuning a model of BERT-base's size should reach."""


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the rate and the share of the ceiling of a step."""
    size = Size(2, 64, 2) if bench.toy else Size(12, 768, 12)
    batch, length, repeats = (4, 32, 2) if bench.toy else (64, 128, 30)
    folder = bench.folder / "bert-to-train"
    make_small_bert(folder, size)
    with training_step(folder, DTYPE, batch, length, bench.device) as step:
        seconds_each(step, 2 if bench.toy else 10, bench.device)  # warms kernels up
        peak = bench.watch_peak()
        seconds = seconds_each(step, repeats, bench.device)
    rate = step_operations(size, batch, length) / seconds
    yield Measured(
        work=f"fine-tuning step, {size.layers} x {size.hidden}, {batch} x {length} tokens",
        side="rankcheck",
        seconds=seconds,
        rate=1 / seconds,
        unit="steps",
        operations=rate,
        share=rate / bench.ceiling(DTYPE),
        target=TARGET,
        peak_bytes=peak(),
        note=f"{batch * length / seconds:,.0f} tokens/s",
    )
