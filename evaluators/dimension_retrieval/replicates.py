"""Validate an experiment, and run its replicates in parallel."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.dimension_retrieval import PROJECTIONS, largest_rank
from evaluators.dimension_retrieval.recall_scan import Scan
from evaluators.dimension_retrieval.threads import in_order
from evaluators.errors import DimensionError
from evaluators.names import validate_known
from evaluators.progress import Progress

Done = Callable[[int], None]


def validate_experiment(
    items: int, d: int, rho: float | None, queries: int, replicates: int
) -> None:
    """Validate the sizes of an experiment.

    Raises:
        DimensionError: There are fewer than two items, no queries or no replicates, or the cosine
            is outside (0, 1).
    """
    if items < 2:
        raise DimensionError(f"items must be at least 2, got {items}")
    if d < 2:
        raise DimensionError(f"coordinates must be at least 2, got {d}: cosines need them")
    if rho is not None and not 0 < rho < 1:
        raise DimensionError(f"rho, the cosine of query and item, must be in (0, 1), got {rho}")
    if queries < 1 or replicates < 1:
        raise DimensionError(
            f"queries and replicates must be at least 1, got {queries} and {replicates}"
        )


def validate_dims(dims: Sequence[int], projection: str, items: int, d: int) -> tuple[int, ...]:
    """Validate the numbers of dimensions, and return them as a tuple.

    Raises:
        UnknownNameError: No projection has that name.
        DimensionError: They do not rise, or the projection has fewer.
    """
    validate_known("projection", [projection], PROJECTIONS)
    rising = tuple(int(n) for n in dims)
    if not rising or rising[0] < 1 or any(b <= a for a, b in pairwise(rising)):
        raise DimensionError(
            f"dimensions must be increasing whole numbers of at least 1, got {list(dims)}"
        )
    largest = largest_rank(projection, items, d)
    if rising[-1] > largest:
        raise DimensionError(
            f"n = {rising[-1]} dimensions of {items} items in {d}: the {projection} projection has"
            f" at most {largest}"
        )
    return rising


class Measured(NamedTuple):
    """All replicates of one experiment.

    Attributes:
        recalls: recall@1, shape (replicates, dims).
        seconds: Wall-clock time.
        working_bytes: Bytes of the arrays in memory at once, over all parallel replicates.
    """

    recalls: NDArray[np.float64]
    seconds: float
    working_bytes: int


def measure(
    replicate: Callable[[int, Done], Scan],
    count: int,
    items: int,
    stage: str,
    progress: Progress | None,
) -> Measured:
    """Run replicates 0 … count - 1, as many in parallel as torch has threads.

    Args:
        replicate: Takes the number of the replicate and a function that it calls with the number
            of items compared so far.
        count: Number of replicates.
        items: Number of items of each.
        stage: Name of the work, for `progress`.
        progress: Called from the caller's own thread.
    """
    started = time.perf_counter()
    seen = [0] * count

    def report() -> None:
        if progress:
            progress(stage, sum(seen), count * items)

    def run_replicate(index: int) -> Scan:
        def done(compared: int) -> None:
            seen[index] = compared
            if count == 1:
                report()

        return replicate(index, done)

    at_once = min(torch.get_num_threads(), count)
    scans: list[Scan] = []
    for one_scan in in_order(count, run_replicate, report):
        scans.append(one_scan)
        report()
    return Measured(
        np.array([one_scan.right.mean(axis=0) for one_scan in scans]),
        time.perf_counter() - started,
        at_once * max(one_scan.working_bytes for one_scan in scans),
    )


def device_or_default(device: str | None) -> str:
    """Return `device`, or if it is None, CUDA where there is one and else the CPU."""
    return device or ("cuda" if torch.cuda.is_available() else "cpu")


def mean_recall(recalls: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the mean recall over replicates."""
    return tuple(float(value) for value in recalls.mean(axis=0))


def rows_of(recalls: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """Return recalls as one tuple for each replicate."""
    rows: Sequence[list[float]] = recalls.tolist()
    return tuple(tuple(row) for row in rows)
