"""Score one STS task: cosines, Spearman over all k, headline scores with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.dataset import PairDataset
from evaluators.errors import DatasetError, ScoreError
from evaluators.result import Curve, Score
from evaluators.statistics import resample_counts
from evaluators.sts.bootstrap import COUNT, Resamples, interval, parts, ratio
from evaluators.sts.dependence import (
    SharedSentences,
    pearson_influence,
    sentence_numbers,
    spearman_influence,
    stretch,
)
from evaluators.sts.spearman import GoldRanks, pearson, spearman, spearman_or_nan
from evaluators.sts.whitening import product

Floats = NDArray[np.float64]

CELLS = 1 << 16  # numbers in a block: a few float64 blocks of this size stay in the cache


class Bootstrap(NamedTuple):
    """Settings of the intervals; with 0 resamples there are none."""

    resamples: int
    confidence: float
    seed: int


class Scored(NamedTuple):
    """All scores of one arm.

    Attributes:
        scores: The scores.
        curves: Curves over k.
        cosines: Cosine of each pair by the number of dimensions that has a headline score.
    """

    scores: tuple[Score, ...]
    curves: tuple[Curve, ...]
    cosines: Mapping[int, Floats]

    @property
    def similarities(self) -> Floats:
        """The cosines on all dimensions, shape (n,)."""
        return self.cosines[max(self.cosines)]


def score_pairs(
    pairs: Pairs, columns: Floats, dimensions: Sequence[int], bootstrap: Bootstrap
) -> Scored:
    """Score vectors at every number of dimensions, with intervals at some.

    Args:
        pairs: The dataset.
        columns: Vectors of `pairs.used` as columns, shape (d, m).
        dimensions: Numbers of dimensions that get headline scores; d always does.
        bootstrap: Settings of the intervals.

    Raises:
        ScoreError: A similarity is constant at a headline dimension, or in a subset.
    """
    width = len(columns)
    headline = {k for k in dimensions if k < width} | {width}
    values = np.empty(width)
    headline_cosines: dict[int, Floats] = {}
    for start, cosines in prefix_cosines(columns, pairs.first, pairs.second):
        values[start - 1 : start - 1 + len(cosines)] = spearman_or_nan(cosines, pairs.gold)
        for k in headline.intersection(range(start, start + len(cosines))):
            headline_cosines[k] = cosines[k - start].copy()
    scores = [
        score
        for k in sorted(headline)
        for score in _headline(pairs, headline_cosines[k], k, bootstrap)
    ]
    return Scored(tuple(scores), (_curve(values),), headline_cosines)


def _curve(values: Floats) -> Curve:
    """Return the curve from the first k with a defined Spearman, often 2.

    At k = 1 all cosines may have one sign.
    """
    defined = np.flatnonzero(np.isfinite(values))
    start = int(defined[0]) if len(defined) else 0
    if not np.isfinite(values[start:]).all():
        raise ScoreError("similarities are constant at some number of dimensions")
    return Curve("spearman", "k", start + 1, tuple(values[start:].tolist()))


def _headline(pairs: Pairs, cosines: Floats, k: int, bootstrap: Bootstrap) -> list[Score]:
    gold, n = pairs.dataset.gold, len(pairs.dataset)
    variant = {"k": k, "aggregate": "all"}
    scores = []
    for metric, compute, resampled, influence in (
        ("spearman", spearman, Resamples.spearman, spearman_influence),
        ("pearson", pearson, resampled_pearson, pearson_influence),
    ):
        value = float(compute(cosines, gold))
        low, high = None, None
        if bootstrap.resamples:
            replicates = resampled(pairs.resamples(bootstrap), cosines)
            low, high = _ends(pairs, value, replicates, influence(cosines, gold), bootstrap)
        scores.append(Score(metric, value, n, variant, low, high))
    return scores + _subsets(pairs, cosines, k, bootstrap)


def _ends(
    pairs: Pairs, value: float, replicates: Floats, influence: Floats, bootstrap: Bootstrap
) -> tuple[float, float] | tuple[None, None]:
    """Return the ends of a score's interval, which allow for pairs that share sentences.

    Args:
        pairs: The dataset.
        value: The score.
        replicates: The score in each resample, shape (resamples,).
        influence: Influence of each pair on the score, up to one factor, shape (n,).
        bootstrap: Settings of the intervals.
    """
    ends = interval(replicates, bootstrap.confidence)
    if ends is None:
        return None, None
    return stretch(ends, value, pairs.shared.error_ratio(influence), most=1)


def _subsets(pairs: Pairs, cosines: Floats, k: int, bootstrap: Bootstrap) -> list[Score]:
    """Return SentEval's aggregates: each subset, their mean and their weighted mean.

    Pairs are drawn within each subset, as a subset's size is fixed. Pairs of two subsets may share
    sentences too, which the intervals of the means allow for.
    """
    if not pairs.subsets:
        return []
    gold = pairs.dataset.gold
    values, sizes = [], []
    for name, index in pairs.subsets.items():
        try:
            values.append(float(spearman(cosines[index], gold[index])))
        except ScoreError as error:
            raise ScoreError(f"subset {name!r} of {pairs.dataset.task}: {error}") from error
        sizes.append(len(index))
    n, own = sum(sizes), np.eye(len(sizes))
    weights = np.array(sizes) / n
    # value, number of pairs, variant, share of each subset
    each: list[tuple[float, int, dict[str, Any], Floats]] = [
        (float(np.mean(values)), n, {"aggregate": "mean"}, np.full(len(sizes), 1 / len(sizes))),
        (float(np.average(values, weights=sizes)), n, {"aggregate": "wmean"}, weights),
    ]
    each += [
        (value, size, {"aggregate": "subset", "subset": name}, share)
        for name, value, size, share in zip(pairs.subsets, values, sizes, own, strict=True)
    ]
    ends: list[tuple[float, float] | tuple[None, None]] = [(None, None)] * len(each)
    if bootstrap.resamples:
        replicates, influence = _by_subset(pairs, cosines, bootstrap)
        for i, (value, _, _, share) in enumerate(each):
            used = share > 0  # a subset without replicates must not make the others undefined
            mixed = share[used] @ replicates[used]
            ends[i] = _ends(pairs, value, mixed, share @ influence, bootstrap)
    return [
        Score("spearman", value, size, {"k": k, **variant}, *ends[i])
        for i, (value, size, variant, _) in enumerate(each)
    ]


def _by_subset(pairs: Pairs, cosines: Floats, bootstrap: Bootstrap) -> tuple[Floats, Floats]:
    """Return the replicates of each subset's Spearman, and each pair's influence on it.

    Returns:
        Shapes (subsets, resamples) and (subsets, n); a pair has no influence on other subsets.
    """
    replicates = np.empty((len(pairs.subsets), bootstrap.resamples))
    influence = np.zeros((len(pairs.subsets), len(cosines)))
    for i, (resamples, index) in enumerate(
        zip(pairs.subset_resamples(bootstrap), pairs.subsets.values(), strict=True)
    ):
        replicates[i] = resamples.spearman(cosines[index])
        influence[i, index] = spearman_influence(cosines[index], resamples.gold) / len(index)
    return replicates, influence


def resampled_pearson(resamples: Resamples, scores: Floats) -> Floats:
    """Return Pearson's correlation of `scores` with the gold in each resample.

    Arguments and result are as in `Resamples.spearman`.
    """
    counts = resamples.counts
    x, y = scores - scores.mean(), resamples.gold - resamples.gold.mean()
    columns = np.stack([x, y, x * x, y * y, x * y], axis=1)
    sums = np.concatenate([product(counts[part], columns) for part in parts(counts)])
    x1, y1, xx, yy, xy = (sums / len(scores)).T
    return ratio(xy - x1 * y1, (xx - x1 * x1).clip(0) * (yy - y1 * y1).clip(0))


class Block(NamedTuple):
    """Cosines at consecutive numbers of dimensions."""

    start: int  # k of the first row
    cosines: Floats  # (rows, pairs)


def prefix_cosines(
    columns: Floats, first: NDArray[np.intp], second: NDArray[np.intp]
) -> Iterator[Block]:
    """Yield the cosine of each pair on the first k dimensions, for k = 1 … d.

    The cosine is the running sum of a·b over the roots of the running sums of a² and b²: one pass
    gives all d of them. Where both sides are the same sentence it is exactly 1, and at k = 1
    exactly a sign, so that rounding does not create ranks. A side that is zero so far has
    cosine 0.

    Args:
        columns: Vectors as columns, shape (d, m).
        first: Column of each pair's first sentence, shape (n,).
        second: Column of each pair's second sentence, shape (n,).
    """
    squares = np.cumsum(columns * columns, axis=0)
    squares[squares == 0] = np.inf
    same = np.flatnonzero(first == second)
    rows = max(1, CELLS // max(1, len(first)))
    carried = np.zeros(len(first))
    for at in range(0, len(columns), rows):
        part = slice(at, at + rows)
        products = columns[part].take(first, axis=1)
        products *= columns[part].take(second, axis=1)
        products[0] += carried
        cosines = np.cumsum(products, axis=0, out=products)
        carried = cosines[-1].copy()
        # One root of the product: (a, b) and (b, a) have the same cosine to the last bit, and equal
        # vectors have 1, as the root of a rounded square is exact.
        lengths = squares[part].take(first, axis=1)
        lengths *= squares[part].take(second, axis=1)
        cosines /= np.sqrt(lengths, out=lengths)
        if at == 0:
            cosines[0] = np.sign(cosines[0])
        cosines[:, same] = np.isfinite(squares[part].take(first[same], axis=1))
        yield Block(at + 1, cosines)


def cosines_at(pairs: Pairs, columns: Floats, dimensions: Sequence[int]) -> dict[int, Floats]:
    """Return the cosine of each pair on the first k dimensions, for some k.

    Args:
        pairs: The dataset.
        columns: Vectors of `pairs.used` as columns, shape (d, m).
        dimensions: Each k.
    """
    return {
        k: cosines[k - start].copy()
        for start, cosines in prefix_cosines(columns, pairs.first, pairs.second)
        for k in dimensions
        if start <= k < start + len(cosines)
    }


def check_pairs(dataset: PairDataset) -> None:
    """Validate that correlations are defined on a dataset.

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
        raise DatasetError(
            f"{name}: all columns must have one number of rows, got {sorted(lengths | {n})}"
        )
    if not np.isfinite(dataset.gold).all():
        row = int(np.flatnonzero(~np.isfinite(dataset.gold))[0])
        raise DatasetError(
            f"{name}: gold of row {row} must be a number, got {dataset.gold[row]}: remove the row"
            " or label it"
        )
    if dataset.gold.min() == dataset.gold.max():
        raise DatasetError(
            f"{name}: all {n} gold values are {dataset.gold[0]}: the split is unlabelled, or gold"
            " is another column"
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
        shared: Which pairs share a sentence of the dataset. Sentences are compared as text, and
            not by their tokens as in `used`, so that this is the same for every checkpoint.
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
        self.shared = SharedSentences(*sentence_numbers(dataset.first, dataset.second))
        self._resamples: tuple[tuple[int, int], Resamples] | None = None
        self._subset_resamples: tuple[tuple[int, int], list[Resamples]] | None = None

    def resamples(self, bootstrap: Bootstrap) -> Resamples:
        """Return the same resamples to every arm, so that arms can be compared pair by pair."""
        key = bootstrap.resamples, bootstrap.seed
        if self._resamples is None or self._resamples[0] != key:
            rng = np.random.default_rng(bootstrap.seed)
            counts = resample_counts(rng, len(self.dataset), bootstrap.resamples, COUNT)
            self._resamples = key, Resamples(self.dataset.gold, counts)
        return self._resamples[1]

    def subset_resamples(self, bootstrap: Bootstrap) -> list[Resamples]:
        """Return the resamples of each subset, in their order, the same ones to every arm."""
        key = bootstrap.resamples, bootstrap.seed
        if self._subset_resamples is None or self._subset_resamples[0] != key:
            rng = np.random.default_rng(bootstrap.seed)
            self._subset_resamples = (
                key,
                [
                    Resamples(
                        self.dataset.gold[index],
                        resample_counts(rng, len(index), bootstrap.resamples, COUNT),
                    )
                    for index in self.subsets.values()
                ],
            )
        return self._subset_resamples[1]
