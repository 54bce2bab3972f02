"""The search for a cut that was published with CoSENT, kept as an arm beside the exact scan."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.clue.threshold.worth import Metric, Threshold, checked, worth


def powell_threshold(
    scores: ArrayLike, labels: ArrayLike, metric: Metric = "accuracy"
) -> Threshold:
    """Return the cut that the published search finds: Powell's method on tanh t, from t = 1.

    Source: https://github.com/bojone/CoSENT, accuracy/*.py: `minimize(…, 1, method='Powell')`.

    Args:
        scores: Similarities in −1…1, shape (n,): tanh t reaches no others.
        labels: 0 or 1, shape (n,).
        metric: `accuracy`, or `f1` of the positives.

    Raises:
        MethodError: As `best_threshold`.
        ScoreError: As `best_threshold`.
    """
    from scipy.optimize import minimize

    values, truth = checked(scores, labels, metric)

    def loss(t: NDArray[np.float64]) -> float:
        return -worth(values > np.tanh(t), truth, metric)

    value = float(np.tanh(minimize(loss, 1.0, method="Powell").x.item()))
    return Threshold(value, worth(values > value, truth, metric))
