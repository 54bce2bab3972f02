"""recall@1 over dimensions for embeddings handed in: with noise, or with queries of their own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.dimension.retrieval.checks import (
    check_dims,
    check_experiment,
    check_vectors,
    count_duplicates,
)
from evaluators.dimension.retrieval.curve import RetrievalCurve, level_results
from evaluators.dimension.retrieval.grid import geometric_dims
from evaluators.dimension.retrieval.items import ArrayItems, unit_rows
from evaluators.dimension.retrieval.names import PROJECTIONS
from evaluators.dimension.retrieval.projection import make_projection
from evaluators.dimension.retrieval.queries import Queries, noisy_queries
from evaluators.dimension.retrieval.replicates import (
    Done,
    device_or_default,
    mean_recall,
    measure,
    rows_of,
)
from evaluators.dimension.retrieval.scan import Blocks, Scan, scan
from evaluators.dimension.retrieval.seeds import generator
from evaluators.errors import DimensionError
from evaluators.names import require_known
from evaluators.progress import Progress

Vectors = NDArray[np.floating]


class Paired(NamedTuple):
    """Queries handed in: paraphrases, translations, questions.

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

    Items are scaled to length 1. There is no prediction: it is for directions without structure.

    Args:
        embeddings: The items, shape (M, d).
        queries: A cosine rho: each replicate draws `sample` of the items anew and gives them
            noise at that cosine. Or the queries themselves: each replicate takes its share of
            them, so that all are asked once. A Gaussian projection is drawn anew for each
            replicate. The items are given: intervals say nothing about other items.
        projection: `gaussian`, `pca` or `whitening` (fitted on the items).
        dims: Numbers of dimensions, rising; None: about 30 between 2 and all.
        sample: Noisy queries of a replicate, M at most.
        replicates: What the intervals rest on.
        seed: What everything random comes from.
        device: None: CUDA where there is one.
        blocks: How much is compared at once; changes no number.
        progress: Called with items compared so far, over all replicates.

    Raises:
        DimensionError: NaN, zero or constant embeddings, fewer than two, n above what the
            projection can have, queries that do not fit.
        UnknownNameError: No projection of that name.
    """
    require_known("projection", [projection], PROJECTIONS)
    check_vectors("embeddings", embeddings)
    count, d = embeddings.shape
    asked = queries if isinstance(queries, Paired) else None
    rho = None if isinstance(queries, Paired) else float(queries)
    total = len(asked.vectors) if asked else min(sample, count)
    check_experiment(count, d, rho, total, replicates)
    if (embeddings == embeddings[0]).all():
        raise DimensionError(f"all {count} embeddings are equal: there is nothing to tell apart")
    if asked:
        _check_paired(asked, count, d, replicates)
    if dims is not None:
        dims = check_dims(dims, projection, count, d)
    items, where = ArrayItems(embeddings), device_or_default(device)
    most, shared = d, None
    if projection != "gaussian":  # fitted on the same items each time
        last = None if dims is None else dims[-1]
        shared = make_projection(projection, last, items, torch.Generator())
        most = len(shared.matrix)
    dims = dims or geometric_dims(min(2, most), most, max(most / 2, 1) ** (1 / 30))

    def replicate(index: int, done: Done) -> Scan:
        entropy = (seed, count, d, index)
        asks = _queries(items, queries, total, index, replicates, entropy)
        source = generator(entropy, "projection")
        used = shared or make_projection(projection, dims[-1], items, source)
        return scan(items, asks, used, dims, device=where, blocks=blocks, done=done)

    what = f"recall@1 of {count} embeddings"
    found = measure(replicate, replicates, count, what, progress)
    return RetrievalCurve(
        items=count,
        d=d,
        rho=rho,
        projection=projection,
        seed=seed,
        dims=dims,
        recall=mean_recall(found.recalls),
        by_replicate=rows_of(found.recalls),
        queries=total if asked is None else total // replicates,
        predicted=None,
        levels=level_results(dims, found.recalls, None),
        duplicates=count_duplicates(embeddings),
        seconds=found.seconds,
        working_bytes=found.working_bytes,
        device=where,
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


def _check_paired(paired: Paired, count: int, d: int, replicates: int) -> None:
    check_vectors("queries", paired.vectors, d)
    own = np.asarray(paired.own)
    if own.shape != (len(paired.vectors),) or not np.issubdtype(own.dtype, np.integer):
        raise DimensionError(f"{len(paired.vectors)} queries need as many indices of items")
    if own.min() < 0 or own.max() >= count:
        raise DimensionError(f"a query's item is outside 0 … {count - 1}: there are {count} items")
    if len(own) < replicates:
        raise DimensionError(
            f"{len(own)} queries cannot be shared among {replicates} replicates: ask for fewer"
        )


def _long(indices: NDArray[np.integer]) -> Tensor:
    return torch.from_numpy(indices.astype(np.int64))
