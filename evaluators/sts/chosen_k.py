"""Choose how many dimensions to keep on pairs that are not scored.

The k with the highest Spearman on the scored pairs would be chosen by their own grades, and its
score too high. So k is chosen on other pairs, less those that are scored too: 17 rows of
STSBenchmark's train split stand in its test split, and all of SICK's in what MTEB scores.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evaluators.dataset import PairDataset
from evaluators.errors import DatasetError
from evaluators.sts.score import Pairs, prefix_cosines
from evaluators.sts.spearman import spearman_or_nan

FEWEST = 50
"""Pairs on which a number of dimensions can be chosen."""


def without_scored_pairs(dataset: PairDataset, scored: PairDataset) -> PairDataset:
    """Return the pairs of a dataset that are not scored, in whichever order of their sentences.

    Raises:
        DatasetError: Too few are left.
    """
    taken = {frozenset(pair) for pair in zip(scored.first, scored.second, strict=True)}
    kept = [
        row
        for row, pair in enumerate(zip(dataset.first, dataset.second, strict=True))
        if frozenset(pair) not in taken
    ]
    if len(kept) < FEWEST:
        raise DatasetError(
            f"k must be chosen on at least {FEWEST} pairs that are not scored, got {len(kept)} in"
            f" {dataset.task}/{dataset.split} besides those of {scored.task}/{scored.split}: name"
            " another split or task under choose_k_on:"
        )
    subsets = dataset.subsets
    return replace(
        dataset,
        first=tuple(dataset.first[row] for row in kept),
        second=tuple(dataset.second[row] for row in kept),
        gold=dataset.gold[kept],
        subsets=None if subsets is None else tuple(subsets[row] for row in kept),
    )


def choose_k(pairs: Pairs, columns: NDArray[np.float64]) -> int:
    """Return the number of dimensions with the highest Spearman; of equal ones the smallest.

    Args:
        pairs: Pairs that are not scored.
        columns: Vectors of `pairs.used` as columns, shape (d, m).

    Raises:
        DatasetError: Spearman is undefined at every number of dimensions.
    """
    values = np.concatenate(
        [
            spearman_or_nan(cosines, pairs.gold)
            for _, cosines in prefix_cosines(columns, pairs.first, pairs.second)
        ]
    )
    if np.isnan(values).all():
        raise DatasetError(
            f"all similarities of {pairs.dataset.task}/{pairs.dataset.split} are equal: k cannot be"
            " chosen on them"
        )
    return int(np.nanargmax(values)) + 1
