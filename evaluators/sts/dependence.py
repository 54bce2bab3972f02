"""Standard errors of correlations over pairs that share sentences.

Two pairs with a sentence in common are not independent: a sentence that a model reads badly spoils
all its pairs. To first order a correlation is the mean of an influence function ψ over the pairs,
so its variance is the sum of E ψ_i ψ_j over all i and j, of which only those remain that share a
sentence: the dyadic-robust variance of Fafchamps and Gubert 2007 ("The formation of risk sharing
networks"), also Aronow, Samii and Assenova 2015 (arXiv 1312.3398) and Cameron and Miller 2014
("Robust inference for dyadic data"). With independent pairs it is the sum of ψ_i² alone.

The alternative, a bootstrap in which a pair counts as often as both its sentences together
(Davezies, D'Haultfœuille and Guyonvarch 2021, arXiv 1910.04527), suits dense graphs. Here its
counts have variance 3 and not 1, and its standard errors are 1.3 to 1.8 times too large
(docs/reports/sts-intervals.md).

Nothing here imports torch, as the dashboard computes differences too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.sts.spearman import groups

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def sentence_numbers(first: Sequence[str], second: Sequence[str]) -> tuple[Ints, Ints]:
    """Number the distinct sentences of some pairs in order of appearance.

    Args:
        first: The first sentence of each pair, length n.
        second: The second sentence of each pair, length n.

    Returns:
        The numbers of the first and of the second sentences, each of shape (n,).
    """
    numbers: dict[str, int] = {}
    rows = [
        (numbers.setdefault(a, len(numbers)), numbers.setdefault(b, len(numbers)))
        for a, b in zip(first, second, strict=True)
    ]
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return table[:, 0].copy(), table[:, 1].copy()


class SharedSentences:
    """Which pairs share a sentence.

    Args:
        first: Number of each pair's first sentence, shape (n,).
        second: Number of its second sentence, shape (n,).

    Attributes:
        first: As given.
        second: As given.
        any: Whether any two pairs share a sentence.
    """

    def __init__(self, first: Ints, second: Ints) -> None:
        n = len(first)
        self.first, self.second = first, second
        distinct, ends = np.unique(np.concatenate([first, second]), return_inverse=True)
        a, b = ends[:n], ends[n:]
        self._two = two = a != b
        self._ends = np.concatenate([a, b[two]])  # a pair of equal sentences has one end
        self._pairs = np.concatenate([np.arange(n), np.flatnonzero(two)])
        self.any = len(distinct) < len(self._ends)
        both = np.minimum(a, b)[two] * len(distinct) + np.maximum(a, b)[two]
        self._both = np.unique(both, return_inverse=True)[1]

    def sum_of_products(self, influence: Floats) -> float:
        """Return the sum of ψ_i ψ_j over all i and j that share a sentence, i = j included.

        The squares of the sums by sentence count such a product once for each shared sentence, so
        what shares both is subtracted once.

        Args:
            influence: ψ, shape (n,).
        """
        by_sentence = np.bincount(self._ends, influence[self._pairs])
        by_both = np.bincount(self._both, influence[self._two])
        return float(by_sentence @ by_sentence - by_both @ by_both)

    def error_ratio(self, influence: Floats) -> float:
        """Return the standard error over that of independent pairs, at least 1.

        At least 1, as the sum can be less than the squares by chance, or even negative; sharing
        sentences makes no interval narrower.

        Args:
            influence: Influence of each pair on the statistic, shape (n,).
        """
        independent = float(influence @ influence)
        if not self.any or independent <= 0:
            return 1.0
        return math.sqrt(max(1.0, self.sum_of_products(influence) / independent))


def stretch(
    ends: tuple[float, float], value: float, ratio: float, most: float
) -> tuple[float, float]:
    """Return an interval whose ends are `ratio` times as far from the value, within ±`most`."""
    if ratio == 1:
        return ends
    low, high = (min(max(value + ratio * (end - value), -most), most) for end in ends)
    return low, high


def spearman_influence(scores: Floats, gold: Floats) -> Floats:
    """Return the influence of each pair on Spearman's correlation, ranked anew.

    Spearman's correlation is C / √(A B), with C = E(u v), A = E(u²) and B = E(v²) of the
    centred ranks u of the scores and v of the gold, as shares of n. A further pair at (x, y) adds
    its own product, and moves the ranks of all pairs above it: the influence on C is

        u(x) v(y) + E(H(x, X) v(Y)) + E(u(X) H(y, Y)) - 3 C,

    where H(x, X) is 1 for X > x, one half for X = x, else 0 (Croux and Dehon 2010, "Influence
    functions of the Spearman and Kendall correlation measures", for values without ties).

    Args:
        scores: Shape (n,).
        gold: Shape (n,).

    Returns:
        Shape (n,), of mean 0.
    """
    by_score, by_gold = _Ranks(scores), _Ranks(gold)
    u, v = by_score.centred, by_gold.centred
    c, a, b = float(np.mean(u * v)), float(np.mean(u * u)), float(np.mean(v * v))
    on_c = u * v + by_score.mean_above(v) + by_gold.mean_above(u) - 3 * c
    on_a = u * u + 2 * by_score.mean_above(u) - 3 * a
    on_b = v * v + 2 * by_gold.mean_above(v) - 3 * b
    influence: Floats = (on_c - c / 2 * (on_a / a + on_b / b)) / np.sqrt(a * b)
    return influence


def pearson_influence(scores: Floats, gold: Floats) -> Floats:
    """Return the influence of each pair on Pearson's correlation (Devlin and others 1975).

    Args:
        scores: Shape (n,).
        gold: Shape (n,).

    Returns:
        Shape (n,), of mean 0.
    """
    x, y = ((side - side.mean()) / side.std() for side in (scores, gold))
    influence: Floats = x * y - float(np.mean(x * y)) * (x * x + y * y) / 2
    return influence


class _Ranks:
    """Average ranks of some values.

    Attributes:
        centred: Ranks as shares of n, minus their mean, shape (n,).
    """

    def __init__(self, values: Floats) -> None:
        n = len(values)
        self._grouped = groups(values)
        sizes = np.diff(np.append(self._grouped.starts, n))
        ranks = (self._grouped.starts + sizes / 2) / n - 0.5
        self.centred: Floats = ranks.take(self._grouped.group)

    def mean_above(self, others: Floats) -> Floats:
        """Return the mean over all X of H(x, X) times `others`, for each value x."""
        order, starts, group = self._grouped
        totals = np.add.reduceat(others.take(order), starts)
        running = np.cumsum(totals)
        above: Floats = (running[-1] - running + totals / 2) / len(others)
        return above.take(group)
