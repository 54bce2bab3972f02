"""Compare Spearman's correlation of some similarities with that of others of the same pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.result import Score
from evaluators.sts.bootstrap import interval
from evaluators.sts.dependence import spearman_influence, stretch
from evaluators.sts.score import Bootstrap, Pairs
from evaluators.sts.spearman import spearman

Floats = NDArray[np.float64]


class Baseline:
    """Similarities that others are compared with, pair by pair.

    The interval of a change is paired: both sides see the same resamples, and its ends allow for
    pairs that share sentences by the difference of the influences.

    Args:
        pairs: The dataset.
        similarities: Of each pair, shape (n,).
        bootstrap: Settings of the intervals.

    Raises:
        ScoreError: The similarities are constant.
    """

    def __init__(self, pairs: Pairs, similarities: Floats, bootstrap: Bootstrap) -> None:
        self._pairs, self._bootstrap = pairs, bootstrap
        self._value, self._replicates, self._influence = self._measure(similarities)

    def compare(self, similarities: Floats, metric: str, k: int) -> list[Score]:
        """Return Spearman of other similarities, and its change from the baseline's.

        Args:
            similarities: Of each pair, shape (n,).
            metric: Name of the score; the change is called `<metric>_change`.
            k: Number of dimensions that they are of.

        Raises:
            ScoreError: They are constant.
        """
        value, replicates, influence = self._measure(similarities)
        change = self._change(value, replicates, influence, f"{metric}_change", k)
        return [self._score(metric, value, replicates, influence, k, most=1), change]

    def change(self, similarities: Floats, metric: str, k: int) -> Score:
        """Return the change alone, under the name `metric`; else as `compare`."""
        return self._change(*self._measure(similarities), metric, k)

    def _change(
        self, value: float, replicates: Floats, influence: Floats, metric: str, k: int
    ) -> Score:
        return self._score(
            metric,
            value - self._value,
            replicates - self._replicates,
            influence - self._influence,
            k,
            most=2,
        )

    def _measure(self, similarities: Floats) -> tuple[float, Floats, Floats]:
        """Return the value, that of each resample, and the influence of each pair."""
        gold = self._pairs.dataset.gold
        value = float(spearman(similarities, gold))
        if not self._bootstrap.resamples:
            return value, np.empty(0), np.empty(0)
        replicates = self._pairs.resamples(self._bootstrap).spearman(similarities)
        return value, replicates, spearman_influence(similarities, gold)

    def _score(
        self,
        metric: str,
        value: float,
        replicates: Floats,
        influence: Floats,
        k: int,
        *,
        most: float,
    ) -> Score:
        ends: tuple[float | None, float | None] = (None, None)
        if self._bootstrap.resamples:
            found = interval(replicates, self._bootstrap.confidence)
            if found is not None:
                ends = stretch(found, value, self._pairs.shared.error_ratio(influence), most=most)
        variant = {"k": k, "aggregate": "all"}
        return Score(metric, value, len(self._pairs.dataset), variant, *ends)
