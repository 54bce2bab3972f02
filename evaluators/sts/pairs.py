"""What all arms of one dataset share: its rows, its gold's ranks, its resamples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.dataset import PairDataset
from evaluators.errors import DatasetError
from evaluators.statistics import resample_counts
from evaluators.sts.bootstrap import COUNT, Resamples
from evaluators.sts.spearman import GoldRanks


def check_pairs(dataset: PairDataset) -> None:
    """Refuse a dataset on which no correlation is defined.

    Raises:
        DatasetError: It is empty, its columns differ in length, or its gold is constant, NaN or
            infinite; names the row.
    """
    name = f"{dataset.task}/{dataset.split}" + (f" ({dataset.source})" if dataset.source else "")
    n = len(dataset)
    if n == 0:
        raise DatasetError(f"{name} is empty: check the split's name and the file")
    lengths = {len(dataset.second), len(dataset.gold), len(dataset.subsets or dataset.first)}
    if lengths != {n}:
        raise DatasetError(f"{name}: columns have {sorted(lengths | {n})} rows, not one number")
    if not np.isfinite(dataset.gold).all():
        row = int(np.flatnonzero(~np.isfinite(dataset.gold))[0])
        raise DatasetError(f"{name}: gold of row {row} is {dataset.gold[row]}: remove or label it")
    if dataset.gold.min() == dataset.gold.max():
        raise DatasetError(
            f"{name}: all {n} gold values are {dataset.gold[0]}: unlabelled, or another column"
        )


class Pairs:
    """A checked dataset with its sentences as rows of a vector store.

    Attributes:
        dataset: The pairs.
        used: Rows of the store that occur in it, distinct, sorted.
        first: Position in `used` of each pair's first sentence, shape (n,).
        second: Position in `used` of each pair's second sentence, shape (n,).
        gold: The gold's ranks.
        subsets: Indices of the pairs of each subset, by name, in order of appearance.
    """

    def __init__(
        self, dataset: PairDataset, first: NDArray[np.intp], second: NDArray[np.intp]
    ) -> None:
        self.dataset = dataset
        self.used, inverse = np.unique(np.concatenate([first, second]), return_inverse=True)
        self.first, self.second = inverse[: len(first)], inverse[len(first) :]
        self.gold = GoldRanks(dataset.gold)
        names = np.array(dataset.subsets or (), dtype=object)
        self.subsets = {
            name: np.flatnonzero(names == name) for name in dict.fromkeys(dataset.subsets or ())
        }
        self._resamples: tuple[tuple[int, int], Resamples] | None = None

    def resamples(self, number: int, seed: int) -> Resamples:
        """Return the same resamples to every arm, so that arms can be compared pair by pair."""
        if self._resamples is None or self._resamples[0] != (number, seed):
            rng = np.random.default_rng(seed)
            counts = resample_counts(rng, len(self.dataset), number, COUNT)
            self._resamples = (number, seed), Resamples(self.dataset.gold, counts)
        return self._resamples[1]
