"""Metrics as functions of counts that add up over examples.

So one matrix product gives a metric on a thousand resamples of the examples.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]


class Metric(NamedTuple):
    """A metric on examples.

    Attributes:
        name: `accuracy`, `macro_f1`, `em_f1` …
        counts: What each example adds, shape (n, k).
        value: From sums of counts, shape (..., k), to the metric, shape (...).
    """

    name: str
    counts: Counts
    value: Callable[[Counts], Counts]

    @property
    def total(self) -> float:
        """The metric on all examples."""
        return float(self.value(self.counts.sum(axis=0)))


def mean(sums: Counts) -> Counts:
    """Return the first sum over the last, which counts the examples."""
    found: Counts = sums[..., 0] / sums[..., -1]
    return found


def f1(sums: Counts) -> Counts:
    """Return F1 of (hits, predicted, gold); 0 where nothing is predicted and nothing is gold."""
    return _over(2 * sums[..., 0], sums[..., 1] + sums[..., 2])


def precision(sums: Counts) -> Counts:
    """Return precision of (hits, predicted, gold); 0 where nothing is predicted."""
    return _over(sums[..., 0], sums[..., 1])


def recall(sums: Counts) -> Counts:
    """Return recall of (hits, predicted, gold); 0 where nothing is gold."""
    return _over(sums[..., 0], sums[..., 2])


def macro_f1(sums: Counts) -> Counts:
    """Return the mean of F1 over classes of (hits, predicted, gold) each.

    A class that is neither predicted nor gold is left out, as in scikit-learn.
    """
    by_class = sums.reshape(*sums.shape[:-1], -1, 3)
    seen = by_class.sum(axis=-1) > 0
    return _over(np.where(seen, f1(by_class), 0.0).sum(axis=-1), seen.sum(axis=-1))


def _over(above: Counts, below: Counts) -> Counts:
    return np.divide(above, below, out=np.zeros(np.shape(above)), where=np.asarray(below) > 0)
