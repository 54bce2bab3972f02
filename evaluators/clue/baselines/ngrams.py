"""TF-IDF vectors of character n-grams, and what two texts share of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RARE = 2000
"""Texts from which on an n-gram that stands in one alone is left out."""


class Shared(NamedTuple):
    """What two sets of texts share, row by row, as sparse matrices of one vocabulary.

    Attributes:
        both: The smaller of the two weights of each n-gram.
        first: What the first has beyond that.
        second: What the second has beyond that.
        numbers: Cosine, and the shares of either's weight that is in both, shape (rows, 3).
    """

    both: Any
    first: Any
    second: Any
    numbers: NDArray[np.float32]


def vectorizer(texts: Sequence[str], longest: int = 3) -> Any:
    """Return a TF-IDF vectorizer of n-grams of 1 to `longest` characters, fitted on texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, longest),
        min_df=2 if len(texts) >= RARE else 1,
        sublinear_tf=True,
        dtype=np.float32,
    )
    return vectors.fit(texts)


def shared(first: Any, second: Any) -> Shared:
    """Split the weights of two sparse matrices, row by row, into common and own ones."""
    both = first.minimum(second)
    weights = [np.asarray(each.sum(axis=1)).ravel() for each in (both, first, second)]
    numbers = np.stack(
        [
            np.asarray(first.multiply(second).sum(axis=1)).ravel(),
            weights[0] / np.maximum(weights[1], 1e-9),
            weights[0] / np.maximum(weights[2], 1e-9),
        ],
        axis=1,
    )
    return Shared(both, first - both, second - both, numbers.astype(np.float32))


def logistic(seed: int, rows: int, alpha: float | None = None) -> Any:
    """Return a logistic regression by averaged stochastic gradient descent.

    Small sets get more passes, so that every model takes some 10⁶ steps at most.

    Args:
        seed: Of the order of the rows.
        rows: How many there are.
        alpha: Weight of the squared weights; by default little, for texts of many words of which
            few tell.
    """
    from sklearn.linear_model import SGDClassifier

    return SGDClassifier(
        loss="log_loss",
        alpha=alpha or (1e-5 if rows < 20_000 else 3e-6),
        max_iter=int(np.clip(400_000 / rows, 15, 100)),
        tol=None,
        average=True,
        random_state=seed,
    )


def distributions(model: Any, features: Any, classes: int) -> NDArray[np.float32]:
    """Return probabilities of all classes, 0 for those that training did not have."""
    found = model.predict_proba(features)
    spread = np.zeros((len(found), classes), dtype=np.float32)
    spread[:, model.classes_] = found
    return spread
