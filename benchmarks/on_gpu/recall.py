"""recall@1 over numbers of dimensions among a million items."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.on_gpu.measured import Bench, Measured
from evaluators.dimension_retrieval.synthetic import SyntheticCell, synthetic_curve

RHO, WIDTH = 0.35, 1024


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the seconds of a curve, and the operations of its matrix products."""
    items = 2_000 if bench.toy else 1_000_000
    queries, width = (50, 128) if bench.toy else (1000, WIDTH)
    cell = SyntheticCell(items, RHO, d=width, queries=queries, replicates=2)
    peak = bench.watch_peak()
    curve = synthetic_curve(cell, device=bench.device)
    largest = curve.dims[-1]
    operations = 2.0 * items * largest * (width + queries) * cell.replicates
    rate = operations / curve.seconds
    yield Measured(
        work=f"recall curve, N = {items:,}, {queries} queries, {len(curve.dims)} n to {largest}",
        side="rankcheck",
        seconds=curve.seconds,
        rate=items * queries * cell.replicates / curve.seconds,
        unit="comparisons",
        operations=rate,
        share=rate / bench.ceiling("float32"),
        peak_bytes=peak(),
        note="items are drawn on the CPU; shares are of a product in float32",
    )
