"""Measure recall@1 on given vectors, with noisy copies of them or paraphrases as queries.

This is the experiment of `synthetic`, on given vectors instead of drawn ones.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.dimension_retrieval import PROJECTIONS
from evaluators.dimension_retrieval.items import (
    ArrayItems,
    Queries,
    generator,
    noisy_queries,
    unit_rows,
)
from evaluators.dimension_retrieval.prediction import geometric_dims
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
from evaluators.errors import DimensionError
from evaluators.names import validate_known
from evaluators.progress import Progress

Vectors = NDArray[np.floating]


class Paired(NamedTuple):
    """Given queries: paraphrases, translations, questions.

    Attributes:
        vectors: Shape (Q, d).
        own: Index of the item each should find, shape (Q,).
    """

    vectors: Vectors
    own: NDArray[np.integer]


def embedding_curve(
    embeddings: Vectors,
    queries: Paired | float,
    *,
    projection: str = "gaussian",
    dims: tuple[int, ...] | None = None,
    sample: int = 1000,
    replicates: int = 8,
    seed: int = 0,
    device: str | None = None,
    blocks: Blocks | None = None,
    progress: Progress | None = None,
) -> RetrievalCurve:
    """Measure recall@1 over dimensions among given embeddings.

    Items are scaled to length 1. There is no prediction, which would need directions without
    structure.

    Args:
        embeddings: The items, shape (M, d).
        queries: A cosine rho: each replicate draws `sample` of the items and adds noise at that
            cosine. Or the queries themselves: each replicate takes its share of them, so that
            each is used once. A Gaussian projection is drawn for each replicate. The items are
            fixed: intervals do not cover other items.
        projection: `gaussian`, `pca` or `whitening` (fitted on the items).
        dims: Numbers of dimensions, rising; None: about 30 between 2 and all.
        sample: Noisy queries of a replicate, M at most.
        replicates: Number of replicates, for the intervals.
        seed: Seed of everything random.
        device: torch's name; None takes CUDA where there is one.
        blocks: Sizes of the blocks that are compared at once; they do not change the results.
        progress: Called with items compared so far, over all replicates.

    Raises:
        DimensionError: Embeddings are NaN, zero, constant or fewer than two, n is above what the
            projection can have, or queries do not fit.
        UnknownNameError: No projection has that name.
    """
    validate_known("projection", [projection], PROJECTIONS)
    validate_vectors("embeddings", embeddings)
    count, d = embeddings.shape
    paired = queries if isinstance(queries, Paired) else None
    rho = None if isinstance(queries, Paired) else float(queries)
    total = len(paired.vectors) if paired else min(sample, count)
    validate_experiment(count, d, rho, total, replicates)
    if (embeddings == embeddings[0]).all():
        raise DimensionError(f"all {count} embeddings are equal: at least two must differ")
    if paired:
        _validate_paired(paired, count, d, replicates)
    if dims is not None:
        dims = validate_dims(dims, projection, count, d)
    items, computed_on = ArrayItems(embeddings), device_or_default(device)
    largest, shared = d, None
    if projection != "gaussian":  # fitted on the same items each time
        last = None if dims is None else dims[-1]
        shared = make_projection(projection, last, items, torch.Generator())
        largest = len(shared.matrix)
    dims = dims or geometric_dims(min(2, largest), largest, max(largest / 2, 1) ** (1 / 30))

    def replicate(index: int, done: Done) -> Scan:
        entropy = (seed, count, d, index)
        asks = _queries(items, queries, total, index, replicates, entropy)
        source = generator(entropy, "projection")
        used = shared or make_projection(projection, dims[-1], items, source)
        return scan(items, asks, used, dims, device=computed_on, blocks=blocks, done=done)

    stage = f"recall@1 of {count} embeddings"
    measured = measure(replicate, replicates, count, stage, progress)
    return RetrievalCurve(
        items=count,
        d=d,
        rho=rho,
        projection=projection,
        seed=seed,
        dims=dims,
        recall=mean_recall(measured.recalls),
        by_replicate=rows_of(measured.recalls),
        queries=total if paired is None else total // replicates,
        predicted=None,
        levels=level_results(dims, measured.recalls, None),
        duplicates=count_duplicates(embeddings),
        seconds=measured.seconds,
        working_bytes=measured.working_bytes,
        device=computed_on,
    )


def _queries(
    items: ArrayItems,
    queries: Paired | float,
    total: int,
    index: int,
    replicates: int,
    entropy: tuple[int, ...],
) -> Queries:
    """Draw items and noise, or take every `replicates`-th of the queries in a shuffled order."""
    if not isinstance(queries, Paired):
        own = torch.randperm(items.count, generator=generator(entropy, "sample"))[:total]
        return noisy_queries(items, own, queries, generator(entropy, "noise"))
    shuffled = torch.randperm(total, generator=generator((*entropy[:-1], 0), "sample"))
    share = shuffled[: total // replicates * replicates][index::replicates].numpy()
    return Queries(unit_rows(queries.vectors[share]), _long(queries.own[share]))


def _validate_paired(paired: Paired, count: int, d: int, replicates: int) -> None:
    validate_vectors("queries", paired.vectors, d)
    own = np.asarray(paired.own)
    if own.shape != (len(paired.vectors),) or not np.issubdtype(own.dtype, np.integer):
        raise DimensionError(
            f"each of the {len(paired.vectors)} queries must have the index of its item, got the"
            f" shape {own.shape} of {own.dtype}"
        )
    if own.min() < 0 or own.max() >= count:
        raise DimensionError(
            f"indices of items must be between 0 and {count - 1}, got {own.min()} to {own.max()}"
        )
    if len(own) < replicates:
        raise DimensionError(f"replicates must be at most the {len(own)} queries, got {replicates}")


def _long(indices: NDArray[np.integer]) -> Tensor:
    return torch.from_numpy(indices.astype(np.int64))


def validate_vectors(name: str, rows: NDArray[np.floating], width: int | None = None) -> None:
    """Validate that every vector has a cosine.

    Args:
        name: Name of the vectors, for the message.
        rows: Vectors, shape (M, d).
        width: The required d; None accepts any.

    Raises:
        DimensionError: They are not a matrix of finite numbers, have another width or a zero row.
    """
    if rows.ndim != 2 or not np.issubdtype(rows.dtype, np.floating):
        raise DimensionError(
            f"{name} must be floats of shape (rows, d), got the shape {rows.shape} of {rows.dtype}"
        )
    if width is not None and rows.shape[1] != width:
        raise DimensionError(
            f"{name} must have {width} coordinates as the items do, got {rows.shape[1]}"
        )
    largest = np.abs(rows).max(axis=1, initial=0)  # NaN where one is
    if not np.isfinite(largest).all():
        raise DimensionError(f"{name}: row {_first(~np.isfinite(largest))} holds NaN or infinity")
    if (largest == 0).any():
        raise DimensionError(f"{name}: row {_first(largest == 0)} is zero and has no cosine")


def count_duplicates(rows: NDArray[np.floating]) -> int:
    """Count the rows that equal an earlier one exactly."""
    seen = {blake2b((row + 0.0).tobytes(), digest_size=16).digest() for row in rows}
    return len(rows) - len(seen)


def _first(mask: NDArray[np.bool_]) -> int:
    return int(np.flatnonzero(mask)[0])
