"""Baselines for texts and choices: TF-IDF of character n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from evaluators.trainer.labelled_data import ChoiceExample, TextExample

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset


RARE = 2000
"""Number of texts from which on n-grams of a single text are left out."""


class Shared(NamedTuple):
    """Common and own n-grams of two sets of texts, row by row, as sparse matrices.

    Attributes:
        both: The smaller of the two weights of each n-gram.
        first: Weights of the first beyond `both`.
        second: Weights of the second beyond `both`.
        numbers: Cosine, and the share of `both` in each one's weight, shape (rows, 3).
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
    """Split the weights of two sparse matrices into common and own ones, row by row."""
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
        seed: Seed of the order of the rows.
        rows: Number of rows.
        alpha: Weight of the L2 penalty; by default small, for texts of many words of which few are
            informative.
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
    """Return probabilities of all classes, 0 for classes that are not in training."""
    predicted = model.predict_proba(features)
    probabilities = np.zeros((len(predicted), classes), dtype=np.float32)
    probabilities[:, model.classes_] = predicted
    return probabilities


Answers = tuple[list[Any], NDArray[np.float32] | None]


def classify(train: LabelledDataset, scored: LabelledDataset, seed: int) -> Answers:
    """Return classes and their probabilities."""
    train_examples = cast("tuple[TextExample, ...]", train.examples)
    scored_examples = cast("tuple[TextExample, ...]", scored.examples)
    labels = np.array([example.label for example in train_examples])
    if len(set(labels.tolist())) == 1:  # nothing to tell apart
        return [int(labels[0])] * len(scored_examples), None
    pairs = train_examples[0].pair is not None
    texts = [example.text for example in train_examples]
    vectors = vectorizer(
        [*texts, *(member.pair or "" for member in train_examples)] if pairs else texts
    )
    model = logistic(seed, len(train_examples), alpha=1e-5 if pairs else None)
    model.fit(_features(vectors, train_examples, pairs=pairs), labels)
    probabilities = distributions(
        model, _features(vectors, scored_examples, pairs=pairs), len(train.labels)
    )
    return [int(best) for best in probabilities.argmax(axis=1)], probabilities


def _features(vectors: Any, examples: tuple[TextExample, ...], *, pairs: bool) -> Any:
    """Return a sparse matrix of features, one row for each example.

    A pair has the n-grams of both texts, those of only one (so that "not" in the second text alone
    counts), and three numbers of how much they share.
    """
    first = vectors.transform([example.text for example in examples])
    if not pairs:
        return first
    from scipy import sparse

    second = vectors.transform([example.pair or "" for example in examples])
    parts = shared(first, second)
    # Weighted up, since these are three numbers among hundreds of thousands of n-grams.
    numbers = sparse.csr_matrix(3 * parts.numbers)
    return sparse.hstack([parts.both, parts.first, parts.second, numbers], format="csr")


def choose(train: LabelledDataset, scored: LabelledDataset, seed: int) -> Answers:
    """Return the chosen positions, and a distribution over each example's choices."""
    train_examples = cast("tuple[ChoiceExample, ...]", train.examples)
    scored_examples = cast("tuple[ChoiceExample, ...]", scored.examples)
    texts = dict.fromkeys(
        text for example in train_examples for text in (example.context, *example.choices)
    )
    vectors = vectorizer(list(texts), longest=2)
    right = np.array(
        [n == example.answer for example in train_examples for n in range(len(example.choices))]
    )
    model = logistic(seed, len(right)).fit(_choice_features(vectors, train_examples), right)
    scores = model.decision_function(_choice_features(vectors, scored_examples))
    return _best(scores, scored_examples)


def _best(scores: NDArray[np.float64], examples: tuple[ChoiceExample, ...]) -> Answers:
    widest = max(len(example.choices) for example in examples)
    probabilities = np.zeros((len(examples), widest), dtype=np.float32)
    start = 0
    for row, example in enumerate(examples):
        end = start + len(example.choices)
        # Softmax over the choices of one example, of which exactly one is right.
        weights = np.exp(scores[start:end] - scores[start:end].max())
        probabilities[row, : len(example.choices)] = weights / weights.sum()
        start = end
    return [int(best) for best in probabilities.argmax(axis=1)], probabilities


def _choice_features(vectors: Any, examples: tuple[ChoiceExample, ...]) -> Any:
    """Return a sparse matrix of features, one row for each choice.

    Features are the choice's n-grams in the context, those not in it, and those in the question,
    how much it shares with both, whether the context holds it entirely, and its relative length.
    """
    from scipy import sparse

    rows = [row for row, example in enumerate(examples) for _ in example.choices]
    choice = vectors.transform([text for example in examples for text in example.choices])
    context = vectors.transform([example.context for example in examples])[rows]
    question = vectors.transform([example.question for example in examples])[rows]
    by_context, by_question = shared(choice, context), shared(choice, question)
    lengths = np.array(
        [
            (
                text in example.context,
                len(text) / max(map(len, example.choices)),
                sum(text[k : k + 2] in example.context for k in range(len(text) - 1)) / len(text),
            )
            for example in examples
            for text in example.choices
        ],
        dtype=np.float32,
    )
    numbers = np.hstack([by_context.numbers, by_question.numbers, lengths])
    return sparse.hstack(
        [by_context.both, by_context.first, by_question.both, sparse.csr_matrix(numbers)],
        format="csr",
    )
