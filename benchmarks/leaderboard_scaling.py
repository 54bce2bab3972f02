"""One whole ranking, from cells to ranks with reasons, at growing sizes."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.table import Row
from evaluators.averaging import TREATMENTS, Board, Column, rank

SIZES = ((1_250, 200), (2_500, 200), (5_000, 200), (10_000, 200), (10_000, 400), (20_000, 400))
POWER = -1.0
BUDGET_SECONDS = 1.0  # for 10,000 × 200
WORST_GROWTH = 1.5  # of the time a cell takes, over the smallest


def run(rounds: int) -> Iterator[Row]:
    """Yield seconds by size; the ratio is the time a cell takes beside the smallest board's."""
    boards = {size: _board(*size) for size in SIZES}
    best = dict.fromkeys(SIZES, float("inf"))
    for _ in range(5 * rounds):  # each is short
        for size, board in boards.items():
            started = time.perf_counter()
            rank(board, TREATMENTS["per-task"], POWER)
            best[size] = min(best[size], time.perf_counter() - started)
    base = best[SIZES[0]] / (SIZES[0][0] * SIZES[0][1])
    for (models, tasks), seconds in best.items():
        cell = seconds / (models * tasks)
        note = f"{cell * 1e9:.0f} ns a cell"
        side = f"{models:,} models × {tasks} tasks"
        yield Row("one ranking, per cell", side, seconds, cell / base, -WORST_GROWTH, note)
    seconds = best[10_000, 200]
    yield Row(
        "one ranking, budget", "10,000 × 200 in 1 s", seconds, seconds / BUDGET_SECONDS, -1.0, ""
    )


def _board(models: int, tasks: int) -> Board:
    rng = np.random.default_rng(models * tasks)
    return Board(
        name="made-up",
        snapshot="1",
        models=tuple(f"model {i}" for i in range(models)),
        columns=tuple(Column(f"task {j}", f"task {j}") for j in range(tasks)),
        values=rng.uniform(1, 100, (models, tasks)),
    )
