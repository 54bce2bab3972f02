"""Multinomial logistic regression over standardised features."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import TrainingError

MOST_STEPS = 1000


class Fitted(NamedTuple):
    """A linear model.

    Attributes:
        pipeline: scikit-learn's.
        classes: What its columns stand for.
        converged: Whether it came to rest within `MOST_STEPS`.
    """

    pipeline: Any
    classes: NDArray[np.int64]
    converged: bool

    def probabilities(self, features: NDArray[np.floating], classes: int) -> NDArray[np.float32]:
        """Return (n, classes); a class that training never saw has probability 0."""
        found = np.zeros((len(features), classes), dtype=np.float32)
        found[:, self.classes] = self.pipeline.predict_proba(features)
        return found


def fit(features: NDArray[np.floating], labels: NDArray[np.int64], C: float) -> Fitted:
    """Fit by L-BFGS, which draws no random numbers.

    Args:
        features: (n, d).
        labels: (n,).
        C: Inverse strength of the L2 penalty.

    Raises:
        TrainingError: All labels are the same.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(np.unique(labels)) < 2:
        raise TrainingError(
            f"all {len(labels)} training examples have one class: a probe has nothing to part"
        )
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=MOST_STEPS))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ConvergenceWarning)
        # FewCLUE has 119 classes with eight examples each
        warnings.filterwarnings("ignore", message="The number of unique classes")
        pipeline.fit(features, labels)
    converged = not any(issubclass(one.category, ConvergenceWarning) for one in said)
    return Fitted(pipeline, np.asarray(pipeline.classes_, dtype=np.int64), converged)
