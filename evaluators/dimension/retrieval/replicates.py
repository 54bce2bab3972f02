"""Replicates of an experiment, some at once, with their progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.dimension.retrieval.scan import Scan
from evaluators.dimension.retrieval.threads import in_order
from evaluators.progress import Progress

Done = Callable[[int], None]


class Measured(NamedTuple):
    """All replicates of one experiment.

    Attributes:
        recalls: recall@1, shape (replicates, dims).
        seconds: Wall-clock time.
        working_bytes: Arrays held at once, by all replicates that ran at once.
    """

    recalls: NDArray[np.float64]
    seconds: float
    working_bytes: int


def measure(
    replicate: Callable[[int, Done], Scan],
    count: int,
    items: int,
    what: str,
    progress: Progress | None,
) -> Measured:
    """Run replicates 0 … count - 1, as many at once as torch has threads.

    Args:
        replicate: Takes the number of the replicate and a function to be told how many items
            have been compared.
        count: Replicates.
        items: Items of each.
        what: What is being done, for `progress`.
        progress: Called from the caller's own thread.
    """
    started = time.perf_counter()
    seen = [0] * count

    def tell() -> None:
        if progress:
            progress(what, sum(seen), count * items)

    def one(index: int) -> Scan:
        def done(compared: int) -> None:
            seen[index] = compared
            if count == 1:
                tell()

        return replicate(index, done)

    at_once = min(torch.get_num_threads(), count)
    scans: list[Scan] = []
    for found in in_order(count, one, tell):
        scans.append(found)
        tell()
    return Measured(
        np.array([found.right.mean(axis=0) for found in scans]),
        time.perf_counter() - started,
        at_once * max(found.working_bytes for found in scans),
    )


def device_or_default(device: str | None) -> str:
    """Return the device asked for; CUDA where there is one and none was asked for."""
    return device or ("cuda" if torch.cuda.is_available() else "cpu")


def mean_recall(recalls: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the mean over replicates."""
    return tuple(float(value) for value in recalls.mean(axis=0))


def rows_of(recalls: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """Return one tuple a replicate."""
    rows: Sequence[list[float]] = recalls.tolist()
    return tuple(tuple(row) for row in rows)
