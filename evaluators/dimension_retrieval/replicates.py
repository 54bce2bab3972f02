"""Run the replicates of an experiment, some at once, and check what it is asked for."""

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
    """Raise unless the experiment can be run.

    Raises:
        DimensionError: Fewer than two items, a cosine outside (0, 1), or nothing to draw.
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
    """Return the numbers of dimensions as a tuple.

    Raises:
        UnknownNameError: No projection has that name.
        DimensionError: They do not rise, or the projection has fewer.
    """
    validate_known("projection", [projection], PROJECTIONS)
    found = tuple(int(n) for n in dims)
    if not found or found[0] < 1 or any(b <= a for a, b in pairwise(found)):
        raise DimensionError(
            f"dimensions must be increasing whole numbers of at least 1, got {list(dims)}"
        )
    most = largest_rank(projection, items, d)
    if found[-1] > most:
        raise DimensionError(
            f"n = {found[-1]} dimensions of {items} items in {d}: the {projection} projection has"
            f" at most {most}"
        )
    return found


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
        replicate: Takes the number of the replicate and a function that it calls with the number
            of items compared so far.
        count: Replicates.
        items: Items of each.
        what: What is being done, for `progress`.
        progress: Called from the caller's own thread.
    """
    started = time.perf_counter()
    seen = [0] * count

    def report() -> None:
        if progress:
            progress(what, sum(seen), count * items)

    def one(index: int) -> Scan:
        def done(compared: int) -> None:
            seen[index] = compared
            if count == 1:
                report()

        return replicate(index, done)

    at_once = min(torch.get_num_threads(), count)
    scans: list[Scan] = []
    for found in in_order(count, one, report):
        scans.append(found)
        report()
    return Measured(
        np.array([found.right.mean(axis=0) for found in scans]),
        time.perf_counter() - started,
        at_once * max(found.working_bytes for found in scans),
    )


def device_or_default(device: str | None) -> str:
    """Return `device`; where it is None, CUDA if there is one, else the CPU."""
    return device or ("cuda" if torch.cuda.is_available() else "cpu")


def mean_recall(recalls: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the mean over replicates."""
    return tuple(float(value) for value in recalls.mean(axis=0))


def rows_of(recalls: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    """Return one tuple a replicate."""
    rows: Sequence[list[float]] = recalls.tolist()
    return tuple(tuple(row) for row in rows)
