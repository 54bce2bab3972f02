"""Classes by logistic regression on the n-grams of a text, or of what two texts share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from evaluators.clue.baselines.ngrams import distributions, logistic, shared, vectorizer
from evaluators.clue.baselines.tfidf import Answers
from evaluators.clue.examples import TextExample

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset


def classify(train: ClueDataset, scored: ClueDataset, seed: int) -> Answers:
    """Return classes and their probabilities."""
    learned = cast("tuple[TextExample, ...]", train.examples)
    asked = cast("tuple[TextExample, ...]", scored.examples)
    labels = np.array([example.label for example in learned])
    if len(set(labels.tolist())) == 1:  # nothing to tell apart
        return [int(labels[0])] * len(asked), None
    pairs = learned[0].pair is not None
    texts = [example.text for example in learned]
    vectors = vectorizer([*texts, *(one.pair or "" for one in learned)] if pairs else texts)
    model = logistic(seed, len(learned), alpha=1e-5 if pairs else None)
    model.fit(_features(vectors, learned, pairs=pairs), labels)
    found = distributions(model, _features(vectors, asked, pairs=pairs), len(train.labels))
    return [int(best) for best in found.argmax(axis=1)], found


def _features(vectors: Any, examples: tuple[TextExample, ...], *, pairs: bool) -> Any:
    """Return a sparse matrix, a row an example.

    A pair is what both texts have, what either has alone (so that "not" in the second alone
    counts), and three numbers of how much they share.
    """
    first = vectors.transform([example.text for example in examples])
    if not pairs:
        return first
    from scipy import sparse

    second = vectors.transform([example.pair or "" for example in examples])
    parts = shared(first, second)
    # Weighted up, as three numbers stand beside hundreds of thousands of n-grams.
    numbers = sparse.csr_matrix(3 * parts.numbers)
    return sparse.hstack([parts.both, parts.first, parts.second, numbers], format="csr")
