"""The whole grid beside one plain encoding of the same sentences."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import ours
from benchmarks.data import checkpoint, english
from benchmarks.table import Row

MOST = 1.5


def run(rounds: int) -> Iterator[Row]:
    """Yield one plain encoding and the grid, with and without intervals."""
    datasets, folder = english(), checkpoint()
    plain, bare, full = [], [], []
    for _ in range(rounds):
        plain.append(ours.encoding(folder, datasets))
        bare.append(ours.grid(folder, datasets, 0))
        full.append(ours.grid(folder, datasets, 1000))
    base = min(plain)
    yield Row("STS grid", "one plain encoding", base, 1.0, None, "")
    for name, grids in (("no intervals", bare), ("95% intervals", full)):
        best = min(grids)
        note = f"{best.results} results"
        yield Row("STS grid", f"grid, {name}", best.seconds, best.seconds / base, -MOST, note)
