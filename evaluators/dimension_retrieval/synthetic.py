"""Measure recall@1 of noisy queries among random unit vectors, for one cell."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from evaluators.dimension_retrieval import largest_rank
from evaluators.dimension_retrieval.items import SyntheticItems, generator, noisy_queries
from evaluators.dimension_retrieval.prediction import dims_around_the_rise, predicted_curve
from evaluators.dimension_retrieval.projection import make_projection
from evaluators.dimension_retrieval.recall_curve import RetrievalCurve, level_results
from evaluators.dimension_retrieval.recall_scan import Blocks, Scan, scan
from evaluators.dimension_retrieval.replicates import (
    Done,
    device_or_default,
    mean_recall,
    measure,
    rows_of,
    validate_dims,
    validate_experiment,
)
from evaluators.progress import Progress


@dataclass(frozen=True)
class SyntheticCell:
    """Settings of a cell of the experiment.

    Attributes:
        items: N, 2 or more.
        rho: Cosine of a query and its item.
        projection: `gaussian`, `pca` or `whitening`.
        d: Dimensions before the projection.
        queries: Queries of a replicate, N at most.
        replicates: Independent draws of items, noise and projection. Queries of one replicate
            share its items and projection, so intervals are based on replicates only.
        dims: Numbers of dimensions, rising; None for those over which recall should rise.
        seed: Seed of everything random.
    """

    items: int
    rho: float
    projection: str = "gaussian"
    d: int = 1024
    queries: int = 1000
    replicates: int = 16
    dims: tuple[int, ...] | None = None
    seed: int = 0


def synthetic_curve(
    cell: SyntheticCell,
    *,
    device: str | None = None,
    blocks: Blocks | None = None,
    progress: Progress | None = None,
) -> RetrievalCurve:
    """Measure recall@1 over dimensions, and predict it where the projection is Gaussian.

    Args:
        cell: Settings of the cell.
        device: torch's name; None takes CUDA where there is one. Random numbers are the same on all
            devices.
        blocks: Sizes of the blocks that are compared at once; they do not change the results.
        progress: Called with items compared so far, over all replicates.

    Raises:
        DimensionError: N < 2, n > d, or rho is outside (0, 1).
        UnknownNameError: No projection has that name.
    """
    validate_experiment(cell.items, cell.d, cell.rho, cell.queries, cell.replicates)
    dims = validate_dims(_dims(cell), cell.projection, cell.items, cell.d)
    computed_on = device_or_default(device)

    def replicate(index: int, done: Done) -> Scan:
        return _replicate(cell, index, dims, computed_on, blocks, done)

    stage = f"recall@1 of {cell.items} items at rho {cell.rho:g}"
    measured = measure(replicate, cell.replicates, cell.items, stage, progress)
    predicted = None
    if cell.projection == "gaussian":
        predicted = predicted_curve(dims, cell.items, cell.rho, cell.d)
    return RetrievalCurve(
        items=cell.items,
        d=cell.d,
        rho=cell.rho,
        projection=cell.projection,
        seed=cell.seed,
        dims=dims,
        recall=mean_recall(measured.recalls),
        by_replicate=rows_of(measured.recalls),
        queries=min(cell.queries, cell.items),
        predicted=predicted,
        levels=level_results(dims, measured.recalls, predicted),
        duplicates=0,
        seconds=measured.seconds,
        working_bytes=measured.working_bytes,
        device=computed_on,
    )


def _dims(cell: SyntheticCell) -> tuple[int, ...]:
    if cell.dims is not None:
        return cell.dims
    largest = largest_rank(cell.projection, cell.items, cell.d)
    fitting = [n for n in dims_around_the_rise(cell.items, cell.rho, cell.d) if n <= largest]
    return tuple(fitting) or (largest,)


def _replicate(
    cell: SyntheticCell,
    replicate: int,
    dims: tuple[int, ...],
    device: str,
    blocks: Blocks | None,
    done: Done,
) -> Scan:
    """Run one replicate with its own items, queries and projection.

    Items are independent and identically distributed, so the queries are for the first ones.
    """
    # Cells of one seed share no random numbers, so that their ratios may be averaged.
    entropy = (cell.seed, cell.items, cell.d, round(cell.rho * 10**9), replicate)
    items = SyntheticItems(cell.items, cell.d, entropy)
    own = torch.arange(min(cell.queries, cell.items))
    queries = noisy_queries(items, own, cell.rho, generator(entropy, "noise"))
    source = generator(entropy, "projection")
    projection = make_projection(cell.projection, dims[-1], items, source)
    return scan(items, queries, projection, dims, device=device, blocks=blocks, done=done)
